import { expect } from 'chai';
import { EarlyAnswers } from '../../../lib/call/early-answer.js';
import type { Headers, Reply } from '../../../lib/sip-server/sip-server.js';

const reply = (status: number, body: string, headers: Headers = {}, tag = 'one'): Reply => ({
  status,
  reason: '',
  headers: { to: `"Desk ;tag=front" <sip:a@b;tag=uri>;tag=${tag}`, ...headers },
  body,
});
const SDP = { 'content-type': 'application/sdp' };
const MIXED = { 'content-type': 'Multipart/Mixed;boundary=x', 'mime-version': '1.0' };
const WITH_SDP =
  '--x\r\nContent-Type: Application/SDP\r\n\r\nv=0\r\n--x\r\nContent-Type: application/isup\r\n\r\n\x01\xff\r\n--x--\r\n';

describe('Answers that came before the 2xx (RFC 3261 §13.2.1)', () => {
  function completed(early: readonly Reply[], answer: Reply): Reply {
    const answers = new EarlyAnswers();
    for (const one of early) answers.note(one);
    return answers.complete(answer);
  }

  it('a multipart body with a description is one, octet for octet, with its own content headers and no others', () => {
    const answer = reply(200, '', { 'content-language': 'en', contact: '<sip:m@h>' });
    const { headers, body } = completed([reply(183, WITH_SDP, MIXED)], answer);
    expect(body).to.equal(WITH_SDP);
    expect(headers).to.deep.equal({ to: answer.headers.to, contact: '<sip:m@h>', ...MIXED });
  });

  it('ISUP alone is none: not before the 2xx, and not in it', () => {
    const isup = { 'content-type': 'application/isup;version=itu-t92+' };
    expect(completed([reply(183, '\x01', isup)], reply(200, '')).body).to.equal('');
    expect(completed([reply(183, 'v=0', SDP)], reply(200, '\x09', isup)).body).to.equal('v=0');
  });

  it('early media of a session of its own is none (RFC 3959)', () => {
    const early = reply(183, 'v=0', { ...SDP, 'content-disposition': 'early-session' });
    expect(completed([early], reply(200, '')).body).to.equal('');
  });

  it('dialogs are told apart by tag alone, however To is written', () => {
    const answer = { ...reply(200, ''), headers: { to: '<sip:a@b>;x=y;TAG=one' } };
    expect(completed([reply(183, 'v=0', SDP)], answer).body).to.equal('v=0');
    expect(completed([reply(183, 'v=0', SDP, 'front')], answer).body).to.equal('');
  });

  it('as many dialogs are kept as one INVITE may have', () => {
    const early = Array.from({ length: 40 }, (_, n) => reply(183, `v=0 ${n}`, SDP, `t${n}`));
    expect(completed(early, reply(200, '', {}, 't31')).body).to.equal('v=0 31');
    expect(completed(early, reply(200, '', {}, 't32')).body).to.equal('');
  });
});
