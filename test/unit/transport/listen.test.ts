import { expect } from 'chai';
import { CodedError } from '../../../lib/base/errors.js';
import { advertisedBy } from '../../../lib/engine/transport/addresses.js';
import { type Listen, parseListen } from '../../../lib/engine/transport/listen.js';

describe('listen entries', () => {
  it('name protocol, address and port; an IPv6 address stands in brackets', () => {
    expect(parseListen('udp:0.0.0.0:5060, TCP:10.0.0.1:0,tls:[::]:5061')).to.deep.equal([
      { protocol: 'udp', address: '0.0.0.0', port: 5060 },
      { protocol: 'tcp', address: '10.0.0.1', port: 0 },
      { protocol: 'tls', address: '::', port: 5061 },
    ]);
  });

  it('may advertise another address', () => {
    expect(parseListen('udp:0.0.0.0:5060;advertise=sip.example.net:5080')[0]?.advertise).to.deep.equal({
      address: 'sip.example.net',
      port: 5080,
    });
    expect(parseListen('tls:[::]:5061;advertise=[2001:db8::1]:5061')[0]?.advertise?.address).to.equal('2001:db8::1');
  });

  for (const wrong of [
    '',
    'udp',
    'sctp:0.0.0.0:5060',
    'udp:localhost:5060',
    'udp:0.0.0.0:65536',
    'udp:999.0.0.1:5060',
    'udp:::1:5060',
    'udp:0.0.0.0:5060;advertise=a',
    'udp:0.0.0.0:5060;advertise=a:0',
    'udp:0.0.0.0:5060,udp:0.0.0.0:5060',
  ]) {
    it(`refuse "${wrong}", naming the entry and what is allowed`, () => {
      expect(() => parseListen(wrong))
        .to.throw(CodedError, 'allowed: udp|tcp|tls:')
        .with.property('code', 'CONFIG_INVALID');
      expect(() => parseListen(wrong)).to.throw(`"${wrong.split(',').pop()}"`);
    });
  }
});

describe('the advertised address', () => {
  const entry = (address: string, internal: boolean) => ({
    address,
    internal,
    family: address.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
    netmask: '',
    mac: '',
    cidr: null,
    ...(address.includes(':') ? { scopeid: 0 } : {}),
  });
  const of = (listen: Omit<Listen, 'protocol' | 'port'>, ...addresses: string[]) => {
    const interfaces = {
      lo: [entry('127.0.0.1', true), entry('::1', true)],
      eth0: addresses.map((a) => entry(a, false)),
    };
    return advertisedBy({ protocol: 'udp', port: 0, ...listen }, 5060, interfaces as never);
  };

  it('is the configured one before all others', () => {
    const advertise = { address: '192.0.2.1', port: 9 };
    expect(of({ address: '0.0.0.0', advertise }, '10.0.0.1')).to.deep.equal(advertise);
  });

  it('is that of the socket when it is bound to one', () => {
    expect(of({ address: '10.0.0.7' }, '10.0.0.1')).to.deep.equal({ address: '10.0.0.7', port: 5060 });
  });

  it('is that of the first outward interface of the family when bound to all', () => {
    expect(of({ address: '0.0.0.0' }, 'fe80::1', '2001:db8::1', '10.0.0.1').address).to.equal('10.0.0.1');
    expect(of({ address: '::' }, '10.0.0.1', 'fe80::1', '2001:db8::1').address).to.equal('2001:db8::1');
  });

  it('is loopback where there is no other', () => {
    expect(of({ address: '0.0.0.0' }).address).to.equal('127.0.0.1');
    expect(of({ address: '::' }).address).to.equal('::1');
  });
});
