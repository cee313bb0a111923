import type { Table } from '../base/machine.js';

export type State = 'unauthenticated' | 'refused' | 'attached' | 'closed';
export type Input =
  | 'right secret'
  | 'wrong secret'
  | 'ping'
  | 'command'
  | 'fault'
  | 'deadline'
  | 'pause over'
  | 'crowded out'
  | 'overrun'
  | 'broken'
  | 'gone';
export type Action = 'welcome' | 'pause' | 'refuse' | 'deny' | 'pong' | 'execute' | 'complain' | 'drop' | 'forget';

/** The life of a connection. Nothing but a ping is served before authentication. */
export const CONNECTION_TABLE: Table<State, Input, Action> = {
  unauthenticated: {
    'right secret': ['attached', 'welcome'],
    'wrong secret': ['refused', 'pause'],
    ping: ['unauthenticated', 'pong'],
    command: ['closed', 'deny'],
    fault: ['closed', 'complain'],
    deadline: ['closed', 'drop'],
    'crowded out': ['closed', 'drop'],
    overrun: ['closed', 'drop'],
    broken: ['closed', 'drop'], // an error of ours
    gone: ['closed', 'forget'],
  },
  // Whatever it says meanwhile is not listened to.
  refused: {
    'pause over': ['closed', 'refuse'],
    'crowded out': ['closed', 'drop'],
    overrun: ['closed', 'drop'],
    broken: ['closed', 'drop'],
    gone: ['closed', 'forget'],
  },
  attached: {
    'right secret': ['attached', 'welcome'],
    'wrong secret': ['closed', 'refuse'],
    ping: ['attached', 'pong'],
    command: ['attached', 'execute'],
    fault: ['closed', 'complain'],
    overrun: ['closed', 'drop'],
    broken: ['closed', 'drop'],
    gone: ['closed', 'forget'],
  },
  closed: {},
};
