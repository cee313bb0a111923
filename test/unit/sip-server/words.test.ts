import { expect } from 'chai';
import { notSent, releaseReasonOf } from '../../../lib/sip-server/drachtio/words.js';

describe('Words of the drachtio protocol become values', () => {
  for (const [text, code] of [
    ['unable to find dialog for dialog id c;from-tag=f', 'dialog-gone'],
    ['Unable to find dialog', 'dialog-gone'],
    ['requested protocol/transport not available', 'transport'],
    ['can not send request to myself', 'transport'],
    ['invalid request-uri: x', 'local'],
    ['', 'local'],
  ] as const) {
    it(`refused with "${text}": ${code}`, () => {
      expect(notSent(text)).to.include({ code, message: text });
    });
  }

  for (const [reason, value] of [
    ['SIP;cause=408;text="ACK timeout"', 'no-ack'],
    ['SIP ;cause=200 ;text="ACK timeout"', 'no-ack'],
    ['SIP;cause=408;text="Session timer expired"', 'session-expired'],
    ['SIP;cause=408;text="Session refresh was not answered"', 'peer-silent'],
    ['SIP;cause=481;text="Session is unknown to the peer"', 'peer-gone'],
    ['SIP;cause=500;text="Internal error", Q.850;cause=41', 'fault'],
    ['Q.850;cause=16', 'other'],
    ['SIP;cause=408;text="something else, with ACK timeout in it"', 'other'],
    [undefined, 'other'],
  ] as const) {
    it(`a BYE of the server with the Reason ${reason}: ${value}`, () => {
      expect(releaseReasonOf({ headers: reason === undefined ? {} : { reason }, body: '' })).to.equal(value);
    });
  }
});
