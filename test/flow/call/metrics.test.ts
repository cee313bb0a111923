import { expect } from 'chai';
import { createMeter, type RenderedMeter } from '../../../lib/api/metrics.js';
import type { RingingOptions } from '../../../lib/call/service.js';
import { knownValues } from '../../../lib/metric-values.js';
import { A, B, C } from '../../unit/call/scripted-server.js';
import { type CallHarness, useCallHarness } from './call-harness.js';

describe('What a call adds to the metrics', () => {
  const start = useCallHarness();
  let meter: RenderedMeter;

  beforeEach(() => {
    meter = createMeter(knownValues({ trunks: [] }));
  });

  const around = (options: RingingOptions): RingingOptions => ({ ...options, meter });

  /** Of that metric, what is not 0: `why="busy" 1`, `1.5`. */
  async function told(name: string): Promise<string[]> {
    const text = await meter.render();
    const found = text.matchAll(new RegExp(`^virkne_${name}(?:\\{(.*)\\})? (?!0$)(.+)$`, 'gm'));
    return [...found].map(([, labels, value]) => (labels === undefined ? `${value}` : `${labels} ${value}`)).sort();
  }

  async function hangUp(harness: CallHarness): Promise<void> {
    harness.caller.bye(harness.caller.response(200, 'INVITE'));
    await harness.pass(0);
  }

  it('post-dial delay, ring time, answer delay and call duration are four things, in seconds', async () => {
    const harness = await start({ members: [A, B, C], around });
    await harness.call();
    await harness.pass(1000);
    await harness.reply(180);
    await harness.pass(4000);
    await harness.reply(486);
    await harness.pass(2000);
    await harness.reply(180);
    await harness.pass(3000);
    await harness.reply(200);
    await harness.pass(60_000);
    expect(await told('talk_seconds_count'), 'while it goes on').to.deep.equal([]);
    await hangUp(harness);
    const sums = ['setup_seconds', 'post_dial_delay_seconds', 'answer_seconds', 'ring_seconds', 'talk_seconds'];
    expect(await Promise.all(sums.map((name) => told(`${name}_sum`)))).to.deep.equal([
      [],
      ['1'],
      ['10'],
      ['7'],
      ['60'],
    ]);
    expect(await told('ring_seconds_count')).to.deep.equal(['2']);
    expect(await told('setup_seconds_count')).to.deep.equal(['1']);
    expect(await told('calls_total')).to.deep.equal(['status="200" 1']);
  });

  it('attempts are those of the record, with `answered` and who was not rung', async () => {
    const harness = await start({ members: [A, B, C], around });
    await harness.call();
    await harness.reply(486);
    await harness.reply(200);
    await hangUp(harness);
    expect(harness.whys).to.deep.equal(['busy', 'answered', 'not-needed']);
    expect(await told('attempts_total')).to.deep.equal(['why="answered" 1', 'why="busy" 1', 'why="not-needed" 1']);
  });

  it('an answer without ringing is what the caller waited for; a call that nobody rang for has no delay at all', async () => {
    const harness = await start({ members: [A], around });
    await harness.call();
    await harness.pass(1500);
    await harness.reply(200);
    await hangUp(harness);
    expect(await told('post_dial_delay_seconds_sum')).to.deep.equal(['1.5']);
    expect(await told('ring_seconds_count')).to.deep.equal([]);
    await harness.call();
    await harness.reply(603);
    expect(await told('post_dial_delay_seconds_count')).to.deep.equal(['1']);
    expect(await told('attempts_total')).to.deep.equal(['why="answered" 1', 'why="declined" 1']);
  });

  it('a caller who leaves ends the ring time, and is no answer', async () => {
    const harness = await start({ members: [A, B], around });
    const invite = await harness.call();
    await harness.reply(180);
    await harness.pass(5000);
    harness.caller.cancel(invite, { address: '10.0.0.1', port: 5060 });
    await harness.pass(0);
    await harness.reply(487);
    await harness.pass(60_000);
    expect(await told('ring_seconds_sum')).to.deep.equal(['5']);
    expect(await told('answer_seconds_count')).to.deep.equal([]);
    expect(await told('calls_total')).to.deep.equal(['status="487" 1']);
    expect(await told('attempts_total')).to.deep.equal(['why="caller-left" 1', 'why="not-needed" 1']);
  });

  it('calls that go on are back to 0 after every kind of end', async () => {
    const harness = await start({ members: [A], around });
    const ends: Record<string, () => Promise<void>> = {
      answered: async () => {
        await harness.reply(200);
        expect(await told('calls_active')).to.deep.equal(['1']);
        await hangUp(harness);
      },
      busy: async () => void (await harness.reply(486)),
      'no answer': async () => {
        await harness.pass(120_000);
        await harness.reply(487);
      },
    };
    for (const [name, end] of Object.entries(ends)) {
      await harness.call();
      await end();
      await harness.pass(120_000);
      expect(await told('calls_active'), name).to.deep.equal([]);
    }
  });
});
