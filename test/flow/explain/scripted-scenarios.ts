/** What only another SIP server than our own brings about, and what fails on our side: a scripted server plays it. */
import { LOCAL_FAILURES } from '../../../lib/sip/local-failure.js';
import { NotSent } from '../../../lib/sip-server/not-sent.js';
import { ALL_CAPABILITIES } from '../../../lib/sip-server/sip-server.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { ServiceHarness } from '../../unit/call/service-harness.js';

export interface ScriptedScenario {
  readonly name: string;
  readonly words: readonly string[];
  readonly endReason?: string;
  readonly members: readonly string[];
  play(harness: ServiceHarness): Promise<void>;
}

const SECOND_MS = 1000;
/** One for each. */
const PHONES = LOCAL_FAILURES.map((_, i) => `+371200001${String(i).padStart(2, '0')}`);
const TWO = PHONES.slice(0, 2);

export const SCRIPTED_SCENARIOS: readonly ScriptedScenario[] = [
  {
    name: 'local-failures',
    words: PHONES.map(() => 'unreachable'),
    members: PHONES,
    play: async (harness) => {
      await harness.call();
      for (const [i, failure] of LOCAL_FAILURES.entries()) {
        harness.leg(i + 1).user.onFinal({ status: 503, reason: '', headers: {}, body: '', failure }, '');
        await harness.pass(0);
      }
    },
  },
  {
    name: 'unacknowledged',
    words: ['unacknowledged', 'busy'],
    members: TWO,
    play: async (harness) => {
      harness.server.capabilities = { ...ALL_CAPABILITIES, takesEvery2xx: false };
      await harness.call();
      const headers = { contact: '<sip:m@192.0.2.2>' };
      harness.leg(1).user.onFinal({ status: 202, reason: 'Accepted', headers, body: '' }, '');
      await harness.pass(0);
      harness.leg(2).reply(486);
    },
  },
  {
    name: 'too-large',
    words: ['too-large', 'too-large'],
    members: TWO,
    play: async (harness) => {
      await harness.call();
      harness.leg(1).user.onFailed(new NotSent('too-large', 'longer than the server reads'));
      await harness.pass(0);
      harness.leg(2).user.onFailed(new NotSent('too-large', 'longer than the server reads'));
    },
  },
  {
    name: 'ended-other',
    words: ['answered', 'not-needed'],
    endReason: 'other',
    members: TWO,
    play: async (harness) => {
      await harness.call();
      await harness.answered();
      await harness.pass(90 * SECOND_MS);
      harness.server.dialogs.get('caller-dialog')?.onReleased('other');
    },
  },
  {
    name: 'ended-server-lost',
    words: ['answered', 'not-needed'],
    endReason: 'server-lost',
    members: TWO,
    play: async (harness) => {
      await harness.call();
      await harness.answered();
      await harness.pass(90 * SECOND_MS);
      harness.server.user?.onLost();
    },
  },
  {
    name: 'server-lost-while-ringing',
    words: ['failed', 'not-needed'],
    endReason: 'server-lost',
    members: TWO,
    play: async (harness) => {
      await harness.call();
      harness.leg(1).reply(180);
      await harness.pass(5 * SECOND_MS);
      harness.server.user?.onLost();
    },
  },
];

export async function playScripted({ members, play }: ScriptedScenario): Promise<CallRecord> {
  const harness = new ServiceHarness({ members, settings: { node: 'one' } });
  await play(harness);
  await harness.pass(SECOND_MS);
  return harness.record;
}
