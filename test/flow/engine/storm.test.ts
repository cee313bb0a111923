import { expect } from 'chai';
import fc from 'fast-check';
import { type Meter, silentMeter } from '../../../lib/base/meter.js';
import type { RequestEvent, ResponseEvent } from '../../../lib/engine/api.js';
import type { SipMessage } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { expectEmpty } from '../../support/tables.js';
import { EngineHarness, TIMEOUT } from './engine-harness.js';

/** A small generator with a seed, so that a failing storm comes again. */
function dice(seed: number): (sides: number) => number {
  let state = seed | 1;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

describe('Engine in a storm', () => {
  it('a lossy, disordered network and careless ends leave nothing behind, and every request of ours ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1 }), async (seed) => {
        const roll = dice(seed);
        let faults = 0;
        const count = (name: string): void => {
          if (name.includes('faults')) faults++;
        };
        const meter: Meter = { ...silentMeter, count };
        const harness = await new EngineHarness({ meter }).start();
        const { owner, engine, clock, network } = harness;
        const attempt = (action: () => unknown): void => {
          try {
            action();
          } catch (error) {
            expect(error).to.have.property('code');
          }
        };
        for (const rule of [{ drop: true }, { duplicate: 1 }, { reorder: true }, { delay: 700 }]) {
          network.rule({ ...rule, when: () => roll(6) === 0 });
        }
        const finals = new Map<string, number>();
        const asked = new Set<string>();
        owner.whenRequest = ({ kind, message, transactionId, dialogId }: RequestEvent) => {
          if (kind === 'ack' || kind === 'cancel') return;
          let mine = dialogId;
          const answer = (status: number) =>
            attempt(() => {
              const body = status === 200 && message.method === 'INVITE' ? SDP : '';
              mine = harness.respond(status, [], body, transactionId).dialogId || mine;
            });
          clock.after(roll(3000), () => {
            if (message.method !== 'INVITE') return answer(200);
            if (roll(2) === 0) answer(180);
            clock.after(roll(9000), () => answer(roll(3) === 0 ? 486 : 200));
          });
          clock.after(20_000 + roll(9000), () => attempt(() => asked.add(harness.inDialog(mine, 'BYE').transactionId)));
        };
        owner.whenResponse = ({ message, dialogId, transactionId }: ResponseEvent) => {
          if (message.status < 200) return;
          finals.set(transactionId, (finals.get(transactionId) ?? 0) + 1);
          if (message.status >= 300 || message.cseq.method !== 'INVITE') return;
          if (roll(4) > 0) clock.after(roll(500), () => attempt(() => harness.acknowledge(dialogId)));
          clock.after(500 + roll(20_000), () =>
            attempt(() => asked.add(harness.inDialog(dialogId, 'BYE').transactionId)),
          );
        };
        const caller = harness.peer();
        const member = harness.peer({ address: '10.0.0.2', user: 'member' });
        member.on('INVITE', (invite: SipMessage) => {
          for (const status of [100, 180, 200 + roll(2) * 286]) {
            if (roll(4) > 0) clock.after(roll(6000), () => member.reply(invite, status, { toTag: `t${roll(2)}` }));
          }
        });
        for (let i = 0; i < 6; i++) {
          const invite = caller.invite(harness.at);
          clock.after(300 + roll(1500), () => caller.send(invite, harness.at));
          if (roll(2) === 0) clock.after(roll(9000), () => caller.cancel(invite, harness.at));
          const { transactionId } = harness.invite();
          asked.add(transactionId);
          if (roll(2) === 0) clock.after(roll(9000), () => attempt(() => harness.cancel(transactionId)));
          clock.advance(roll(2000));
        }
        clock.advance(20_000);
        const left = roll(2) === 0;
        if (left) engine.release(owner);
        // Timer C twice: a 1xx that the network has held back sets it anew (RFC 3261 §16.6 item 11).
        clock.advance(2 * 185_000 + 4 * TIMEOUT);
        // An answered call of which the owner never learnt (its 180 and BYE were lost, say) is still up: hang up.
        engine.release(owner);
        clock.advance(3 * TIMEOUT);
        expectEmpty(engine.tables, `seed ${seed}`);
        expect(faults, 'messages that could not be handled').to.equal(0);
        for (const [id, count] of finals) expect(count, `final responses of ${id}`).to.equal(1);
        if (!left) for (const id of asked) expect(finals.get(id), `final response of ${id}`).to.equal(1);
      }),
      { numRuns: 60 },
    );
  }).timeout(20_000);
});
