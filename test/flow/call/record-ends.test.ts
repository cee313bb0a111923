import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { A, B } from '../../unit/call/scripted-server.js';
import { type CallHarness, ENGINE, useCallHarness } from './call-harness.js';

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `+3712000000${i + 1}`);

describe('One record for a call, however it went', () => {
  const start = useCallHarness();

  const answered = async (harness: CallHarness, fields: Field[] = []): Promise<SipMessage> => {
    await harness.call();
    return harness.reply(200, harness.trunk, 'INVITE', fields);
  };
  const hangUp = async (harness: CallHarness): Promise<void> => {
    harness.caller.bye(harness.caller.response(200, 'INVITE'));
    await harness.pass(0);
  };

  it('five phones ring and none answers: one record, five attempts in the order of ringing', async () => {
    const members = numbers(5);
    const harness = await start({ members });
    await harness.call();
    for (const _ of members) {
      await harness.reply(180);
      await harness.pass(20_000);
    }
    await harness.expectNothingLeft();
    expect(harness.records).to.have.length(1);
    const [record] = harness.records;
    expect(record).to.include({ status: 480, by: null, answered: null, talked: 0 });
    expect(record?.attempts.map(({ member, why }) => [member, why])).to.deep.equal(
      members.map((member) => [member, 'no-answer']),
    );
  });

  it('a failed attempt stays where a later one is answered: each with its member, trunk, status and times', async () => {
    const harness = await start({ members: [A, B] });
    await harness.call();
    const began = harness.clock.now();
    await harness.pass(1000);
    await harness.reply(503);
    await harness.pass(2000);
    await harness.reply(200);
    await harness.pass(5000);
    await hangUp(harness);
    const at = (after: number): number => began + after;
    const trunk = '10.1.0.1:5060';
    expect(
      harness.records[0]?.attempts.map((one) => [one.member, one.why, one.status, one.trunk, one.started, one.ended]),
    ).to.deep.equal([
      [A, 'unreachable', 503, trunk, at(0), at(1000)],
      [B, 'answered', 200, trunk, at(1000), at(8000)],
    ]);
  });

  it('begun, ringing, answered and ended are four times; ringing is no talk', async () => {
    const harness = await start({ members: [A] });
    await harness.call();
    const began = harness.clock.now();
    await harness.pass(1000);
    await harness.reply(180);
    await harness.pass(9000);
    await harness.reply(200);
    await harness.pass(60_000);
    await hangUp(harness);
    const [record] = harness.records;
    const [attempt] = record?.attempts ?? [];
    expect([record?.started, attempt?.rang, record?.answered, record?.ended]).to.deep.equal([
      began,
      began + 1000,
      began + 10_000,
      began + 70_000,
    ]);
    expect(record).to.include({ waited: 10_000, talked: 60_000, by: A, status: 200 });
    // Answered at once, and ended at once: an answer all the same.
    await answered(harness);
    await hangUp(harness);
    expect(harness.records[1])
      .to.include({ by: A, status: 200, talked: 0 })
      .and.have.property('answered')
      .that.is.a('number');
  });

  it('who ended it is told apart: caller, callee, cancelled, no answer, rejected, and the system', async () => {
    const ends: Record<string, (harness: CallHarness) => Promise<void>> = {
      caller: async (harness) => {
        await answered(harness);
        await hangUp(harness);
      },
      callee: async (harness) => {
        const sent = await answered(harness);
        harness.trunk.bye(sent);
      },
      cancelled: async (harness) => {
        const invite = await harness.call();
        await harness.reply(180);
        harness.caller.cancel(invite, ENGINE);
        await harness.pass(0);
      },
      'no answer': async (harness) => {
        await harness.call();
        await harness.reply(180);
        await harness.pass(20_000);
      },
      rejected: async (harness) => {
        await harness.call();
        await harness.reply(603);
      },
      system: async (harness) => {
        harness.network.rule({
          when: ({ text, from }) => text.startsWith('ACK') && from.startsWith('10.0.0.9'),
          drop: true,
        });
        await answered(harness);
        await harness.pass(70_000);
      },
    };
    const told = new Map<string, Pick<CallRecord, 'released' | 'status' | 'endReason'> & { why: string | undefined }>();
    for (const [name, end] of Object.entries(ends)) {
      const harness = await start({ members: [A] });
      await end(harness);
      await harness.pass(100_000);
      expect(harness.records, name).to.have.length(1);
      const [{ released, status, endReason, attempts } = {} as CallRecord] = harness.records;
      told.set(name, { released, status, endReason, why: attempts[0]?.why });
    }
    expect(Object.fromEntries(told)).to.deep.equal({
      caller: { released: 'caller', status: 200, endReason: null, why: 'answered' },
      callee: { released: 'callee', status: 200, endReason: null, why: 'answered' },
      cancelled: { released: null, status: 487, endReason: null, why: 'caller-left' },
      'no answer': { released: null, status: 480, endReason: null, why: 'no-answer' },
      rejected: { released: null, status: 480, endReason: null, why: 'declined' },
      system: { released: 'system', status: 200, endReason: 'no-ack', why: 'answered' },
    });
  });

  it('a BYE that is lost on its way leaves nothing open for ever: the end says why, and that it is estimated', async () => {
    const harness = await start({ members: [A] });
    await harness.call();
    await harness.reply(200);
    // Nobody says anything any more, and what we ask reaches nobody.
    harness.network.rule({ when: () => true, drop: true });
    await harness.pass(3_600_000);
    const [record] = harness.records;
    expect(record).to.include({ released: 'system', endEstimated: true, status: 200 });
    expect(record?.endReason).to.be.oneOf(['session-expired', 'peer-silent']);
    expect((record?.ended ?? 0) - (record?.answered ?? 0)).to.be.below(1_900_000);
    await harness.expectNothingLeft();
  });

  it('a member that wants to transfer the call gets 603 (RFC 3515), and the record has the whole talk', async () => {
    const harness = await start({ members: [A] });
    const sent = await answered(harness);
    await harness.pass(30_000);
    harness.trunk.inDialog('REFER', sent, { fields: [['Refer-To', '<sip:+37129999999@10.1.0.1>']] });
    await harness.pass(30_000);
    await hangUp(harness);
    expect(harness.records).to.have.length(1);
    expect(harness.records[0]).to.include({ talked: 60_000, by: A, released: 'caller' });
  });
});
