/** The course of one attempt, as a table. An action that is named after a result ends the attempt with it. */
import type { Table } from '../base/machine.js';
import type { LocalFailure } from '../sip/local-failure.js';
import type { NotSentCode } from '../sip-server/not-sent.js';
import type { Reply } from '../sip-server/sip-server.js';
import type { Evidence } from './forwarding.js';
import { REFUSALS, type Refusal, type Result, refusalOf } from './results.js';
import { isTrunkFailure, type TrunkFailures } from './trunk-failures.js';

export type AttemptState =
  | 'idle'
  | 'claiming'
  | 'preparing'
  | 'calling'
  | 'proceeding'
  | 'ringing'
  | 'cancelling'
  | 'asking'
  | 'answered'
  | 'over';

/** What a response of the member means. */
export type Meaning =
  | Refusal
  | 'trying'
  | 'alerting'
  | 'forwarding'
  | 'answer'
  | 'forwardedAnswer'
  | 'unusableAnswer'
  | 'strayAnswer'
  | 'longAnswer'
  | 'tooLarge'
  | 'redirected'
  | 'unavailable'
  | 'intervalTooSmall';

export type AttemptInput =
  | Meaning
  | 'start'
  | 'claimed'
  | 'claimedToAsk'
  | 'prepared'
  | 'answerToAsk'
  | 'accepted'
  | 'notConfirmed'
  | 'unjoined'
  | 'refused'
  | 'silence'
  | 'ringTimeout'
  | 'exhausted'
  | 'stop'
  | 'settled'
  | 'waited'
  | 'lateAnswer'
  | 'callOver';

export type AttemptAction =
  | Result
  | 'claim'
  | 'prepare'
  | 'ask'
  | 'accept'
  | 'stopAsking'
  | 'callFirst'
  | 'callNext'
  | 'refuse'
  | 'callAgain'
  | 'noteSignOfLife'
  | 'ring'
  | 'answer'
  | 'answerLate'
  | 'dismissForwarded'
  | 'dismissUnusable'
  | 'dismissStray'
  | 'dismissLong'
  | 'dismissLate'
  | 'cancelNoAnswer'
  | 'cancelUnreachable'
  | 'cancelForwarded'
  | 'cancelStopped'
  | 'stopped'
  | 'end'
  | 'offerLate'
  | 'offerLateAndEnd'
  | 'release';

type Row = readonly [AttemptState, AttemptAction?];

/** A response that refuses ends the attempt with its result: edge cases 32 to 34, 36, 38 and 42. */
const REFUSED = Object.fromEntries(REFUSALS.map((refusal): [Refusal, Row] => [refusal, ['over', refusal]])) as Readonly<
  Record<Refusal, Row>
>;

/** While an INVITE is out. */
const OUT = {
  ...REFUSED,
  answerToAsk: ['asking', 'ask'], // somebody, or something: not yet an answer to the caller
  answer: ['answered', 'answer'], // RFC 3261 §13.2.2.4: any 2xx; edge case 43
  forwardedAnswer: ['over', 'dismissForwarded'], // edge case 28
  unusableAnswer: ['over', 'dismissUnusable'], // RFC 3261 §12.1.1: no Contact; edge case 44
  strayAnswer: ['over', 'dismissStray'], // the SIP server can do nothing with it
  longAnswer: ['over', 'dismissLong'], // RFC 3261 §21.5.7: the caller could not be given it
  tooLarge: ['over', 'too-large'], // RFC 3261 §21.5.7: the INVITE could not be sent
  lateAnswer: ['answered', 'answerLate'], // the same member, by the trunk that we had given up
  redirected: ['over', 'forwarded'], // RFC 3261 §8.1.3.4: not followed; edge case 35
  unavailable: ['calling', 'callNext'], // RFC 3263 §4.3; edge cases 39 and 41
  intervalTooSmall: ['calling', 'callAgain'], // RFC 4028 §7.3; edge case 37
  forwarding: ['cancelling', 'cancelForwarded'], // RFC 3261 §21.1.3; edge case 28
  stop: ['cancelling', 'cancelStopped'],
} as const satisfies { [input in AttemptInput]?: Row };

