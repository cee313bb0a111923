import { expect } from 'chai';
import { messageOf } from '../../../lib/base/errors.js';
import { EventQueue } from '../../../lib/sip-server/embedded/event-queue.js';

/** More than it keeps room for. */
const BURST = 2500;

const handled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('The queue of events between engine and service', () => {
  it('handles events behind what is under way, in their order, those that come meanwhile behind the others', async () => {
    const queue = new EventQueue((thrown) => expect.fail(String(thrown)));
    const order: string[] = [];
    const note = (event: string): void => void order.push(event);
    queue.add((event: string) => {
      note(event);
      queue.add(note, 'third');
    }, 'first');
    queue.later(() => note('second'));
    expect(order).to.deep.equal([]);
    expect(queue.size).to.equal(2);
    await handled();
    expect(order).to.deep.equal(['first', 'second', 'third']);
    expect(queue.size).to.equal(0);
  });

  it('one event that throws costs no other: it is told, and the rest is handled, also of the next burst', async () => {
    const failed: unknown[] = [];
    const queue = new EventQueue((thrown) => void failed.push(thrown));
    let sum = 0;
    for (let burst = 1; burst <= 2; burst++) {
      queue.later(() => {
        throw new Error(`in burst ${burst}`);
      });
      for (let event = 0; event < BURST; event++) queue.add((one: number) => (sum += one), 1);
      await handled();
      expect(failed).to.have.length(burst);
      expect(sum).to.equal(burst * BURST);
    }
    expect(failed.map(messageOf)).to.deep.equal(['in burst 1', 'in burst 2']);
  });
});
