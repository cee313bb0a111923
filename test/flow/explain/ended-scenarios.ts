/** Answered calls that the service ended by itself: one for each word that a record has for why, with who hung up beside them. */
import type { Field } from '../../../lib/sip/message.js';
import type { CallHarness, CallHarnessOptions } from '../call/call-harness.js';
import { type Scenario, with_ } from './scenarios.js';

const ended = (
  endReason: string | undefined,
  name: string,
  play: Scenario['play'],
  options: CallHarnessOptions = {},
): Scenario => ({
  ...{ name: `ended-${name}`, words: ['answered', 'not-needed'], options, play },
  ...(endReason !== undefined && { endReason }),
});

/** The first phone rings, and answers after three seconds. */
async function talk(harness: CallHarness, ofCaller: Field[] = [], ofMember: Field[] = []): Promise<void> {
  await harness.call(with_(...ofCaller));
  await harness.reply(180);
  await harness.pass(3_000);
  await harness.reply(200, harness.trunk, 'INVITE', ofMember);
}

const MINUTE_MS = 60_000;
const TIMER: Field = ['Supported', 'timer'];

export const ENDED_SCENARIOS: readonly Scenario[] = [
  ended(undefined, 'callee', async (harness) => {
    await talk(harness);
    await harness.pass(MINUTE_MS);
    harness.trunk.bye(harness.trunk.reply(harness.invite(), 200));
    await harness.pass(0);
  }),
  // Whoever was to refresh the session is gone, and his BYE was lost.
  ended('session-expired', 'session-expired', async (harness) => {
    await talk(harness, [TIMER, ['Session-Expires', '90;refresher=uac']]);
    await harness.pass(2 * MINUTE_MS);
  }),
  // We ask the caller whether he is still there.
  ended('peer-silent', 'peer-silent', async (harness) => {
    await talk(harness);
    await harness.pass(17 * MINUTE_MS);
  }),
  ended('peer-gone', 'peer-gone', async (harness) => {
    await talk(harness);
    await harness.pass(MINUTE_MS);
    harness.caller.inDialog('INFO', harness.caller.response(200, 'INVITE'), { body: 'x' });
    await harness.pass(0);
    await harness.reply(481, harness.trunk, 'INFO');
  }),
  ended('no-ack', 'no-ack', async (harness) => {
    harness.network.rule({
      when: ({ text, from }) => text.startsWith('ACK') && from.startsWith('10.0.0.9'),
      drop: true,
    });
    await talk(harness);
    await harness.pass(MINUTE_MS);
  }),
  ended('shut-down', 'shut-down', async (harness) => {
    await talk(harness);
    await harness.pass(MINUTE_MS);
    const drained = harness.service.drain(0);
    await harness.pass(1000);
    await drained;
  }),
  ended(
    'fault',
    'fault',
    async (harness) => {
      await talk(harness);
      await harness.pass(MINUTE_MS);
      harness.caller.bye(harness.caller.response(200, 'INVITE'));
      await harness.pass(0);
    },
    {
      around: (options) => ({
        ...options,
        store: {
          takeTurn: (pilot, call) => options.store.takeTurn(pilot, call),
          claim: async () => true,
          release: () => {
            throw new Error('an error of ours');
          },
        },
      }),
    },
  ),
];
