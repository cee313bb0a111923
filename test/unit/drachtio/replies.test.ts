import { expect } from 'chai';
import { createIds } from '../../../lib/base/ids.js';
import { Replies } from '../../../lib/drachtio/replies.js';
import type { RequestEvent } from '../../../lib/engine/api.js';
import { FakeClock } from '../../support/fake-clock.js';
import { FLOW, request, response } from './fake-engine.js';

const clock = new FakeClock(Date.UTC(2026, 0, 5, 22, 3, 4) + 5.5);
const replies = new Replies(clock, createIds());
const TIME = '22:03:04.005500';
const DIALOG = 'call-1;from-tag=f1';

function take(content: string): { tokens: string[]; text: string | undefined } {
  const end = content.indexOf('\r\n');
  const tokens = (end < 0 ? content : content.slice(0, end)).split('|');
  expect(tokens[0]).to.match(/^[\da-f]{8}-[\da-f-]{27}$/);
  return { tokens: tokens.slice(1), text: end < 0 ? undefined : content.slice(end + 2) };
}

describe('Replies', () => {
  const invite = request('INVITE');
  const event: RequestEvent = { kind: 'new', message: invite, flow: FLOW, transactionId: 't1', dialogId: '' };

  it('a new request says where it was received', () => {
    const { tokens, text } = take(replies.request(event));
    const size = String(invite.text.length);
    expect(tokens).to.deep.equal([
      'sip',
      'network',
      size,
      'udp',
      '192.0.2.7',
      '5070',
      TIME,
      't1',
      '',
      '192.0.2.1',
      '5060',
      '',
    ]);
    expect(text).to.equal(invite.text);
  });

  it('a request in a dialog ends with the dialog id', () => {
    const { tokens } = take(replies.request({ ...event, kind: 'in-dialog', dialogId: DIALOG }));
    expect(tokens.slice(6)).to.deep.equal([TIME, 't1', DIALOG, '']);
  });

  it('a synthetic response has length 0 and no address', () => {
    const message = response(503, 'Service Unavailable');
    const base = { message, flow: undefined, transactionId: 't1', dialogId: DIALOG };
    const { tokens, text } = take(replies.response({ ...base, protocol: 'udp' }));
    expect(tokens).to.deep.equal(['sip', 'network', '0', 'udp', '', '0', TIME, 't1', DIALOG, '']);
    expect(text).to.equal(message.text);
    expect(take(replies.response({ ...base, protocol: 'unknown' })).tokens[3]).to.equal('unknown');
  });

  it('an unsolicited BYE carries our own address', () => {
    const { tokens } = take(
      replies.unsolicited({ message: request('BYE'), flow: FLOW, dialogId: DIALOG, reason: 'other' }),
    );
    expect(tokens.slice(3)).to.deep.equal(['udp', '192.0.2.1', '5060', TIME, 'unsolicited', DIALOG, '']);
    expect(tokens[1]).to.equal('application');
  });

  it('a sent request has its transaction id at token 10', () => {
    const sent = { message: invite, flow: FLOW, transactionId: 't1', dialogId: DIALOG };
    const { tokens, text } = take(replies.sentRequest('m1', sent));
    expect(tokens.slice(0, 4)).to.deep.equal(['response', 'm1', 'OK', 'application']);
    expect(tokens.slice(5)).to.deep.equal(['udp', '192.0.2.1', '5060', TIME, 't1', 'Msg sent:', '']);
    expect(text).to.equal(invite.text);
    const tcp = take(replies.sentRequest('m1', { ...sent, flow: { ...FLOW, protocol: 'tcp' } })).tokens;
    expect(tcp.slice(5, 8)).to.deep.equal(['tcp', '192.0.2.7', '5070']);
    const unresolved = take(replies.sentRequest('m1', { ...sent, flow: undefined })).tokens;
    expect(unresolved.slice(5, 8)).to.deep.equal(['unknown', '', '0']);
  });

  it('a sent response has transaction and dialog id at tokens 10 and 11, and no `continue` at 12', () => {
    const sent = { message: response(200, 'OK'), flow: FLOW, transactionId: 't1', dialogId: DIALOG };
    const { tokens } = take(replies.sentResponse('m1', sent));
    expect(tokens.slice(5)).to.deep.equal(['udp', '192.0.2.7', '5070', TIME, 't1', DIALOG, '', 'Msg sent:', '']);
  });

  it('a failure is one lead line, whatever its text holds', () => {
    expect(take(replies.failed('m1', 'NOK', 'invalid request-uri: a|b\r\nc'))).to.deep.equal({
      tokens: ['response', 'm1', 'NOK', 'invalid request-uri: a b c'],
      text: undefined,
    });
  });

  it('times follow the clock over midnight', () => {
    clock.advance(2 * 3_600_000);
    expect(take(replies.request(event)).tokens[6]).to.match(/^00:03:04\.0055\d\d$/);
  });
});
