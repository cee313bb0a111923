/**
 * The tables of lib/call written a second time, by input instead of by state: `state state > next action | …`. What is not
 * written here must change nothing.
 */
export type Diagram = Readonly<Record<string, string>>;

export const HUNT: Diagram = {
  turn: 'asking > hunting begin',
  nobody: 'asking > ended refuseNobody',
  nobodyInWords: 'asking > parting',
  unknown: 'asking > ended refuseUnknown',
  storeFailed: 'asking > ended refuseFailed',
  memberRings: 'hunting > ringing ring',
  memberOver: 'hunting > hunting next | ringing > ringing next',
  memberAnswers: 'hunting ringing > answering answer',
  lateAnswer:
    'hunting ringing > answering answerLate | answering > answering dismissLate | answered > answered dismissLate | parting > parting dismissLate | ended > ended dismissLate',
  exhausted: 'hunting ringing > ended refuse',
  exhaustedInWords: 'hunting ringing > parting',
  parted: 'parting > ended refuseInWords',
  progressDue: 'hunting > hunting progress | ringing > ringing ring | parting > parting progress',
  expired: 'hunting ringing parting > ended expire',
  callerCancels: 'asking hunting ringing parting > ended callerCancelled | answering > ended loseWinner',
  callerReady: 'answering > answered bridge',
  callerGone: 'hunting ringing parting > ended loseCaller | answering > ended loseWinner',
  shutDown: 'asking hunting ringing parting > ended shutDown | answered > answered hangUp',
  serverLost: 'asking hunting ringing parting answering answered > ended abandon',
  bridgeOver: 'answering answered > ended finish',
};

export const ATTEMPT: Diagram = {
  start: 'idle > claiming claim',
  claimed: 'claiming > calling callFirst',
  claimedToAsk: 'claiming > preparing prepare',
  prepared: 'preparing > calling callFirst',
  answerToAsk: 'calling proceeding ringing > asking ask',
  accepted: 'asking > answered accept',
  unjoined: 'asking > over failed',
  refused: 'claiming > over on-a-call',
  trying: 'calling > proceeding noteSignOfLife',
  alerting: 'calling proceeding > ringing ring',
  forwarding: 'calling proceeding ringing > cancelling cancelForwarded',
  answer: 'calling proceeding ringing > answered answer',
  forwardedAnswer: 'calling proceeding ringing > over dismissForwarded',
  unusableAnswer: 'calling proceeding ringing > over dismissUnusable',
  strayAnswer: 'calling proceeding ringing > over dismissStray',
  longAnswer: 'calling proceeding ringing > over dismissLong',
  tooLarge: 'calling proceeding ringing > over too-large',
  busy: 'calling proceeding ringing > over busy',
  declined: 'calling proceeding ringing > over declined',
  notConfirmed: 'asking > over not-confirmed',
  redirected: 'calling proceeding ringing > over forwarded',
  unreachable: 'calling proceeding ringing > over unreachable',
  failed: 'calling proceeding ringing > over failed',
  unavailable: 'calling proceeding > calling callNext | ringing > ringing refuse',
  intervalTooSmall: 'calling proceeding ringing > calling callAgain',
  silence: 'calling > calling callNext',
  exhausted: 'calling > over unreachable | ringing > over failed',
  ringTimeout: 'calling proceeding > cancelling cancelUnreachable | ringing > cancelling cancelNoAnswer',
  stop: 'idle claiming preparing > over stopped | asking > over stopAsking | calling proceeding ringing > cancelling cancelStopped | cancelling > over end',
  settled: 'cancelling > over end',
  waited: 'cancelling > over end',
  lateAnswer:
    'calling proceeding ringing > answered answerLate | cancelling > over offerLateAndEnd | asking > asking dismissLate | answered > answered dismissLate | over > over offerLate',
  callOver: 'answered over > over release',
};

export const LEG: Diagram = {
  provisional: 'open > open report',
  failure: 'open > over report | cancelled > over settle',
  lost: 'open > over report | cancelled > over settle',
  answer: 'open > answered report | cancelled > answered reportLate',
  cancel: 'open > cancelled cancel',
  expired: 'cancelled > over forget',
  keep: 'answered > over',
  release: 'answered > dismissing dismiss',
  done: 'dismissing > over settle',
};

export const BRIDGE: Diagram = {
  callerUp: 'answering > unconfirmed',
  callerConfirms: 'unconfirmed > talking open | held > releasing releaseCaller',
  callerLeaves: 'unconfirmed talking > releasing releaseMember | held > over close',
  callerFails: 'unconfirmed talking > releasing releaseMember | held > over close',
  callerLost: 'answering unconfirmed > releasing releaseMember | held > over close',
  memberLeaves: 'answering unconfirmed > held | talking > releasing releaseCaller',
  memberFails: 'answering unconfirmed > held | talking > releasing releaseCaller',
  hangUp: 'unconfirmed > held releaseMember | talking > releasing releaseBoth',
  legGone: 'releasing > over close',
  serverLost: 'answering unconfirmed talking held releasing > over close',
};
