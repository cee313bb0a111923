/** The course of an answered call, as a table. */
import type { Table } from '../base/machine.js';

export type BridgeState = 'answering' | 'unconfirmed' | 'talking' | 'held' | 'releasing' | 'over';

export type BridgeInput =
  | 'callerUp'
  | 'callerConfirms'
  | 'callerLeaves'
  | 'memberLeaves'
  | 'callerFails'
  | 'memberFails'
  | 'callerLost'
  | 'legGone'
  | 'hangUp'
  | 'serverLost';

export type BridgeAction = 'open' | 'releaseMember' | 'releaseCaller' | 'releaseBoth' | 'close';

export const BRIDGE_TABLE: Table<BridgeState, BridgeInput, BridgeAction> = {
  // The member has answered, the 200 to the caller is on its way.
  answering: {
    callerUp: ['unconfirmed'],
    memberLeaves: ['held'],
    memberFails: ['held'],
    callerLost: ['releasing', 'releaseMember'],
    serverLost: ['over', 'close'],
  },
  // The ACK has not come yet.
  unconfirmed: {
    callerConfirms: ['talking', 'open'],
    callerLeaves: ['releasing', 'releaseMember'],
    callerFails: ['releasing', 'releaseMember'], // edge case 61: no ACK in 64*T1
    callerLost: ['releasing', 'releaseMember'],
    memberLeaves: ['held'], // RFC 3261 §15: no BYE before the ACK; edge case 62
    memberFails: ['held'],
    hangUp: ['held', 'releaseMember'],
    serverLost: ['over', 'close'],
  },
  talking: {
    callerLeaves: ['releasing', 'releaseMember'],
    memberLeaves: ['releasing', 'releaseCaller'],
    callerFails: ['releasing', 'releaseMember'],
    memberFails: ['releasing', 'releaseCaller'],
    hangUp: ['releasing', 'releaseBoth'],
    serverLost: ['over', 'close'],
  },
  // The member is gone; the caller is released when its ACK has come, or the server gives up waiting for it.
  held: {
    callerConfirms: ['releasing', 'releaseCaller'],
    callerLeaves: ['over', 'close'],
    callerFails: ['over', 'close'],
    callerLost: ['over', 'close'],
    serverLost: ['over', 'close'],
  },
  // A BYE that crosses ours is answered and changes nothing (edge case 74).
  releasing: {
    legGone: ['over', 'close'],
    serverLost: ['over', 'close'],
  },
  over: {},
};
