import { expect } from 'chai';
import { parseMessage } from '../../../lib/sip/parse.js';
import { ReceivedMessage } from '../../../lib/sip-server/embedded/messages.js';
import { headerOf } from '../../../lib/sip-server/sip-server.js';

const RESPONSE = [
  'SIP/2.0 180 Ringing',
  'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
  'f: <sip:a@x>;tag=1',
  'To: <sip:b@x>;tag=2',
  'Call-ID: 1',
  'CSeq: 1 INVITE',
  'History-Info: <sip:b@x>;index=1',
  'X-Own: 1',
  'Constructor: 1',
  'toString: 1',
  'toString: 2',
  '__proto__: 1',
  'history-info: <sip:c@x>;index=1.1',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

function received(): ReceivedMessage {
  const message = parseMessage(RESPONSE);
  if (message === undefined) throw new Error('not parsed');
  return new ReceivedMessage(message);
}

describe('A message from the engine', () => {
  for (const name of ['from', 'history-info', 'x-own', 'diversion', 'x-other']) {
    it(`tells ${name} alone as it does among all: fields of one name are one (RFC 3261 §7.3.1)`, () => {
      const alone = headerOf(received(), name);
      const message = received();
      const among = message.headers[name];
      expect(alone).to.equal(among);
      expect(headerOf(message, name), 'when all have been read').to.equal(among);
      expect(alone === undefined).to.equal(name === 'diversion' || name === 'x-other');
    });
  }

  it('a name that every object has is a name like others', () => {
    const { headers } = received();
    expect(headers.constructor).to.equal('1');
    expect(headers.tostring).to.equal('1,2');
    expect(Object.getPrototypeOf(headers)).to.equal(Object.prototype);
  });

  it('one that tells none alone is asked for all', () => {
    expect(headerOf({ headers: { 'session-id': 'x' }, body: '' }, 'session-id')).to.equal('x');
  });
});
