import { expect } from 'chai';
import fc from 'fast-check';
import { type Command, parseCommand } from '../../../lib/drachtio/commands.js';

const lines = (...all: string[]): string => all.join('\r\n');

describe('Commands', () => {
  it('authenticate, ping, route and remove_route', () => {
    expect(parseCommand('m1|authenticate|cymru|a,b')).to.deep.equal({
      id: 'm1',
      kind: 'authenticate',
      secret: 'cymru',
      tags: ['a', 'b'],
    });
    expect(parseCommand('m1|ping')).to.deep.equal({ id: 'm1', kind: 'ping' });
    expect(parseCommand('m1|route|invite')).to.deep.equal({ id: 'm1', kind: 'route', verb: 'invite' });
    expect(parseCommand('m1|remove_route|invite')).to.deep.equal({ id: 'm1', kind: 'remove-route', verb: 'invite' });
  });

  it('faults are NO, each with its text', () => {
    const fault = (content: string) => parseCommand(content);
    expect(fault('m1')).to.include({ kind: 'failure', word: 'NO', text: 'Invalid message format' });
    expect(fault('m1|dance')).to.include({ kind: 'failure', word: 'NO', text: 'Unknown message type' });
    expect(fault(lines('m1|sip||', 'SIP/2.0 200 OK', '', ''))).to.include({
      word: 'NO',
      text: 'transaction id missing',
    });
  });

  it('a payload that starts with SIP/ is a response, whatever the dialog id says', () => {
    expect(parseCommand(lines('m1|sip|t1|d1', 'SIP/2.0 180 Ringing', 'X-A: 1', '', ''))).to.deep.equal({
      id: 'm1',
      kind: 'respond',
      transactionId: 't1',
      draft: { status: 180, reason: 'Ringing', fields: [['X-A', '1']], body: '' },
    });
  });

  it('X-Localhost: deliver keeps the word localhost, in requests and responses, and is not sent on', () => {
    for (const [lead, start] of [
      ['m1|sip||', 'INVITE sip:a@b SIP/2.0'],
      ['m1|sip||c;from-tag=f', 'INFO sip:placeholder SIP/2.0'],
      ['m1|sip|t1|', 'SIP/2.0 200 OK'],
    ] as const) {
      const command = parseCommand(lines(lead, start, 'X-A: 1', 'x-localhost: deliver', '', ''));
      expect(command)
        .to.have.property('draft')
        .that.deep.includes({ fields: [['X-A', '1']], keepsLocalhost: true });
    }
  });

  it('a dialog id makes it a request inside that dialog; ACK is its own command', () => {
    const bye = parseCommand(lines('m1|sip||c;from-tag=f', 'BYE sip:placeholder SIP/2.0', '', ''));
    expect(bye).to.deep.include({ kind: 'request-in-dialog', dialogId: 'c;from-tag=f' });
    const ack = parseCommand(lines('m1|sip||c;from-tag=f', 'ACK sip:placeholder SIP/2.0', '', ''));
    expect(ack).to.deep.include({ kind: 'acknowledge', dialogId: 'c;from-tag=f', draft: { fields: [], body: '' } });
  });

  it('a transaction id without dialog id is a CANCEL; other methods get no answer', () => {
    const cancel = parseCommand(lines('m1|sip|t1|', 'CANCEL sip:a@b SIP/2.0', 'Reason: SIP;cause=200', '', ''));
    expect(cancel).to.deep.equal({
      id: 'm1',
      kind: 'cancel',
      transactionId: 't1',
      draft: { fields: [['Reason', 'SIP;cause=200']], body: '' },
      late: 'release',
    });
    expect(parseCommand(lines('m1|sip|t1|', 'INFO sip:a@b SIP/2.0', '', '')).kind).to.equal('ignored');
  });

  it('a CANCEL may ask for the late answer; the header that says so goes no further', () => {
    const text = lines('m1|sip|t1|', 'CANCEL sip:a@b SIP/2.0', 'x-late-answer: Deliver', 'X-B: 2', '', '');
    expect(parseCommand(text)).to.deep.include({ late: 'deliver', draft: { fields: [['X-B', '2']], body: '' } });
  });

  it('a new request may ask for 100 Trying; the header that says so goes no further', () => {
    const asked = (value: string) =>
      parseCommand(lines('m1|sip||', 'INVITE sip:a@b SIP/2.0', `X-Trying: ${value}`, '', ''));
    const draft = { method: 'INVITE', uri: 'sip:a@b', fields: [], body: '' };
    expect(asked('deliver')).to.deep.equal({ id: 'm1', kind: 'request', draft: { ...draft, deliverTrying: true } });
    expect(asked('no')).to.deep.equal({ id: 'm1', kind: 'request', draft });
  });

  it('a new request may be given Route values; the headers that say so go no further', () => {
    const text = lines(
      'm1|sip||',
      'INVITE sip:a@b SIP/2.0',
      'X-Route: <sip:x;lr>, <sip:y;lr>',
      'x-route: <sip:z;lr>',
      '',
      '',
    );
    const draft = { method: 'INVITE', uri: 'sip:a@b', fields: [], body: '' };
    const route = ['<sip:x;lr>', '<sip:y;lr>', '<sip:z;lr>'];
    expect(parseCommand(text)).to.deep.equal({ id: 'm1', kind: 'request', draft: { ...draft, route } });
  });

  it('without ids it is a new request; token 4 is the next hop', () => {
    const start = 'OPTIONS sip:bob@example.com SIP/2.0';
    const draft = { method: 'OPTIONS', uri: 'sip:bob@example.com', fields: [], body: '' };
    expect(parseCommand(lines('m1|sip||', start, '', ''))).to.deep.equal({ id: 'm1', kind: 'request', draft });
    expect(parseCommand(lines('m1|sip|||sip:10.0.0.1', start, '', ''))).to.deep.equal({
      id: 'm1',
      kind: 'request',
      draft: { ...draft, nextHop: 'sip:10.0.0.1' },
    });
  });

  it('a start line that cannot be read is NOK and keeps the connection', () => {
    expect(parseCommand(lines('m1|sip||', 'INVITE SIP/2.0', '', ''))).to.include({
      word: 'NOK',
      text: 'invalid request-uri: INVITE SIP/2.0',
    });
    expect(parseCommand(lines('m1|sip|t1|', 'SIP/2.0 hello', '', ''))).to.include({ kind: 'failure', word: 'NOK' });
  });

  it('the body is everything to the end of the frame: Content-Length is not believed', () => {
    const text = lines('m1|sip||', 'INFO sip:a@b SIP/2.0', 'content-length: 1', 'l: 2', '', 'a', '', 'b');
    const command = parseCommand(text) as Extract<Command, { kind: 'request' }>;
    expect(command.draft.body).to.equal('a\r\n\r\nb');
    expect(command.draft.fields).to.deep.equal([]);
  });

  it('names and values are trimmed, lines that are no header are dropped', () => {
    const text = lines(
      'm1|sip||',
      'INFO sip:a@b SIP/2.0',
      'X-A :  1 ',
      'no colon',
      'bad name: 2',
      ': 3',
      'X-E:',
      '',
      '',
    );
    const command = parseCommand(text) as Extract<Command, { kind: 'request' }>;
    expect(command.draft.fields).to.deep.equal([
      ['X-A', '1'],
      ['X-E', ''],
    ]);
  });

  it('proxy is refused, and does not cost the connection', () => {
    for (const text of [
      'm1|proxy|t1',
      'm1|proxy|t1|remainInDialog|fullResponse||serial|2s|1500ms|sip:a@b\r\nINVITE sip:a@b SIP/2.0',
    ])
      expect(parseCommand(text)).to.deep.include({ id: 'm1', kind: 'failure', word: 'NOK' });
  });

  it('no content whatever makes it throw', () => {
    const part = fc.constantFrom('|', 'sip', 'proxy', '\r\n', '\r\n\r\n', 'SIP/2.0', ' ', ':', 'CANCEL', 'route', 'x');
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 20 }), (all) => void parseCommand(all.join(''))),
    );
  });
});
