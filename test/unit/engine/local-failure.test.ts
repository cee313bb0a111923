import { expect } from 'chai';
import { CodedError } from '../../../lib/base/errors.js';
import { localFailureOf } from '../../../lib/engine/local-failure.js';
import { SipResolver } from '../../../lib/engine/resolver.js';
import type { Dns } from '../../../lib/engine/transport/dns.js';
import { localFailureIn } from '../../../lib/sip/local-failure.js';
import { FakeClock } from '../../support/fake-clock.js';
import { NO_DNS } from '../../support/no-dns.js';

describe('What failed on our side of the wire', () => {
  const coded = (code: string): Error =>
    new CodedError('SIP_NOT_SENT', 'x', { cause: Object.assign(new Error(code), { code }) });

  for (const [code, word] of [
    ['ECONNREFUSED', 'connection refused'],
    ['ETIMEDOUT', 'connection timed out'],
    ['ECONNRESET', 'connection lost'],
    ['EHOSTUNREACH', 'no route to host'],
    ['EMSGSIZE', 'message too long'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate not trusted'],
    ['CERT_HAS_EXPIRED', 'certificate expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate is for another name'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'tls failed'],
    ['EWHATEVER', 'socket refused it'],
  ] as const) {
    it(`${code}: ${word}, by its code and never by its text`, () => {
      expect(localFailureOf(coded(code))).to.equal(word);
      expect(localFailureOf(new Error(code))).to.equal('socket refused it');
    });
  }

  it('of DNS: a name that does not exist is not a name server that keeps silent, nor a transport that we have not', async () => {
    const failing = (dns: Dns, uri: string) =>
      new SipResolver({ dns, clock: new FakeClock(), random: () => 0 }).resolve(uri).catch(localFailureOf);
    const silent = async () => Promise.reject(Object.assign(new Error('queryA ETIMEOUT'), { code: 'ETIMEOUT' }));
    expect(await failing(NO_DNS, 'sip:a@nowhere.example')).to.equal('no such host');
    expect(await failing({ ...NO_DNS, addresses: silent }, 'sip:a@nowhere.example')).to.equal(
      'name server does not answer',
    );
    expect(await failing({ srv: silent, addresses: silent, hosts: silent }, 'sip:a@nowhere.example')).to.equal(
      'name server does not answer',
    );
    expect(await failing(NO_DNS, 'sip:a@nowhere.example;transport=sctp')).to.equal('no such transport');
  });

  it('another process may know other words: then it is only not delivered', () => {
    expect(localFailureIn('connection refused')).to.equal('connection refused');
    expect(localFailureIn('out of paper')).to.equal('not delivered');
    expect(localFailureIn(undefined)).to.equal('not delivered');
  });
});
