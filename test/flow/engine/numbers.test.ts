import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { EngineHarness } from './engine-harness.js';

describe('Engine: numbers of peers', () => {
  let harness: EngineHarness;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
  });
  afterEach(() => harness.expectNoLeak());

  it('the largest CSeq number of a caller leaves ours below 2^31 (RFC 3261 §8.1.1.5)', () => {
    const caller = harness.peer();
    caller.invite(harness.at, { cseq: 2 ** 31 - 1 });
    harness.settle();
    const { dialogId } = harness.answer();
    harness.settle();
    harness.inDialog(dialogId, 'BYE');
    harness.settle();
    expect(caller.request('BYE').cseq.number).to.be.within(1, 2 ** 31 - 1);
  });

  for (const rseq of ['-1', '0', '1e1', '0x7', 'Infinity', '4294967296', ''])
    it(`a 183 with RSeq ${JSON.stringify(rseq)} is not reliable, and the next one is (RFC 3262 §7.1)`, () => {
      const member = harness.peer({ address: '10.0.0.2', user: 'member' });
      const reliably = (number: string): Field[] => [
        ['Require', '100rel'],
        ['RSeq', number],
      ];
      harness.invite();
      harness.settle();
      member.reply(member.request('INVITE'), 183, { fields: reliably(rseq) });
      member.reply(member.request('INVITE'), 183, { fields: reliably('7') });
      member.reply(member.request('INVITE'), 183, { fields: reliably('7') });
      member.reply(member.request('INVITE'), 183, { fields: reliably('8') });
      member.reply(member.request('INVITE'), 486);
      harness.settle();
      const told = harness.owner.responses.map(({ message }) => message.first('rseq'));
      expect(told).to.deep.equal([rseq, '7', '8', undefined]);
    });

  for (const spoil of [(number: number) => `${number}.0`, (number: number) => `0x${number.toString(16)}`, () => 'NaN'])
    it(`a PRACK with RAck ${spoil(7)} in place of 7 acknowledges nothing (RFC 3262 §3)`, () => {
      const caller = harness.peer();
      caller.invite(harness.at, { fields: [['Supported', '100rel']] });
      harness.settle();
      const { transactionId } = harness.owner.last();
      harness.respond(183, [['Require', '100rel']]);
      harness.settle();
      const early = caller.response(183);
      const rack = `${spoil(Number(early.first('rseq')))} ${early.cseq.number} INVITE`;
      caller.inDialog('PRACK', early, { fields: [['RAck', rack]] });
      harness.settle();
      expect(caller.summary.at(-1)).to.equal('481 PRACK');
      harness.respond(486, [], '', transactionId);
      harness.settle();
    });

  for (const [expires, seconds] of [
    ['-5', 3600],
    ['1e9', 3600],
    ['99999999999999999999', 86_400],
  ] as const)
    it(`Expires: ${expires} in the 2xx to our SUBSCRIBE: it lapses after ${seconds} s (RFC 6665 §4.1.2)`, () => {
      const member = harness.peer({ address: '10.0.0.2', user: 'member' });
      harness.engine.request(harness.owner, { method: 'SUBSCRIBE', uri: 'sip:m@10.0.0.2', fields: [], body: '' });
      harness.settle();
      member.reply(member.request('SUBSCRIBE'), 200, { fields: [['Expires', expires]] });
      harness.settle();
      harness.settle(seconds * 1000);
      expect(harness.engine.counts.dialogs).to.equal(1);
      harness.settle(33_000);
      expect(harness.engine.counts.dialogs).to.equal(0);
    });
});
