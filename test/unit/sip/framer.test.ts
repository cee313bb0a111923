import { expect } from 'chai';
import { type Framed, MessageFramer } from '../../../lib/sip/framer.js';
import { inviteText } from '../../support/messages.js';

const message = (body: string): string =>
  `${inviteText({ 'Content-Length': `Content-Length: ${body.length}` })}${body}`;

const brief = (framed: Framed[]): string[] => framed.map((item) => (item.kind === 'message' ? item.text : item.kind));

describe('MessageFramer: RFC 3261 §18.3', () => {
  it('cuts by Content-Length, wherever the chunks break', () => {
    const messages = [message(''), message('v=0\r\n\r\nx'), message('abc')];
    const stream = messages.join('');
    for (const size of [1, 2, 3, 7, 50, 333, stream.length]) {
      const framer = new MessageFramer(65_535);
      const framed: Framed[] = [];
      for (let i = 0; i < stream.length; i += size) framed.push(...framer.push(stream.slice(i, i + size)));
      expect(brief(framed), `chunks of ${size}`).to.deep.equal(messages);
    }
  });

  it('RFC 5626 §3.5.1: a double CRLF is a ping, also in pieces and between messages', () => {
    const framer = new MessageFramer(65_535);
    expect(brief(framer.push('\r\n\r\n'))).to.deep.equal(['ping']);
    expect(brief(framer.push('\r\n\r'))).to.deep.equal([]);
    expect(brief(framer.push('\n'))).to.deep.equal(['ping']);
    expect(brief(framer.push(`${message('a')}\r\n\r\n${message('b')}`))).to.deep.equal([
      message('a'),
      'ping',
      message('b'),
    ]);
    expect(brief(framer.push(`${message('a')}\r\n\r`))).to.deep.equal([message('a')]);
    expect(brief(framer.push('\n'))).to.deep.equal(['ping']);
  });

  it('RFC 5626 §3.5.1: a lone CRLF is a pong, or precedes a message (RFC 3261 §7.5)', () => {
    const framer = new MessageFramer(65_535);
    expect(brief(framer.push('\r\n'))).to.deep.equal([]);
    expect(brief(framer.push(message('')))).to.deep.equal([message('')]);
    expect(brief(framer.push(`\r\n${message('')}`))).to.deep.equal([message('')]);
  });

  it('a run of pings gets one answer', () => {
    expect(brief(new MessageFramer(65_535).push('\r\n\r\n'.repeat(1_000)))).to.deep.equal(['ping']);
  });

  const broken: [string, string, string][] = [
    ['§20.14 no Content-Length', inviteText({ 'Content-Length': '' }), 'Content-Length is missing'],
    ['a malformed Content-Length', inviteText({ 'Content-Length': 'l: 1x' }), 'Content-Length is malformed'],
    [
      'two different Content-Lengths',
      inviteText({ 'Content-Length': ['l: 0', 'l: 1'] }),
      'Content-Length is malformed',
    ],
    ['a message above the limit', inviteText({ 'Content-Length': 'l: 70000' }), 'Message is too large'],
  ];
  for (const [title, text, reason] of broken) {
    it(`${title} breaks the stream for good, and says so`, () => {
      const framer = new MessageFramer(65_535);
      expect(framer.push(text)).to.deep.equal([{ kind: 'error', reason, text }]);
      expect(framer.push(message(''))).to.deep.equal([]);
    });
  }

  it('a head that does not end is cut off at the limit, and costs no more than its bytes', () => {
    const framer = new MessageFramer(65_535);
    const framed: Framed[] = [];
    let sent = 0;
    for (; framed.length === 0 && sent < 100_000; sent++) framed.push(...framer.push('x'));
    expect(framed[0]).to.include({ kind: 'error', reason: 'Header section is too large' });
    expect(sent).to.equal(65_536);
  }).timeout(2_000);

  it('messages before the broken one are still delivered', () => {
    const framed = new MessageFramer(65_535).push(message('a') + inviteText({ 'Content-Length': '' }));
    expect(framed.map(({ kind }) => kind)).to.deep.equal(['message', 'error']);
  });
});
