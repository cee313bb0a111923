import type { Table } from '../../base/machine.js';

export type RegistrationState =
  | 'unregistered'
  | 'registering'
  | 'registered'
  | 'refreshing'
  | 'backing-off'
  | 'stopping'
  | 'unregistering';

/** `unbound`: accepted, without a binding of ours. `due`: the time to refresh or to try again has come. `waited`: the time for leaving is over. */
export type RegistrationInput =
  | 'start'
  | 'accepted'
  | 'unbound'
  | 'challenged'
  | 'tooBrief'
  | 'refused'
  | 'due'
  | 'stop'
  | 'waited';

export type RegistrationAction =
  | 'register'
  | 'repeat'
  | 'lengthen'
  | 'announce'
  | 'refreshLater'
  | 'backOff'
  | 'announceLoss'
  | 'limit'
  | 'leave'
  | 'unregister'
  | 'end';

type Row = readonly [RegistrationState, RegistrationAction?];

/** While a REGISTER is out that wants a binding. */
const asking = (state: 'registering' | 'refreshing') =>
  ({
    challenged: [state, 'repeat'], // RFC 3261 §22.2
    tooBrief: [state, 'lengthen'], // RFC 3261 §10.2.8
    // RFC 3261 §10.2: no new REGISTER before the last one has its final response
    stop: ['stopping', 'limit'],
  }) as const satisfies { [input in RegistrationInput]?: Row };

export const REGISTRATION_TABLE: Table<RegistrationState, RegistrationInput, RegistrationAction> = {
  unregistered: {
    start: ['registering', 'register'],
  },
  registering: {
    ...asking('registering'),
    accepted: ['registered', 'announce'],
    unbound: ['backing-off', 'backOff'],
    refused: ['backing-off', 'backOff'],
  },
  registered: {
    due: ['refreshing', 'register'], // RFC 3261 §10.2.4
    stop: ['unregistering', 'leave'],
  },
  refreshing: {
    ...asking('refreshing'),
    accepted: ['registered', 'refreshLater'],
    unbound: ['backing-off', 'announceLoss'],
    refused: ['backing-off', 'announceLoss'],
  },
  'backing-off': {
    due: ['registering', 'register'],
    stop: ['unregistered', 'end'],
  },
  stopping: {
    accepted: ['unregistering', 'unregister'],
    unbound: ['unregistered', 'end'],
    challenged: ['unregistered', 'end'],
    tooBrief: ['unregistered', 'end'],
    refused: ['unregistered', 'end'],
    waited: ['unregistered', 'end'],
  },
  // RFC 3261 §10.2.2: the binding is removed by an interval of 0
  unregistering: {
    accepted: ['unregistered', 'end'],
    challenged: ['unregistering', 'repeat'],
    tooBrief: ['unregistered', 'end'],
    refused: ['unregistered', 'end'],
    waited: ['unregistered', 'end'],
  },
};
