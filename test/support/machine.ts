import { type Machine, MachineKind, type Table, type Tracer } from '../../lib/base/machine.js';

/** A machine by itself: what its actions do is one function. */
export function machineOf<State extends string, Input extends string, Action extends string>(
  table: Table<State, Input, Action>,
  initial: State,
  perform: (action: Action, event: unknown) => void,
  trace?: Tracer,
): Machine<State, Input, Action> {
  const rows = Object.values(table).flatMap((row) => Object.values(row as object)) as [State, Action?][];
  const actions = rows.flatMap(([, action]) => (action === undefined ? [] : [action]));
  const record = Object.fromEntries(
    actions.map((action) => [action, (_: undefined, event: unknown) => perform(action, event)]),
  ) as Record<Action, (owner: undefined, event: unknown) => void>;
  return new MachineKind(table, record).of(undefined, initial, trace);
}
