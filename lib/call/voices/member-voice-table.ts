/** What a member who has answered hears before he is joined, as a table. */
import type { Table } from '../../base/machine.js';

export type MemberVoiceState =
  | 'idle'
  | 'preparing'
  | 'ready'
  | 'fitting'
  | 'asking'
  | 'telling'
  | 'joining'
  | 'leaving'
  | 'over';

export type MemberVoiceInput =
  | 'prepare'
  | 'made'
  | 'unmade'
  | 'answered'
  | 'fitToAsk'
  | 'fitToTell'
  | 'fitToJoin'
  | 'one'
  | 'otherKey'
  | 'played'
  | 'missing'
  | 'again'
  | 'late'
  | 'gone'
  | 'goneAccepts'
  | 'memberLeaves'
  | 'joined'
  | 'unjoined'
  | 'stop'
  | 'left'
  | 'end';

export type MemberVoiceAction =
  | 'create'
  | 'prepared'
  | 'unprepared'
  | 'fit'
  | 'ask'
  | 'askAgain'
  | 'askLater'
  | 'tell'
  | 'join'
  | 'accept'
  | 'decline'
  | 'declineMissing'
  | 'declineFailed'
  | 'declineLeft'
  | 'fail'
  | 'leave'
  | 'forget'
  | 'drop';

/** The member has answered: he may hang up, and the caller, too. A key that was on its way then is nobody's. */
const ANSWERED = {
  memberLeaves: ['over', 'declineLeft'],
  stop: ['leaving', 'leave'],
  goneAccepts: ['joining', 'join'],
} as const;

export const MEMBER_VOICE_TABLE: Table<MemberVoiceState, MemberVoiceInput, MemberVoiceAction> = {
  idle: { prepare: ['preparing', 'create'] },
  preparing: { made: ['ready', 'prepared'], unmade: ['idle', 'unprepared'], end: ['over', 'drop'] },
  // His phone rings, with our offer.
  ready: { answered: ['fitting', 'fit'], gone: ['ready', 'drop'], end: ['over', 'drop'] },
  // The media server learns where he is: nothing is said before.
  fitting: {
    ...ANSWERED,
    fitToAsk: ['asking', 'ask'],
    fitToTell: ['telling', 'tell'],
    fitToJoin: ['joining', 'join'],
    gone: ['leaving', 'declineFailed'],
  },
  asking: {
    ...ANSWERED,
    one: ['joining', 'join'],
    otherKey: ['leaving', 'decline'],
    played: ['asking', 'askLater'],
    again: ['asking', 'askAgain'],
    missing: ['leaving', 'declineMissing'],
    late: ['leaving', 'decline'],
    gone: ['leaving', 'declineFailed'],
  },
  telling: {
    ...ANSWERED,
    played: ['joining', 'join'],
    missing: ['joining', 'join'],
    gone: ['joining', 'join'],
  },
  // Whatever is pressed now changes nothing.
  joining: {
    memberLeaves: ['over', 'declineLeft'],
    stop: ['leaving', 'leave'],
    joined: ['over', 'accept'],
    unjoined: ['leaving', 'fail'],
  },
  // Our BYE is out.
  leaving: { left: ['over', 'forget'] },
  over: {},
};
