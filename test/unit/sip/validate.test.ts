import { expect } from 'chai';
import { LIMITS } from '../../../lib/sip/defect.js';
import { parseMessage } from '../../../lib/sip/parse.js';
import { defectOf } from '../../../lib/sip/validate.js';
import { inviteText, parsed } from '../../support/messages.js';

const judge = (changes: Record<string, string | string[]> = {}): string | undefined => {
  const defect = defectOf(parsed(inviteText(changes)));
  return defect && `${defect.status} ${defect.reason}`;
};

describe('defectOf: RFC 3261 §8.1.1, §8.2', () => {
  it('passes a well-formed INVITE', () => expect(judge()).to.equal(undefined));

  const CASES: [title: string, changes: Record<string, string | string[]>, outcome: string | undefined][] = [
    ['§8.1.1 To is missing', { To: '' }, '400 To is missing'],
    ['§8.1.1 From is missing', { From: '' }, '400 From is missing'],
    ['§8.1.1 Call-ID is missing', { 'Call-ID': '' }, '400 Call-ID is missing'],
    ['§8.1.1 CSeq is missing', { CSeq: '' }, '400 CSeq is missing'],
    ['§8.1.1 Via is missing', { Via: '' }, '400 Via is missing'],
    ['§16.3 item 3: Max-Forwards may be missing', { 'Max-Forwards': '' }, undefined],
    ['§20.22 Max-Forwards is at most 255', { 'Max-Forwards': 'Max-Forwards: 256' }, '400 Max-Forwards is out of range'],
    ['§20.22 Max-Forwards is a number', { 'Max-Forwards': 'Max-Forwards: x' }, '400 Max-Forwards is out of range'],
    ['§7.3 To twice', { To: ['To: <sip:a@b>', 't: <sip:c@d>'] }, '400 A header field appears more than once'],
    ['§8.1.1.5 CSeq and method differ', { CSeq: 'CSeq: 7 BYE' }, '400 CSeq does not match the method'],
    ['§7.1 methods are case-sensitive', { CSeq: 'CSeq: 7 invite' }, '400 CSeq does not match the method'],
    ['§8.1.1.5 CSeq 2^31 - 1 is the last', { CSeq: 'CSeq: 2147483647 INVITE' }, undefined],
    ['§8.1.1.5 CSeq is less than 2^31', { CSeq: 'CSeq: 2147483648 INVITE' }, '400 CSeq is malformed or out of range'],
    [
      '§20.14 Content-Length beyond the datagram',
      { 'Content-Length': 'l: 1' },
      '400 Content-Length is larger than the message',
    ],
    ['§20.14 negative Content-Length', { 'Content-Length': 'l: -1' }, '400 Content-Length is no number'],
    [
      '§20.14 two Content-Lengths',
      { 'Content-Length': ['l: 0', 'Content-Length: 0'] },
      '400 Content-Length appears more than once',
    ],
    ['§8.2.2.1 unknown scheme', { INVITE: 'INVITE mailto:a@b SIP/2.0' }, '416 Unsupported URI Scheme'],
    ['§8.2.2.1 tel is known', { INVITE: 'INVITE tel:+37167000000 SIP/2.0' }, undefined],
    ['§8.2.2.1 sips is known', { INVITE: 'INVITE sips:a@b SIP/2.0' }, undefined],
    ['§7.1 the scheme has no case', { INVITE: 'INVITE SIP:a@b SIP/2.0' }, undefined],
    ['§25.1 no scheme at all', { INVITE: 'INVITE nobody SIP/2.0' }, '400 Request-URI is malformed'],
    [
      '§19.1.5 headers in the Request-URI',
      { INVITE: 'INVITE sip:a@b?Subject=x SIP/2.0' },
      '400 Request-URI has headers',
    ],
    ['§7.1 another version', { INVITE: 'INVITE sip:a@b SIP/3.0' }, '505 Version Not Supported'],
    ['§7.1 the version has no case', { INVITE: 'INVITE sip:a@b sip/2.0' }, undefined],
    ['§7.1 two spaces', { INVITE: 'INVITE  sip:a@b SIP/2.0' }, '400 White space in the Request-URI'],
    ['§20.10 display name not closed', { From: 'From: "Caller <sip:a@b>;tag=1' }, '400 From is malformed'],
    ['§20.10 bracket not closed', { To: 'To: <sip:a@b' }, '400 To is malformed'],
    ['§20.10 empty header', { To: 'To:' }, '400 To is malformed'],
    ['§20.10 Contact list', { Contact: 'Contact: <sip:a@b>, "x, y" <sip:c@d>' }, undefined],
    [
      '§20.10 Contact list with a malformed one',
      { Contact: 'Contact: <sip:a@b>, "x <sip:c@d>' },
      '400 Contact is malformed',
    ],
    ['§20.10 Contact * belongs to REGISTER', { Contact: 'Contact: *' }, '400 Contact is malformed'],
    ['§20.10 Contact URI', { Contact: 'Contact: <sip:a@b:x>' }, '400 Contact URI is malformed'],
    ['§20.42 Via port', { Via: 'Via: SIP/2.0/UDP a:65536;branch=z9hG4bKx' }, '400 Via is malformed'],
    ['§20.42 Via without host', { Via: 'Via: SIP/2.0/UDP ;branch=z9hG4bKx' }, '400 Via is malformed'],
    ['§20.19 Expires above 2^32 - 1', { Expires: 'Expires: 4294967296' }, '400 Expires is out of range'],
    ['§20.43 Warning code', { Warning: 'Warning: 1812 a "b"' }, '400 Warning code is malformed'],
    ['§20.34 Route', { Route: 'Route: <sip:a;lr>, <sip:b' }, '400 Route or Record-Route is malformed'],
    ['§20.8 Call-ID with a space', { 'Call-ID': 'Call-ID: a b' }, '400 Call-ID is malformed'],
    ['§7.3.1 a line without colon', { Foo: 'Foobar roobar' }, '400 Header line is malformed'],
    [
      '§8.2.1 an unknown method is the upper layer’s',
      { INVITE: 'FOO sip:a@b SIP/2.0', CSeq: 'CSeq: 1 FOO' },
      undefined,
    ],
    ['§8.2.2.3 Require is the upper layer’s', { Require: 'Require: nothing' }, undefined],
  ];
  for (const [title, changes, outcome] of CASES) it(title, () => expect(judge(changes)).to.equal(outcome));

  it('a response is not refused for what only requests are judged by', () => {
    const response = inviteText({ INVITE: 'SIP/2.0 200 OK', Expires: 'Expires: x', Warning: 'Warning: y' });
    expect(defectOf(parsed(response))).to.equal(undefined);
  });

  it('§7 bare LF: the headers are read so that a 400 can be sent, but never accepted', () => {
    const smuggled = parsed(inviteText({ Subject: 'Subject: x\nP-Asserted-Identity: <sip:boss@b>' }));
    expect(defectOf(smuggled)).to.deep.equal({ status: 400, reason: 'Line ends are not CRLF' });
    const unix = parsed(inviteText().replaceAll('\r\n', '\n'));
    expect(defectOf(unix)?.status).to.equal(400);
    expect(unix.callId).to.equal('c1@10.1.0.1');
    expect(defectOf(parsed(inviteText({ Subject: 'Subject: a\rb' })))?.status).to.equal(400);
  });

  it('§7 the empty line may not be missing', () => {
    expect(defectOf(parsed(inviteText().slice(0, -2)))?.status).to.equal(400);
    expect(defectOf(parsed('INVITE sip:a SIP/2.0'))?.status).to.equal(400);
  });
});

