/** Calls that the whole service plays: for each word that a record may have of a phone. */
import type { Field } from '../../../lib/sip/message.js';
import type { HuntStore, Turn } from '../../../lib/store/types.js';
import { ScriptedMedia } from '../../support/scripted-media.js';
import { type CallHarness, type CallHarnessOptions, ENGINE } from '../call/call-harness.js';

export interface Scenario {
  /** Of the golden file. */
  readonly name: string;
  /** Of each phone, as the record has it. */
  readonly words: readonly string[];
  /** Why it never became a call. */
  readonly refused?: string;
  /** Why the service ended it by itself. */
  readonly endReason?: string;
  readonly options?: CallHarnessOptions;
  play(harness: CallHarness): Promise<void>;
}

export const A = '+37120000001';
export const B = '+37120000002';
export const C = '+37120000003';
const THREE = [A, B, C];
export const CALLER = '+37126000009';
export const PILOT = '+37167000000';
const RING_MS = 20_000;
const PATIENCE_MS = 4_000;

/** The member who is called now rings, answers after four seconds, and the caller hangs up two minutes later. */
async function answers(harness: CallHarness): Promise<void> {
  await harness.reply(180);
  await harness.pass(4_000);
  await harness.reply(200);
  await harness.pass(123_000);
  harness.caller.bye(harness.caller.response(200, 'INVITE'));
  await harness.pass(0);
}

/** A store whose group asks for a key. */
const withVoices = async (turn: Promise<Turn | undefined>): Promise<Turn | undefined> => {
  const taken = await turn;
  return taken && { ...taken, group: { ...taken.group, voices: { confirm: true } } };
};

const heldStore = (store: HuntStore): Omit<HuntStore, 'takeTurn'> => ({
  claim: (member, call) => store.claim(member, call),
  release: (member, call) => store.release(member, call),
});

export const with_ = (...fields: Field[]): { fields: Field[] } => ({ fields });

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'busy-no-answer-answered',
    words: ['busy', 'no-answer', 'answered'],
    options: { members: THREE },
    play: async (harness) => {
      await harness.call();
      await harness.reply(486);
      await harness.reply(180);
      await harness.pass(RING_MS);
      await answers(harness);
    },
  },
  {
    name: 'not-confirmed',
    words: ['not-confirmed', 'not-confirmed'],
    options: {
      members: [A, B],
      around: (service) => ({
        ...service,
        media: new ScriptedMedia(service.clock),
        store: { ...heldStore(service.store), takeTurn: (...about) => withVoices(service.store.takeTurn(...about)) },
      }),
    },
    play: async (harness) => {
      await harness.call();
      await harness.pass(100);
      await harness.reply(180);
      await harness.pass(4_000);
      await harness.reply(200); // a voicemail
      await harness.pass(20_500);
      await harness.reply(180);
      await harness.pass(2_000);
      const answer = await harness.reply(200);
      await harness.pass(1_000);
      harness.trunk.bye(answer);
      await harness.pass(0);
    },
  },
  {
    name: 'declined-ends-the-hunt',
    words: ['declined', 'not-needed'],
    options: { members: [A, B], settings: { huntOnDecline: false } },
    play: async (harness) => {
      await harness.call();
      await harness.reply(180);
      await harness.pass(3_000);
      await harness.reply(603);
    },
  },
  {
    name: 'unreachable',
    words: ['unreachable', 'unreachable', 'unreachable'],
    options: { members: THREE },
    play: async (harness) => {
      await harness.call();
      await harness.pass(PATIENCE_MS);
      await harness.reply(404);
      await harness.reply(100);
      await harness.pass(RING_MS);
    },
  },
  {
    name: 'forwarded',
    words: ['forwarded', 'forwarded', 'no-answer'],
    options: { members: THREE },
    play: async (harness) => {
      await harness.call();
      await harness.reply(302);
      await harness.reply(181);
      await harness.reply(183);
      await harness.pass(RING_MS);
    },
  },
  {
    name: 'caller-left',
    words: ['caller-left', 'not-needed'],
    play: async (harness) => {
      const invite = await harness.call();
      await harness.reply(180);
      await harness.pass(5_300);
      harness.caller.cancel(invite, ENGINE);
      await harness.pass(0);
    },
  },
  {
    name: 'caller-left-before-ringing',
    words: ['caller-left', 'not-needed'],
    play: async (harness) => {
      const invite = await harness.call();
      await harness.reply(100);
      await harness.pass(700);
      harness.caller.cancel(invite, ENGINE);
      await harness.pass(0);
    },
  },
  {
    name: 'failed',
    words: ['failed', 'failed', 'busy'],
    options: { members: THREE },
    play: async (harness) => {
      await harness.call();
      const reasons: Field[] = [['Reason', 'Q.850;cause=41;text="Temporary failure"']];
      harness.trunk.reply(harness.invite(), 500, with_(...reasons));
      await harness.pass(0);
      harness.trunk.reply(harness.invite(), 488, with_(['Warning', '305 sbc "Incompatible media format"']));
      await harness.pass(0);
      await harness.reply(600);
    },
  },
  {
    name: 'on-a-call-own-number-away',
    words: ['on-a-call', 'own-number', 'away', 'own-number'],
    options: { members: [A, CALLER, B, PILOT] },
    play: async (harness) => {
      harness.store.onCall.add(A);
      const { turn } = harness.store;
      const until = harness.clock.now() + 3_600_000;
      if (turn !== undefined) harness.store.turn = { ...turn, away: [{ member: B, until, reason: 'lunch' }] };
      await harness.call();
    },
  },
  {
    name: 'fault',
    words: ['fault', 'not-needed'],
    endReason: 'fault',
    options: {
      around: (options) => ({
        ...options,
        store: {
          takeTurn: (pilot, call) => options.store.takeTurn(pilot, call),
          claim: () => {
            throw new Error('an error of ours');
          },
          release: () => {},
        },
      }),
    },
    play: async (harness) => {
      await harness.call();
    },
  },
  {
    name: 'expired',
    words: ['no-answer', 'not-needed'],
    endReason: 'expired',
    play: async (harness) => {
      await harness.call(with_(['Expires', '5']));
      await harness.reply(180);
      await harness.pass(5_000);
    },
  },
  {
    name: 'withheld-caller',
    words: ['own-number', 'busy'],
    options: { members: [CALLER, A] },
    play: async (harness) => {
      await harness.call(with_(['P-Asserted-Identity', `<sip:${CALLER}@10.0.0.9>`], ['Privacy', 'id']));
      await harness.reply(486);
    },
  },
  {
    name: 'repetitions',
    words: ['answered', 'not-needed'],
    play: async (harness) => {
      const invite = await harness.call();
      harness.caller.send(invite, ENGINE);
      await harness.pass(0);
      await harness.pass(1_600); // the INVITE to the phone goes out three times
      await answers(harness);
    },
  },
];
