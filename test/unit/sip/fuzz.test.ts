import { expect } from 'chai';
import fc from 'fast-check';
import { CodedError } from '../../../lib/base/errors.js';
import { ackFor, responseTo, stampReceived } from '../../../lib/sip/build.js';
import { MessageFramer } from '../../../lib/sip/framer.js';
import { canonicalName } from '../../../lib/sip/headers.js';
import { type Field, SipMessage } from '../../../lib/sip/message.js';
import { parseMessage } from '../../../lib/sip/parse.js';
import { defectOf } from '../../../lib/sip/validate.js';
import { createRandom, mutate } from '../../fuzz/mutate.js';
import { loadTorture } from '../../torture/corpus.js';

const MUTANTS = 20_000;
const corpus = loadTorture().map(({ text }) => text);

/** Everything the engine reads of a message. */
const views = (message: SipMessage): unknown[] => [
  message.from.uri,
  message.to.uri,
  message.fromTag,
  message.toTag,
  message.via.host,
  message.cseq.number,
  message.contactUri,
  message.callId,
  message.values('record-route'),
];

describe('Hostile input', () => {
  it(`${MUTANTS} seeded mutants: no exception, and a message without a defect has all its typed views`, function () {
    this.timeout(20_000);
    const random = createRandom(4475);
    let [accepted, refused] = [0, 0];
    for (let i = 0; i < MUTANTS; i++) {
      const message = parseMessage(mutate(corpus, random));
      if (message === undefined) continue;
      const defect = defectOf(message);
      if (defect === undefined) {
        accepted++;
        views(message);
        const stamped = stampReceived(message, '192.0.2.77', 5066);
        expect(parseMessage(stamped.text)?.via.params.get('received') ?? message.via.host).to.be.oneOf([
          '192.0.2.77',
          message.via.host,
        ]);
      } else {
        refused++;
        expect(defect.status).to.be.within(400, 699);
        responseTo(message, defect.status, defect.reason, { toTag: 'x' }).text.toString();
      }
    }
    // Both ways have to be walked often, or the corpus no longer fits.
    expect(accepted).to.be.above(1_000);
    expect(refused).to.be.above(1_000);
  });

  it('the same seed gives the same mutants', () => {
    const run = (): string[] => {
      const random = createRandom(7);
      return Array.from({ length: 50 }, () => mutate(corpus, random));
    };
    expect(run()).to.deep.equal(run());
  });

  it('arbitrary bytes never throw, whole or as a stream', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array).toString('latin1'));
    const piece = fc.oneof(
      bytes,
      fc.constantFrom('INVITE sip:a SIP/2.0', 'SIP/2.0 200 OK', '\r\n', '\n', 'Via: ', 'l: 5', ':', '"', '<'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const message = parseMessage(pieces.join(''));
        if (message !== undefined && defectOf(message) === undefined) views(message);
        const framer = new MessageFramer(65_535);
        for (const chunk of pieces) framer.push(chunk);
      }),
      { numRuns: 500, seed: 3261 },
    );
  });

  it('typed views of a malformed message throw SIP_MALFORMED and nothing else', () => {
    const message = parseMessage('INVITE sip:a SIP/2.0\r\nVia: x\r\nCSeq: y\r\n\r\n') as SipMessage;
    for (const view of ['from', 'to', 'via', 'cseq'] as const) {
      expect(() => message[view])
        .to.throw(CodedError)
        .with.property('code', 'SIP_MALFORMED');
    }
    expect(() => ackFor(message, message)).to.throw(CodedError);
  });
});

describe('RFC 3261 §7: parse(serialize(x)) = x', () => {
  const token = fc
    .stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,20}$/)
    .filter((name) => !/^(l|content-length)$/i.test(name));
  const value = fc.stringMatching(/^([!-~\x80-\xff]([ -~\x80-\xff]{0,60}[!-~\x80-\xff])?)?$/);
  const fields = fc.array(fc.tuple(token, value), { maxLength: 20 });
  const body = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString('latin1'));

  const same = (message: SipMessage): void => {
    const again = parseMessage(message.text) as SipMessage;
    expect(again.fault).to.equal(undefined);
    const { method, uri, status, reason } = message;
    expect(again).to.include({ method, uri, status, reason, body: message.body, text: message.text });
    const kept = again.fields.filter(([name]) => canonicalName(name) !== 'content-length');
    expect(kept).to.deep.equal(message.fields);
  };

  it('for requests', () => {
    const uri = fc.stringMatching(/^[!-~]{1,60}$/);
    fc.assert(
      fc.property(token, uri, fields, body, (method, target, list, content) => {
        same(SipMessage.request(method, target, list as Field[], content));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('for responses', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 699 }), value, fields, body, (status, reason, list, content) => {
        same(SipMessage.response(status, reason, list as Field[], content));
      }),
      { numRuns: 300, seed: 2 },
    );
  });
});
