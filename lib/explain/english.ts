import { MACHINE_STEPS_EN } from './english-steps.js';
import type { CallFacts, Language, PhoneFacts } from './language.js';

const far = ({ overTrunk }: PhoneFacts): string => (overTrunk ? 'the trunk' : 'the phone');

/** What the other side said, or what failed here; empty where nothing is known. */
function said(facts: PhoneFacts): string {
  const { said: response, because, local, heard } = facts;
  if (local !== '') return `; on our side: ${local}`;
  if (response !== '') return `; ${far(facts)} said ${response}${because === '' ? '' : ` (${because})`}`;
  return heard === '' ? '' : `; ${far(facts)} said ${heard}, then nothing`;
}

/** What took no time that is worth a word happened at once. */
const after = (time: string): string => (time === '' ? 'at once' : `after ${time}`);

const hinted = ({ hint }: PhoneFacts): string =>
  hint === '' ? '' : `; its ${hint} header looked like forwarding, which proves nothing`;

const notRung = {
  answered: ({ other }: PhoneFacts) => `${other} answered first`,
  'caller-left': () => 'the caller left before its turn',
  expired: () => 'the time that the caller gave the call (Expires) was over before its turn',
  declined: ({ other }: PhoneFacts) => `${other} declined, and here that ends the call`,
  other: () => 'the call was over before its turn',
} as const;

const PHONE: Language['phone'] = {
  answered: (facts) =>
    `${facts.who} answered ${after(facts.tried)}${facts.talked === '' ? '' : ` and was on the call for ${facts.talked}`}${hinted(facts)}.`,
  busy: (facts) => `${facts.who} was busy${said(facts)}.`,
  declined: (facts) => `${facts.who} declined the call${said(facts)}.`,
  'no-answer': (facts) =>
    facts.rang === ''
      ? `${facts.who} did not answer${facts.tried === '' ? '' : ` within ${facts.tried}`}${said(facts)}.`
      : `${facts.who} rang ${facts.rang}${said(facts) || ' and nobody answered'}${hinted(facts)}.`,
  unreachable: (facts) =>
    `${facts.who} could not be reached${facts.tried === '' ? '' : ` within ${facts.tried}`}${said(facts) || `; ${far(facts)} said nothing`}.`,
  forwarded: (facts) =>
    `${facts.who} forwards its calls to somebody else, which does not count as an answer${said(facts)}.`,
  'not-confirmed': (facts) =>
    facts.wasCalled
      ? `${facts.who} answered and did not press 1: a machine, or nobody who wanted the call.`
      : `${facts.who} was not asked to accept.`,
  'caller-left': (facts) => {
    if (!facts.wasCalled) return `${facts.who} was not rung: the caller left first.`;
    if (facts.rang === '') return `${facts.who} was being called when the caller left; it had not rung yet.`;
    return `${facts.who} rang ${facts.rang}, then the caller left.`;
  },
  failed: (facts) => `The call to ${facts.who} failed${said(facts)}.`,
  fault: (facts) => `The call to ${facts.who} was ended by an error of ours.`,
  'not-needed': (facts) => {
    if (!facts.wasCalled) return `${facts.who} was not rung: ${notRung[facts.end](facts)}.`;
    const rang = facts.rang === '' ? 'was being called' : `rang ${facts.rang}`;
    return `${facts.who} ${rang}, then ${facts.other || 'somebody else'} answered.`;
  },
  unacknowledged: (facts) =>
    `${facts.who} answered in a way that the SIP server can neither acknowledge nor end${said(facts)}.`,
  'too-large': (facts) => `The call to ${facts.who} failed: what was to be said is too long${said(facts)}.`,
  'on-a-call': ({ who, since }) => `${who} was not rung: on another call${since === '' ? '' : ` since ${since}`}.`,
  'own-number': ({ who, isPilot }) =>
    `${who} was not rung: it is ${isPilot ? "the group's own number" : "the caller's own number"}.`,
  away: ({ who }) => `${who} was not rung: away, as was said beforehand.`,
};