export const ATTEMPT_TABLE: Table<AttemptState, AttemptInput, AttemptAction> = {
  idle: {
    start: ['claiming', 'claim'],
    stop: ['over', 'stopped'],
  },
  claiming: {
    claimed: ['calling', 'callFirst'],
    claimedToAsk: ['preparing', 'prepare'],
    refused: ['over', 'on-a-call'],
    stop: ['over', 'stopped'], // edge case 57: not even an INVITE
  },
  // A media server makes the offer that he is invited with.
  preparing: {
    prepared: ['calling', 'callFirst'],
    stop: ['over', 'stopped'],
  },
  // RFC 3261 figure 5: Calling
  calling: {
    ...OUT,
    trying: ['proceeding', 'noteSignOfLife'],
    alerting: ['ringing', 'ring'],
    silence: ['calling', 'callNext'], // edge case 40
    exhausted: ['over', 'unreachable'],
    ringTimeout: ['cancelling', 'cancelUnreachable'], // RFC 3261 §9.1: the CANCEL waits for a 1xx; edge case 46
  },
  proceeding: {
    ...OUT,
    alerting: ['ringing', 'ring'],
    ringTimeout: ['cancelling', 'cancelUnreachable'], // nothing but 100: it never rang
  },
  // Further 18x change nothing, and the timer is not started again: edge case 30
  ringing: {
    ...OUT,
    unavailable: ['ringing', 'refuse'], // the way was good
    exhausted: ['over', 'failed'],
    ringTimeout: ['cancelling', 'cancelNoAnswer'], // edge case 45
  },
  // One phone at a time: the next member waits for the 487, but not long (edge case 51)
  cancelling: {
    settled: ['over', 'end'],
    waited: ['over', 'end'],
    stop: ['over', 'end'],
    lateAnswer: ['over', 'offerLateAndEnd'], // edge cases 47 and 48
  },
  // He has answered, and hears us; the caller hears ringing. Whether he is there, his key says.
  asking: {
    accepted: ['answered', 'accept'],
    notConfirmed: ['over', 'not-confirmed'],
    unjoined: ['over', 'failed'],
    stop: ['over', 'stopAsking'],
    lateAnswer: ['asking', 'dismissLate'],
  },
  answered: {
    lateAnswer: ['answered', 'dismissLate'], // edge case 53
    callOver: ['over', 'release'],
  },
  over: {
    lateAnswer: ['over', 'offerLate'],
    callOver: ['over', 'release'], // of a member whose late answer was taken
  },
};

/** What it means that the INVITE could not be sent: only the want of a way to a trunk is the trunk's. */
export const NOT_SENT: Readonly<Record<NotSentCode, Meaning>> = {
  transport: 'unavailable',
  local: 'failed',
  'too-large': 'tooLarge',
  'dialog-gone': 'failed',
  'server-gone': 'failed',
};

/** What the record says of it. */
export const LOCALLY: Readonly<Record<NotSentCode, LocalFailure>> = {
  transport: 'no such transport',
  local: 'not sendable',
  'dialog-gone': 'internal error',
  'server-gone': 'sip server is gone',
  'too-large': 'message too long',
};

/** What a response means when no other trunk is tried; undefined: there was none. */
export const meaningAlone = (reply: Reply | undefined): Refusal | 'exhausted' =>
  reply === undefined || reply.status === 503 ? 'exhausted' : refusalOf(reply.status);

/**
 * @param evidence what the reply says of the phone forwarding the call; a hint changes nothing
 * @param failures those for which another trunk is tried
 */
export function meaningOf(reply: Reply, evidence: Evidence, failures: TrunkFailures): Meaning {
  const { status } = reply;
  if (status < 200) {
    if (status === 181 || evidence === 'forwards') return 'forwarding';
    return status === 180 || status === 182 || status === 183 ? 'alerting' : 'trying';
  }
  if (status < 300) {
    if (reply.headers.contact === undefined) return 'unusableAnswer';
    return evidence === 'forwards' ? 'forwardedAnswer' : 'answer';
  }
  if (status < 400) return 'redirected';
  if (status === 422) return 'intervalTooSmall';
  if (isTrunkFailure(reply, failures)) return 'unavailable';
  return refusalOf(status);
}
