/** The course of a call from its INVITE to its end, as a table. */
import type { Table } from '../base/machine.js';

export type HuntState = 'asking' | 'hunting' | 'ringing' | 'answering' | 'answered' | 'parting' | 'ended';

export type HuntInput =
  | 'turn'
  | 'nobody'
  | 'unknown'
  | 'storeFailed'
  | 'memberRings'
  | 'memberOver'
  | 'memberAnswers'
  | 'lateAnswer'
  | 'exhausted'
  | 'exhaustedInWords'
  | 'nobodyInWords'
  | 'parted'
  | 'progressDue'
  | 'expired'
  | 'callerCancels'
  | 'callerReady'
  | 'callerGone'
  | 'shutDown'
  | 'serverLost'
  | 'bridgeOver';

export type HuntAction =
  | 'begin'
  | 'next'
  | 'progress'
  | 'ring'
  | 'answer'
  | 'answerLate'
  | 'dismissLate'
  | 'bridge'
  | 'refuse'
  | 'refuseNobody'
  | 'refuseInWords'
  | 'refuseUnknown'
  | 'refuseFailed'
  | 'expire'
  | 'shutDown'
  | 'hangUp'
  | 'callerCancelled'
  | 'loseCaller'
  | 'loseWinner'
  | 'abandon'
  | 'finish';

type Row = readonly [HuntState, HuntAction?];

/** While no member has answered. */
const WAITING = {
  callerCancels: ['ended', 'callerCancelled'], // RFC 3261 §9.2; edge case 57: no further member
  shutDown: ['ended', 'shutDown'],
  serverLost: ['ended', 'abandon'],
} as const satisfies { [input in HuntInput]?: Row };

/** While members are called. */
const HUNTING = {
  ...WAITING,
  memberAnswers: ['answering', 'answer'],
  lateAnswer: ['answering', 'answerLate'], // edge case 48: nobody else has answered
  exhaustedInWords: ['parting'], // a farewell first
  exhausted: ['ended', 'refuse'], // edge case 64: one final response
  expired: ['ended', 'expire'], // RFC 3261 §13.3.1, item 1; edge case 8
  callerGone: ['ended', 'loseCaller'], // a 1xx could not be sent: its INVITE is over, and nobody rings for it
} as const satisfies { [input in HuntInput]?: Row };

export const HUNT_TABLE: Table<HuntState, HuntInput, HuntAction> = {
  // The store is asked whose turn it is.
  asking: {
    ...WAITING,
    turn: ['hunting', 'begin'],
    nobody: ['ended', 'refuseNobody'], // edge case 68: at once, no 18x
    nobodyInWords: ['parting'],
    unknown: ['ended', 'refuseUnknown'], // RFC 3261 §21.4.5
    storeFailed: ['ended', 'refuseFailed'],
  },
  // No phone rings yet, and we do not say that one does. After a minute the caller is told that we are at it.
  hunting: {
    ...HUNTING,
    memberRings: ['ringing', 'ring'],
    memberOver: ['hunting', 'next'],
    progressDue: ['hunting', 'progress'],
  },
  // The caller has had a 180, and keeps hearing it while phones change (RFC 3261 §13.3.1.1; edge cases 17 to 20).
  ringing: {
    ...HUNTING,
    memberOver: ['ringing', 'next'],
    progressDue: ['ringing', 'ring'],
  },
  // The caller hears why nobody answers, by early media: the final response waits for the end of it.
  parting: {
    ...WAITING,
    parted: ['ended', 'refuseInWords'],
    progressDue: ['parting', 'progress'],
    expired: ['ended', 'expire'],
    callerGone: ['ended', 'loseCaller'],
    lateAnswer: ['parting', 'dismissLate'], // too late: he has been told that nobody answers
  },
  // Our 200 is on its way to the caller.
  answering: {
    callerReady: ['answered', 'bridge'],
    callerGone: ['ended', 'loseWinner'], // edge case 63
    callerCancels: ['ended', 'loseWinner'], // the CANCEL was first, and the server has sent the 487: edge case 59
    lateAnswer: ['answering', 'dismissLate'], // edge case 53
    serverLost: ['ended', 'abandon'],
    bridgeOver: ['ended', 'finish'],
  },
  answered: {
    lateAnswer: ['answered', 'dismissLate'], // edge case 53
    bridgeOver: ['ended', 'finish'],
    shutDown: ['answered', 'hangUp'],
    serverLost: ['ended', 'abandon'],
  },
  ended: {
    lateAnswer: ['ended', 'dismissLate'], // edge case 47
  },
};
