import { expect } from 'chai';
import { parseNameAddress } from '../../../lib/sip/address.js';
import { responseTo } from '../../../lib/sip/build.js';
import { MessageFramer } from '../../../lib/sip/framer.js';
import type { SipMessage } from '../../../lib/sip/message.js';
import { parseMessage } from '../../../lib/sip/parse.js';
import { parseSipUri, unescapeUri } from '../../../lib/sip/uri.js';
import { defectOf } from '../../../lib/sip/validate.js';
import { loadTorture } from '../../torture/corpus.js';
import { EXPECTED } from '../../torture/expected.js';

const messages = loadTorture();

const parsed = (name: string): SipMessage => {
  const text = messages.find((message) => message.name === name)?.text;
  const message = text === undefined ? undefined : parseMessage(text);
  if (message === undefined) throw new Error(`${name} does not parse`);
  return message;
};

describe('RFC 4475 and RFC 5118: torture messages', () => {
  it('has an expectation for each file, and a file for each expectation', () => {
    expect(messages.map(({ name }) => name).sort()).to.deep.equal(Object.keys(EXPECTED).sort());
    expect(messages.filter(({ name }) => name.startsWith('rfc4475/'))).to.have.length(49);
  });

  for (const { name } of messages) {
    const expectation = EXPECTED[name];
    it(`§${expectation?.section} ${name}: ${expectation?.outcome}, ${expectation?.why}`, () => {
      const message = parsed(name);
      const defect = defectOf(message);
      if (expectation?.outcome === 'accepted') return expect(defect).to.equal(undefined);
      expect(defect, 'is refused').not.to.equal(undefined);
      if (expectation?.outcome === 'dropped') return expect(message.isRequest).to.equal(false);
      expect(message.isRequest).to.equal(true);
      return expect(defect?.status).to.equal(expectation?.outcome);
    });
  }

  it('a refused request keeps what its response needs', () => {
    for (const { name } of messages) {
      const { outcome } = EXPECTED[name] ?? {};
      if (typeof outcome !== 'number' || name === 'rfc4475/insuf.dat') continue;
      const response = responseTo(parsed(name), outcome, 'Refused', { toTag: 'x' });
      for (const header of ['via', 'from', 'to', 'call-id', 'cseq'])
        expect(response.has(header), `${name} ${header}`).to.equal(true);
      expect(response.first('to'), name).to.match(/;tag=/);
    }
  });

  it('§3.1.1.1 the tortuous INVITE means what it says', () => {
    const message = parsed('rfc4475/wsinv.dat');
    expect(message.from.displayName).to.equal('J Rosenberg \\"');
    expect(message.fromTag).to.equal('98asjd8');
    expect(message.toTag).to.equal('1918181833n');
    expect(message.cseq).to.deep.equal({ number: 9, method: 'INVITE' });
    expect(message.values('via')).to.have.length(3);
    expect(message.via).to.deep.include({ transport: 'UDP', host: '192.0.2.2' });
    expect(message.first('subject')).to.equal('');
    expect(message.first('newfangledheader')).to.equal('newfangled value continued newfangled value');
    const contact = parseNameAddress(message.values('contact')[0] ?? '');
    expect(contact?.displayName).to.equal('Quoted string ""');
    expect(contact?.params.get('newparam')).to.equal('newvalue');
    expect(contact?.params.get('q')).to.equal('0.33');
    expect(message.body).to.have.length(150);
  });

  it('§3.1.1.2 valid characters of all kinds stay', () => {
    const message = parsed('rfc4475/intmeth.dat');
    expect(message.method).to.equal("!interesting-Method0123456789_*+`.%indeed'~");
    expect(message.to.displayName).to.equal('BEL:\x07 NUL:\0 DEL:\x7f');
    expect(message.fromTag).to.equal("_token~1'+`*%!-.");
    expect(message.callId).to.equal('intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{');
    const uri = parseSipUri(message.uri);
    expect(uri?.user).to.equal("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    expect(uri?.password).to.equal("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
    expect(uri?.host).to.equal('example.com');
  });

  it('§3.1.1.3 escapes are undone only when asked', () => {
    const message = parsed('rfc4475/esc01.dat');
    const user = parseSipUri(message.uri)?.user ?? '';
    expect(user).to.equal('sips%3Auser%40example.com');
    expect(unescapeUri(user)).to.equal('sips:user@example.com');
  });

  it('§3.1.1.5 C%6Fntact is not Contact', () => {
    expect(parsed('rfc4475/esc02.dat').values('contact')).to.have.length(2);
  });

  it('§3.1.1.8 the second request in a datagram is not part of the message', () => {
    const message = parsed('rfc4475/dblreq.dat');
    expect(message.body).to.equal('');
    expect(message.text)
      .to.match(/^REGISTER [\s\S]*\r\n\r\n$/)
      .and.not.include('INVITE');
  });

  it('§3.1.1.8 over a stream, both requests are framed', () => {
    const text = messages.find(({ name }) => name === 'rfc4475/dblreq.dat')?.text ?? '';
    // The RFC's second Content-Length counts less than its body, so what follows is no message.
    const framed = new MessageFramer(65_535).push(text).slice(0, 2);
    expect(framed.map((item) => (item.kind === 'message' ? item.text.slice(0, 6) : item.kind))).to.deep.equal([
      'REGIST',
      'INVITE',
    ]);
  });

  it('§3.1.2.3 a negative Content-Length breaks a stream', () => {
    const text = messages.find(({ name }) => name === 'rfc4475/ncl.dat')?.text ?? '';
    expect(new MessageFramer(65_535).push(text)).to.have.nested.property('[0].reason', 'Content-Length is malformed');
  });

  it('RFC 5118 §4.3 and §4.4: the port stands outside the brackets', () => {
    expect(parseSipUri(parsed('rfc5118/port-ambiguous.dat').uri)).to.deep.include({
      host: '2001:db8::10:5070',
      port: undefined,
    });
    expect(parseSipUri(parsed('rfc5118/port-unambiguous.dat').uri)).to.deep.include({
      host: '2001:db8::10',
      port: 5070,
    });
  });
});