describe('Limits', () => {
  it('are these', () => {
    expect(LIMITS).to.deep.equal({ line: 8_192, fields: 256, vias: 70, values: 50 });
  });

  const cases: [string, string, number][] = [
    ['a header line', inviteText({ Subject: `Subject: ${'x'.repeat(8_192)}` }), 513],
    ['a folded header line', inviteText({ Subject: `Subject: ${'x\r\n '.repeat(2_100)}x` }), 513],
    ['the request line', inviteText({ INVITE: `INVITE sip:${'x'.repeat(8_192)} SIP/2.0` }), 414],
    ['header fields', inviteText({ X: Array.from({ length: 256 }, () => 'X: y') }), 513],
    ['Via values', inviteText({ Via: `Via: ${Array(71).fill('SIP/2.0/UDP a').join(',')}` }), 513],
  ];
  for (const [what, text, status] of cases) {
    it(`${what} beyond its limit: ${status}`, () => expect(defectOf(parsed(text))?.status).to.equal(status));
  }

  it('50 values of a list are still accepted, however they are spread over fields; one more is 513', () => {
    const routes = (count: number): string => `Record-Route: ${Array(count).fill('<sip:a;lr>').join(',')}`;
    expect(judge({ Route: routes(50) })).to.equal(undefined);
    expect(judge({ Route: [routes(20), routes(30)] })).to.equal(undefined);
    expect(judge({ Route: [routes(20), routes(30), routes(1)] })).to.equal('513 Too many values of one header');
    expect(judge({ Route: routes(51) })).to.equal('513 Too many values of one header');
  });

  it('commas within quotes and brackets separate no values, and other lists count for themselves', () => {
    const quoted = `Call-Info: <sip:a>;x="${','.repeat(500)}"`;
    const few = ['Call-Info', 'Alert-Info', 'Error-Info'].map(
      (name) => `${name}: ${Array(30).fill('<sip:a>').join(',')}`,
    );
    expect(judge({ Route: [quoted, ...few] })).to.equal(undefined);
  });

  it('70 Via values are still accepted', () => {
    expect(judge({ Via: `Via: ${Array(70).fill('SIP/2.0/UDP a').join(',')}` })).to.equal(undefined);
  });
});

