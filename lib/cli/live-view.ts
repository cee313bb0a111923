/** The calls that go on now, of all nodes, as they are shown. */

import { callerOf } from '../lookups/call-view.js';
import { type LiveView, liveCallsOf } from '../privacy/redis.js';
import { isoTime } from './arguments.js';
import type { Column, Listing } from './output.js';

import type { Session } from './session.js';

interface LiveFilter {
  readonly pilot?: string | undefined;
  /** Who rings, or has it. */
  readonly member?: string | undefined;
  readonly caller?: string | undefined;
}

interface Shown extends LiveView {
  readonly call: string;
}

/** A caller who is not to be shown is not found by his number either: that would say who he is. */
const matches = ({ pilot, member, caller, hidden }: LiveView, filter: LiveFilter): boolean =>
  (filter.pilot === undefined || pilot === filter.pilot) &&
  (filter.member === undefined || member === filter.member) &&
  (filter.caller === undefined || (caller === filter.caller && !hidden));

/** The youngest first, as calls that are over. */
export async function* liveCalls(session: Session, filter: LiveFilter): AsyncGenerator<Shown> {
  const all = [...(await liveCallsOf(session))].map(([call, view]) => ({ call, ...view }));
  for (const one of all.toSorted((a, b) => b.started - a.started)) if (matches(one, filter)) yield one;
}

const column = (name: string, of: (call: Shown) => string): Column<Shown> => ({ name, of });

export const LIVE_CALLS: Listing<Shown> = {
  none: 'no call goes on',
  counted: ['call', 'calls'],
  json: (call) => ({
    ...call,
    caller: call.hidden ? null : call.caller,
    started: isoTime(call.started),
    answered: isoTime(call.answered) || null,
  }),
  columns: [
    column('started', ({ started }) => isoTime(started)),
    column('pilot', ({ pilot }) => pilot),
    column('caller', (call) => callerOf(call) || '–'),
    column('answered', ({ answered }) => isoTime(answered) || '–'),
    column('member', ({ member, answered }) =>
      member === null ? '–' : `${member}${answered === null ? ' rings' : ''}`,
    ),
    column('node', ({ node }) => node),
    column('call', ({ call }) => call),
  ],
  csvColumns: [
    column('call', ({ call }) => call),
    column('pilot', ({ pilot }) => pilot),
    column('caller', callerOf),
    column('hidden', ({ hidden }) => (hidden ? 'yes' : 'no')),
    column('started', ({ started }) => isoTime(started)),
    column('answered', ({ answered }) => isoTime(answered)),
    column('member', ({ member }) => member ?? ''),
    column('node', ({ node }) => node),
  ],
};
