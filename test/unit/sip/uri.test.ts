import { expect } from 'chai';
import { splitValues } from '../../../lib/sip/headers.js';
import { parseParams } from '../../../lib/sip/params.js';
import { formatUri, parseSipUri, parseTelUri, unescapeUri } from '../../../lib/sip/uri.js';
import { parseVia } from '../../../lib/sip/via.js';

describe('SIP and tel URIs', () => {
  it('RFC 3261 §19.1.1 takes a URI apart', () => {
    const uri = parseSipUri('sips:alice:pw@Example.COM:5061;transport=TCP;lr?Subject=x&Priority=y');
    expect(uri).to.deep.include({ scheme: 'sips', user: 'alice', password: 'pw', host: 'example.com', port: 5061 });
    expect(uri).to.deep.include({ headers: 'Subject=x&Priority=y', paramText: ';transport=TCP;lr' });
    expect([...(uri?.params ?? [])]).to.deep.equal([
      ['transport', 'TCP'],
      ['lr', null],
    ]);
  });

  it('a URI that was read lately is the same value again, one that is long is read anew; both say the same', () => {
    const readTwice = (text: string) => [parseSipUri(text), parseSipUri(`${text} `.slice(0, -1))];
    const [short, again] = readTwice('sip:remembered@example.com;a=b');
    expect(short?.user).to.equal('remembered');
    expect(again).to.equal(short);
    const [long, anew] = readTwice(`sip:${'x'.repeat(200)}@example.com;a=b`);
    expect(anew).to.deep.equal(long);
    expect(anew).to.not.equal(long);
    for (const text of ['sip:remembered@', `sip:${'x'.repeat(200)}@`]) {
      expect(readTwice(text), text).to.deep.equal([undefined, undefined]);
    }
  });

  it('RFC 3261 §25.1 refuses what is no SIP URI', () => {
    for (const text of [
      'sip:',
      'sip:@b',
      'sip:a@',
      'sip:a@b:',
      'sip:a@b:65536',
      'sip:a@b:5x',
      'sip:a@b c',
      'sip:a@b<',
      'sip:[::1',
      'sip:a@b@c',
      'http://a',
      'sip',
    ]) {
      expect(parseSipUri(text), text).to.equal(undefined);
    }
  });

  it('parameters keep order and spelling when written again', () => {
    for (const text of [
      'sip:+371@10.1.0.1:5060;User=phone;x;LR=on;y=%41?a=b',
      'sip:[2001:db8::1]:5060;lr',
      'sip:a:b@c',
      'tel:+371-67;phone-context=x;Foo',
    ]) {
      const uri = parseSipUri(text) ?? parseTelUri(text);
      expect(uri && formatUri(uri)).to.equal(text);
    }
  });

  it('RFC 3261 §19.1.2 unescapes; a lone % stays', () => {
    expect(unescapeUri('%2B371%20%zz%')).to.equal('+371 %zz%');
  });
});

describe('Header values', () => {
  it('RFC 3261 §7.3.1 commas within quotes and brackets separate nothing', () => {
    expect(splitValues('"a, \\" b" <sip:x,y@z>;p=1 ,<sip:c>')).to.deep.equal(['"a, \\" b" <sip:x,y@z>;p=1', '<sip:c>']);
    expect(splitValues('')).to.deep.equal(['']);
  });

  it('RFC 3261 §25.1 a parenthesis in a URI hides no comma', () => {
    expect(splitValues('<sip:a(b@c>, <sip:d>')).to.have.length(2);
    expect(splitValues('sip:a(b@c, sip:d')).to.have.length(2);
  });

  it('parseParams reads with or without the leading semicolon, skips what is malformed, keeps the first of two', () => {
    expect([...parseParams('A=1;lr; q = "x\\";y" ;;=5;a=2')]).to.deep.equal([
      ['a', '1'],
      ['lr', null],
      ['q', 'x";y'],
    ]);
    expect(parseParams(';a').has('a')).to.equal(true);
  });

  it('RFC 3261 §20.42 Via in all its spacing', () => {
    expect(parseVia('SIP / 2.0 / udp [2001:db8::1] : 5060 ;branch = z')).to.deep.include({
      transport: 'UDP',
      host: '2001:db8::1',
      port: 5060,
    });
    for (const text of [
      '',
      'SIP/2.0/UDP',
      'SIP/2.0 a',
      'XXX/2.0/UDP a',
      'SIP/2.0/UDP a:0',
      'SIP/2.0/UDP a b',
      'SIP/2.0/UDP a;;',
      'SIP/2.0/U(P a',
    ]) {
      expect(parseVia(text), text).to.equal(undefined);
    }
  });
});