const REFUSED: Language['refused'] = {
  malformed: 'its INVITE could not be read',
  'no-such-number': 'no group has this number',
  'body-not-supported': 'its body is of a kind that is not understood',
  'scheme-not-supported': 'what was dialled is neither a SIP nor a telephone number',
  'option-not-supported': 'it requires a SIP extension that is not supported',
  'session-too-short': 'it asks for a session interval that is too short',
  loop: 'it had been at this number before: a loop',
  'too-many-diversions': 'it had been diverted too often',
  'too-many-hops': 'it had passed too many servers (Max-Forwards)',
  expired: 'the time that the caller gave it (Expires) was over',
  disabled: 'the group is switched off',
  'no-members': 'the group has no phones',
  fault: 'of an error of ours',
  overload: 'there was more to do than could be done',
  draining: 'the service was being stopped',
  'no-store': 'the groups could not be read (Redis was away)',
};

const END_REASONS: Language['endReasons'] = {
  'no-ack': 'an answer was never confirmed (ACK)',
  'session-expired': 'its session was not refreshed in time',
  'peer-silent': 'one side did not respond any more',
  'peer-gone': 'one side did not know the call any more',
  'server-lost': 'the SIP server was gone',
  'node-lost': 'the node that had the call was lost',
  other: 'the SIP server ended it and did not say why',
  fault: 'of an error of ours',
  'shut-down': 'the service was being stopped',
  expired: 'the time that the caller gave it (Expires) was over',
};

const because = (facts: CallFacts): string =>
  `${facts.because === '' ? '' : `, because ${facts.because}`}${facts.isEstimated ? '; the end is an estimate' : ''}`;

const intro = ({ caller, pilot, when, through }: CallFacts): string =>
  `${when}: ${caller} called ${pilot}${through === '' ? '' : ` (diverted by ${through})`}`;

const ENDED = { caller: 'the caller hung up', callee: 'the phone hung up', system: 'the service ended it' } as const;

const TRACE = {
  whole: (_shown: number, of: number) => `Drawn from the whole trace of the call: ${of} steps and messages.`,
  cut: (shown: number, of: number) =>
    `Drawn from ${shown} of ${of} steps and messages of the call: those in its middle were not kept.`,
  expired: (_shown: number, _of: number, days?: number) =>
    `The trace has expired${days === undefined ? '' : ` (traces are kept for ${days} days)`}: the ladder is drawn from the record.`,
  none: () => 'No trace of this call was kept: the ladder is drawn from the record.',
} as const;

export const ENGLISH: Language = {
  lang: 'en',
  names: {
    caller: 'caller',
    service: 'Virkne',
    withheld: 'a withheld number',
    unknown: 'an unknown number',
    unknownCalled: 'an unknown number',
    title: 'The call explained',
    phones: 'Phones',
    ladder: 'Ladder',
    body: 'with a body',
  },
  phone: PHONE,
  phoneElse: ({ who }, why) => `${who}: ${why}.`,
  hidden: (who) => `${who} was not rung, for a reason that would show who called.`,
  refused: REFUSED,
  refusedElse: (word) => `of: ${word}`,
  endReasons: END_REASONS,
  answered: (facts) =>
    `${intro(facts)}; ${facts.by} answered ${after(facts.waited)}; ${facts.released === null ? 'it ended' : ENDED[facts.released]} after ${facts.talked}${because(facts)}.`,
  unanswered: (facts) =>
    `${intro(facts)}; nobody answered, and ${after(facts.waited)} the caller got ${facts.status}${because(facts)}.`,
  left: (facts) => `${intro(facts)}; the caller left ${after(facts.waited)}, before anybody answered.`,
  refusal: (facts, why) => `${intro(facts)}; refused with ${facts.status}, because ${why}.`,
  gap: (left) => `… ${left} steps and messages that were not kept …`,
  trace: (state, shown, of, days) => TRACE[state](shown, of, days),
  steps: MACHINE_STEPS_EN,
  local: (words) => words,
  next: {
    rings: ({ who, position }) => `${who} would ring as number ${position}.`,
    away: ({ who, until, reason }) =>
      `${who} would not ring: away until ${until}${reason === '' ? '' : ` (${reason})`}.`,
    onACall: ({ who, since }) => `${who} would not ring: on another call${since === '' ? '' : ` since ${since}`}.`,
    ownNumber: ({ who, pilot }) =>
      who === pilot
        ? `${who} would not ring: it is the group's own number.`
        : `${who} would not ring: it is the caller's own number.`,
    disabled: ({ pilot }) => `Nobody would ring: ${pilot} is switched off.`,
    nobody: ({ pilot }) => `Nobody would ring: ${pilot} has no phones.`,
    order: ({ pilot, who }) => `A call to ${pilot} would ring ${who}.`,
    noneFree: ({ pilot }) => `A call to ${pilot} would ring nobody: every phone is left out.`,
  },
};
