/** What the responses of one member mean. */
import { NotSent } from '../sip-server/not-sent.js';
import type { Reply } from '../sip-server/sip-server.js';
import type { AttemptNotes } from './attempt-notes.js';
import { LOCALLY, type Meaning, meaningOf, NOT_SENT } from './attempt-table.js';
import type { CallContext, CallIds } from './call-context.js';
import { tellNotSent, tellUnusable } from './call-log.js';
import { type Evidence, evidenceOf, mayForward } from './forwarding.js';
import type { Leg } from './leg.js';

export interface ReplyUser {
  /** Whether that answer can be given to the caller. */
  isDeliverable(leg: Leg, answer: Reply): boolean;
}

/** Of the member's attempt. */
export interface Replying {
  readonly context: CallContext;
  readonly ids: CallIds;
  readonly member: string;
  readonly user: ReplyUser;
}

/** Also writes down what ends the leg. @param isCurrent the leg is the one that counts */
export function readReply(
  at: Replying,
  notes: AttemptNotes,
  leg: Leg,
  report: Reply | NotSent,
  isCurrent: boolean,
): Meaning {
  const { context, ids } = at;
  if (report instanceof NotSent) {
    const { code } = report;
    tellNotSent(context.log, ids, notes, report);
    if (isCurrent) notes.failed(LOCALLY[code]);
    return NOT_SENT[code];
  }
  const meaning = replyMeaning(at, notes, leg, report);
  if (isCurrent && (report.status >= 200 || meaning === 'forwarding')) notes.heard(report);
  if (isCurrent && meaning === 'unusableAnswer') {
    tellUnusable(context.log, ids, at.member, notes);
    context.meter.count('answers_without_contact_total');
  }
  return meaning;
}

export function replyMeaning(at: Replying, notes: AttemptNotes, leg: Leg, reply: Reply): Meaning {
  const { settings, sip } = at.context;
  const { status } = reply;
  const mayHaveForwarded = status > 100 && status < 300 && mayForward(reply);
  const evidence = mayHaveForwarded ? evidenceIn(at, notes, leg, reply) : undefined;
  const meaning = meaningOf(reply, evidence, settings.trunkFailures);
  if (meaning !== 'answer') return meaning;
  const { takesEvery2xx, longestContent } = sip.capabilities;
  if (status !== 200 && !takesEvery2xx) return 'strayAnswer';
  const isDeliverable = longestContent === Number.POSITIVE_INFINITY || at.user.isDeliverable(leg, reply);
  return isDeliverable ? meaning : 'longAnswer';
}

function evidenceIn(
  { context, member }: Replying,
  notes: AttemptNotes,
  { diversion, history }: Leg,
  { headers }: Reply,
): Evidence {
  const evidence = evidenceOf(headers, { member, diversion, history, numberOf: context.numbers.fromUri });
  if (evidence !== undefined && evidence !== 'forwards' && notes.hint === undefined) {
    notes.hint = evidence;
    context.meter.count('forwarding_hints_total', { header: evidence });
  }
  return evidence;
}
