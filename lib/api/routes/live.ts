import { z } from 'zod';
import { isoTime } from '../../lookups/call-view.js';
import { type LiveView, livePages } from '../../privacy/redis.js';
import type { ApiContext } from '../context.js';
import { Problem } from '../problems.js';
import { type Identity, mayDo } from '../roles.js';
import { defineRoute, type Named, type Route } from '../route.js';
import { E164, limitTo, MEMBER, pageOf, WHEN } from '../schemas.js';
import { shortened } from '../shown-call.js';

const LIVE: Named = {
  name: 'LiveCall',
  schema: z.object({
    call: z.string(),
    node: z.string(),
    pilot: z.string(),
    caller: z.string().nullable().describe('As in a call that is over'),
    hidden: z.boolean(),
    started: WHEN,
    answered: WHEN.nullable(),
    member: z.string().nullable().describe('Who rings, or has it'),
  }),
};

interface Shown extends Omit<LiveView, 'caller' | 'started' | 'answered'> {
  readonly call: string;
  readonly caller: string | null;
  readonly started: string;
  readonly answered: string | null;
}

function shown(
  who: Identity,
  call: string,
  { caller, hidden, started, answered, node, pilot, member }: LiveView,
): Shown {
  const visible = mayDo(who, 'callers') ? caller : shortened(caller);
  const times = { started: isoTime(started), answered: answered === null ? null : isoTime(answered) };
  return { call, node, pilot, caller: hidden ? null : visible, hidden, ...times, member };
}

interface LiveFilter {
  readonly pilot?: string | undefined;
  readonly member?: string | undefined;
}

/** Pages of Redis may be empty: on until there is something to show. */
async function page({ link }: ApiContext, who: Identity, filter: LiveFilter, from: string, limit: number) {
  const found = new Map<string, Shown>();
  let behind: string | undefined;
  for await (const { next, calls } of livePages(link, from, Math.min(500, limit))) {
    for (const [call, view] of calls) {
      const { pilot = view.pilot, member = view.member } = filter;
      if (view.pilot === pilot && view.member === member) found.set(call, shown(who, call, view));
    }
    behind = next;
    if (found.size >= limit) break;
  }
  return { calls: [...found.values()], next: behind === undefined ? null : Buffer.from(behind).toString('base64url') };
}

const MEANT = /^\d+ [^\p{Cc}]+$/u;

function readCursor(text: string | undefined): string {
  if (text === undefined) return '0';
  const cursor = Buffer.from(text, 'base64url').toString();
  if (MEANT.test(cursor)) return cursor;
  throw new Problem('CURSOR', 'this cursor is none that was given', { place: 'query.cursor' });
}

const list = defineRoute({
  id: 'listLiveCalls',
  method: 'GET',
  path: '/live',
  right: 'calls',
  summary:
    'The calls that go on now, of all nodes, at most a few seconds old. A page has about as many as were asked for; one call may come twice',
  query: {
    pilot: E164.optional().describe('Of this group'),
    member: MEMBER.optional().describe('Who rings, or has it'),
    limit: limitTo(500, 100),
    cursor: z.string().max(400).optional().describe('`next` of the page before'),
  },
  answers: { 200: { description: 'A page', json: pageOf('LivePage', 'calls', LIVE.schema) } },
  problems: ['CURSOR'],
  handle: async ({ query: { limit, cursor, ...filter }, who, context }) => ({
    json: await page(context, who, filter, readCursor(cursor), limit),
  }),
});

export const LIVE_ROUTES: readonly Route[] = [list];
