/** Calls that never became one: one for each word that a record has for why. */
import type { RingingOptions } from '../../../lib/call/service.js';
import { type CallHarness, ENGINE } from '../call/call-harness.js';
import { PILOT, type Scenario, with_ } from './scenarios.js';

const refused = (word: string, play: Scenario['play'], options: Scenario['options'] = {}): Scenario => ({
  ...{ name: `refused-${word}`, words: [], refused: word, options, play },
});

/** Who asks where the call comes from meets an error of ours: it is no call yet. */
function withoutArrival(options: RingingOptions): RingingOptions {
  const trunks = new Proxy(options.trunks, {
    get(target, name) {
      if (name === 'arrival') throw new Error('an error of ours');
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...options, trunks };
}

/** An INVITE of the caller that is otherwise as all of them. */
function raw({ network, caller }: CallHarness, from: string | RegExp, to: string): string {
  const lost = network.rule({ drop: true });
  const { text } = caller.invite(ENGINE, { uri: `sip:${PILOT}@10.0.0.1` });
  lost();
  return text.replace(from, to);
}

export const REFUSED_SCENARIOS: readonly Scenario[] = [
  refused('malformed', async (harness) => {
    harness.caller.send(raw(harness, /^To: .*\r\n/m, ''), ENGINE);
    await harness.pass(0);
  }),
  refused('no-such-number', async (harness) => {
    harness.store.turn = undefined;
    await harness.call();
  }),
  refused('body-not-supported', async (harness) => {
    await harness.call({ body: 'hello', fields: [['Content-Type', 'text/plain']] });
  }),
  refused('scheme-not-supported', async (harness) => {
    await harness.call({ uri: `h323:${PILOT}@10.0.0.1` });
  }),
  refused('option-not-supported', async (harness) => {
    await harness.call(with_(['Require', 'holography']));
  }),
  refused('session-too-short', async (harness) => {
    await harness.call(with_(['Supported', 'timer'], ['Session-Expires', '30']));
  }),
  refused('loop', async (harness) => {
    await harness.call(with_(['Diversion', `<sip:${PILOT}@10.0.0.1>;virkne`]));
  }),
  refused('too-many-diversions', async (harness) => {
    const many = Array.from({ length: 6 }, (_, i) => `<sip:+3716700001${i}@10.0.0.9>`);
    await harness.call(with_(['Diversion', many.join(', ')]));
  }),
  refused('too-many-hops', async (harness) => {
    harness.caller.send(raw(harness, 'Max-Forwards: 70', 'Max-Forwards: 0'), ENGINE);
    await harness.pass(0);
  }),
  refused('expired', async (harness) => {
    await harness.call(with_(['Expires', '0']));
  }),
  refused('disabled', async (harness) => {
    const { turn } = harness.store;
    if (turn !== undefined) harness.store.turn = { ...turn, order: [], group: { ...turn.group, enabled: false } };
    await harness.call();
  }),
  refused('no-members', async (harness) => void (await harness.call()), { members: [] }),
  refused('fault', async (harness) => void (await harness.call()), { around: withoutArrival }),
  refused('overload', async (harness) => void (await harness.call()), { settings: { maxCalls: 0 } }),
  refused('draining', async (harness) => {
    await harness.service.drain(1000);
    await harness.call();
  }),
  refused('no-store', async (harness) => {
    harness.store.failing = true;
    await harness.call();
  }),
];
