/**
 * How it ended with one member, in one table: everything that follows from a result is in its row. The names of the rows are the
 * words of the call record, a closed list that people and programs rely on.
 */
import type { AttemptRecord } from '../store/types.js';

/** What the final response says when it was the same with all who were tried. */
export type OutcomeClass = 'busy' | 'absent' | 'rejected' | 'failure' | 'too-large' | 'mixed';

interface Row {
  /** Whether it counts for the final response. It does not where nobody meant to reach this member. */
  readonly tried: boolean;
  readonly outcome: OutcomeClass;
  /** It is the member's own doing, and so tells whether he answers. */
  readonly ownDoing?: true;
  /** The final responses that mean it; any other one means that it failed. */
  readonly responses?: readonly number[];
  /** The reason in the Diversion of the next member's INVITE (RFC 5806 §3.2); else `unconditional`. */
  readonly diversion?: string;
  /** The cause in its entry of History-Info where the member sent no status (RFC 7044 §10.2); else 480. */
  readonly status?: number;
  /** The reasons for which such a member is cancelled, each with its Reason (RFC 3326), which decides what the phone shows as missed. */
  readonly cancelled?: Readonly<Record<string, string>>;
  /** What it is instead where a phone never rang that was cancelled for somebody else's reason. */
  readonly beforeRinging?: string;
  /** While the caller waits, an answer that crosses our CANCEL is still of use (edge case 48). */
  readonly mayStillAnswer?: true;
  /** Nobody else is rung, unless the setting huntOnDecline says so (edge case 34). */
  readonly endsHunt?: true;
}

const RESULTS = {
  answered: { tried: true, outcome: 'mixed', ownDoing: true },
  busy: { tried: true, outcome: 'busy', ownDoing: true, responses: [486, 600], diversion: 'user-busy', status: 486 },
  declined: {
    tried: true,
    outcome: 'rejected',
    ownDoing: true,
    responses: [603, 607, 608],
    diversion: 'deflection',
    status: 603,
    endsHunt: true,
  },
  'no-answer': {
    tried: true,
    outcome: 'mixed',
    ownDoing: true,
    diversion: 'no-answer',
    status: 408,
    cancelled: {
      'no-answer': 'SIP;cause=480;text="No answer"',
      // The INVITE's Expires ran out (RFC 3261 §13.3.1, item 1).
      expired: 'SIP;cause=480;text="No answer"',
    },
    beforeRinging: 'caller-left', // it was the caller's patience that was over
    mayStillAnswer: true,
  },
  unreachable: {
    tried: true,
    outcome: 'absent',
    ownDoing: true,
    responses: [404, 408, 410, 480, 484, 604],
    diversion: 'unavailable',
    status: 480,
    cancelled: { unreachable: 'SIP;cause=408;text="No response"' },
    mayStillAnswer: true,
  },
  forwarded: {
    tried: true,
    outcome: 'mixed',
    ownDoing: true,
    cancelled: { forwarded: 'SIP;cause=480;text="Forwarding is active"' },
  },
  // Answered, and did not press 1: a voicemail, or an announcement of the network.
  'not-confirmed': { tried: true, outcome: 'mixed', ownDoing: true, diversion: 'no-answer', status: 480 },
  'caller-left': {
    tried: true,
    outcome: 'mixed',
    cancelled: { 'caller-left': 'SIP;cause=487;text="ORIGINATOR_CANCEL"' },
  },
  failed: {
    tried: true,
    outcome: 'failure',
    responses: [],
    cancelled: {
      'shut-down': 'SIP;cause=503;text="Service is being shut down", Q.850;cause=41;text="Temporary failure"',
    },
  },
  fault: {
    tried: true,
    outcome: 'mixed',
    cancelled: { fault: 'SIP;cause=500;text="Internal error", Q.850;cause=41;text="Temporary failure"' },
  },
  'not-needed': {
    tried: false,
    outcome: 'mixed',
    cancelled: {
      // Only if somebody did answer: the phone then shows no missed call.
      'answered-elsewhere':
        'SIP;cause=200;text="Call completed elsewhere", Q.850;cause=26;text="Non-selected user clearing"',
    },
  },
  // The SIP server can neither acknowledge nor end that answer, a 2xx other than 200.
  unacknowledged: { tried: true, outcome: 'failure' },
  // The INVITE, or the member's answer, is longer than the SIP server can read.
  'too-large': { tried: true, outcome: 'too-large' },
  'on-a-call': { tried: true, outcome: 'busy', ownDoing: true, diversion: 'user-busy' },
  'own-number': { tried: false, outcome: 'mixed' },
  // Said so beforehand: hunt_away.
  away: { tried: true, outcome: 'absent', ownDoing: true, diversion: 'away', status: 480 },
} as const satisfies Readonly<Record<string, Row>>;

type Rows = typeof RESULTS;

export type Result = keyof Rows;

/** A result that a final response of the member can mean. */
export type Refusal = { [R in Result]: Rows[R] extends { responses: readonly number[] } ? R : never }[Result];

/** Why an INVITE to a member is cancelled. */
export type CancelReason = {
  [R in Result]: Rows[R] extends { cancelled: infer Reasons } ? keyof Reasons & string : never;
}[Result];

/** The record of one attempt, as this service writes it. */
export interface ResultRecord extends AttemptRecord {
  readonly why: Result;
}

export const rowOf = (result: Result): Row => RESULTS[result];

/** The member has had the call. */
export const isAnswer = (result: Result | undefined): boolean => result === 'answered';

export const ALL_RESULTS = Object.keys(RESULTS) as Result[];

export const REFUSALS = ALL_RESULTS.filter((result): result is Refusal => rowOf(result).responses !== undefined);

const BY_STATUS: ReadonlyMap<number, Refusal> = new Map(
  REFUSALS.flatMap((result) => (rowOf(result).responses ?? []).map((status) => [status, result] as const)),
);

/** What it means that the member answered so: a final response that is neither a success nor one to be followed. */
export const refusalOf = (status: number): Refusal => BY_STATUS.get(status) ?? 'failed';

const byCancelReason = <Value>(
  pick: (result: Result, header: string) => Value,
): Readonly<Record<CancelReason, Value>> =>
  Object.fromEntries(
    ALL_RESULTS.flatMap((result) =>
      Object.entries(rowOf(result).cancelled ?? {}).map(([reason, header]) => [reason, pick(result, header)]),
    ),
  ) as Record<CancelReason, Value>;

/** The Reason of the CANCEL. */
export const CANCEL_HEADERS = byCancelReason((_result, header) => header);

const WHEN_CANCELLED = byCancelReason((result) => result);

/** How it ends with a member that is cancelled for that reason. */
export function resultOfCancel(cancelReason: CancelReason, rang: boolean): Result {
  const result = WHEN_CANCELLED[cancelReason];
  return rang ? result : ((rowOf(result).beforeRinging as Result | undefined) ?? result);
}

/** Whether a word of a record tells if that member answers. */
export const isOwnDoing = (why: string): boolean =>
  Object.hasOwn(RESULTS, why) && rowOf(why as Result).ownDoing === true;