describe('parseMessage', () => {
  it('is undefined for what is no SIP message', () => {
    for (const text of [
      '',
      '\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'hello',
      'SIP/2.0 abc\r\n\r\n',
      'SIP/2.0 000 x\r\n\r\n',
      ' SIP/2.0\r\n\r\n',
    ]) {
      expect(parseMessage(text), JSON.stringify(text)).to.equal(undefined);
    }
  });

  it('§7.5 ignores CRLF before the start line', () => {
    const message = parsed(`\r\n\r\n${inviteText()}`);
    expect(defectOf(message)).to.equal(undefined);
    expect(message.text).to.equal(inviteText());
  });

  it('§18.3 a datagram without Content-Length ends with its body', () => {
    expect(parsed(`${inviteText({ 'Content-Length': '' })}v=0\r\n`).body).to.equal('v=0\r\n');
  });

  it('§7.3.1 unfolds, and knows short and long names in any case', () => {
    const message = parsed(inviteText({ Subject: 's  :\t a\r\n \t b \r\n\tc ', Via: 'V: SIP/2.0/UDP h' }));
    expect(message.first('subject')).to.equal('a b  c');
    expect(message.via.host).to.equal('h');
  });

  it('bytes above ASCII survive, also at the ends of values (0xA0 is no space)', () => {
    const message = parsed(
      inviteText({ Subject: 'Subject: \xc3\xa0', Route: 'Route: \xc3\xa0 <sip:a;lr>, "\xc3\xa0" <sip:b>' }),
    );
    expect(message.first('subject')).to.equal('\xc3\xa0');
    expect(message.values('route')).to.deep.equal(['\xc3\xa0 <sip:a;lr>', '"\xc3\xa0" <sip:b>']);
  });

  it('names like those of Object.prototype are ordinary headers', () => {
    expect(parsed(inviteText({ X: 'constructor: 1' })).first('constructor')).to.equal('1');
  });
});
