import { z } from 'zod';
import { NEXT_REASONS } from '../../explain/next.js';
import { changesOf } from '../../lookups/audit.js';
import { readGroup, voiceFields } from '../../lookups/group-view.js';
import { pageOfGroups } from '../../lookups/groups.js';
import { nextOf } from '../../lookups/next.js';
import { settingFields } from '../../store/groups.js';
import { groupKey } from '../../store/keys.js';
import type { ApiContext } from '../context.js';
import { Problem } from '../problems.js';
import { defineRoute, type Given, type Named, type Route } from '../route.js';
import {
  CHECKED_GROUP,
  E164,
  GROUP,
  GROUP_CHANGE,
  GROUP_SETTING,
  LANG,
  limitTo,
  NOTHING,
  PILOT,
  pageOf,
  VERSION,
  WHEN,
} from '../schemas.js';

const params = { pilot: PILOT };
const CURSOR = z.string().max(200).optional().describe('`next` of the page before');
const REFUSALS = ['MEMBERS', 'POLICY', 'RING', 'PLAN', 'OWNER', 'REFUSED'] as const;

const noGroup = (pilot: string): Problem => new Problem('GROUP_UNKNOWN', `there is no group ${pilot}`);

const list = defineRoute({
  id: 'listGroups',
  method: 'GET',
  path: '/groups',
  right: 'groups',
  summary:
    'The groups, in no order. A page has about as many as were asked for; a group that is changed meanwhile may come twice.',
  query: { limit: limitTo(500, 100), cursor: CURSOR },
  answers: { 200: { description: 'A page', json: pageOf('GroupPage', 'groups', GROUP.schema) } },
  problems: ['CURSOR'],
  handle: async ({ query, context }) => {
    const page = await pageOfGroups(context.link, query.cursor, query.limit);
    if (page === undefined)
      throw new Problem('CURSOR', 'this cursor is none that was given', { place: 'query.cursor' });
    return { json: page };
  },
});

const show = defineRoute({
  id: 'getGroup',
  method: 'GET',
  path: '/groups/{pilot}',
  right: 'groups',
  summary: 'A group, and what is wrong with one that was written by hand',
  params,
  answers: { 200: { description: 'The group', json: CHECKED_GROUP } },
  problems: ['GROUP_UNKNOWN'],
  handle: async ({ params: { pilot }, context: { link } }) => {
    const [flat, faults] = await Promise.all([
      link.fcall('hunt_get', groupKey(pilot), []),
      link.fcall('hunt_check', groupKey(pilot), []),
    ]);
    return { json: { ...readGroup(pilot, flat), faults } };
  },
});

type Change = z.output<typeof GROUP_CHANGE.schema>;

/** By the rules of hunt_set, which also writes the audit. */
async function set(pilot: string, change: Change, by: string, { link }: ApiContext): Promise<number> {
  const args = [...settingFields(change), ...voiceFields(change.voices ?? {}).flat()];
  if (args.length === 0) throw new Problem('INVALID', 'body: name at least one setting', { place: 'body' });
  const [, version] = (await link.fcall('hunt_set', groupKey(pilot), [...args, 'by', by])) as [string, number];
  return version;
}

const put = defineRoute({
  id: 'putGroup',
  method: 'PUT',
  path: '/groups/{pilot}',
  right: 'change',
  summary: 'Creates a group, or sets one that is there',
  params,
  body: GROUP_SETTING,
  answers: { 200: { description: 'Set', json: VERSION }, 201: { description: 'Created', json: VERSION } },
  problems: REFUSALS,
  handle: async ({ params: { pilot }, body, who, context }): Promise<Given> => {
    const version = await set(pilot, body, who.name, context);
    return { status: version === 1 ? 201 : 200, json: { pilot, version } };
  },
});

const patch = defineRoute({
  id: 'patchGroup',
  method: 'PATCH',
  path: '/groups/{pilot}',
  right: 'change',
  summary: 'Changes some settings of a group (as RFC 7396 merges)',
  params,
  body: GROUP_CHANGE,
  answers: { 200: { description: 'Changed', json: VERSION } },
  problems: ['GROUP_UNKNOWN', ...REFUSALS],
  handle: async ({ params: { pilot }, body, who, context }) => {
    // Refuses where there is no such group: hunt_set would make one.
    await context.link.fcall('hunt_get', groupKey(pilot), []);
    return { json: { pilot, version: await set(pilot, body, who.name, context) } };
  },
});

const remove = defineRoute({
  id: 'deleteGroup',
  method: 'DELETE',
  path: '/groups/{pilot}',
  right: 'change',
  summary: 'Deletes a group. Its audit stays: months are charged from it',
  params,
  answers: { 204: NOTHING },
  problems: ['GROUP_UNKNOWN'],
  handle: async ({ params: { pilot }, who, context: { link } }) => {
    if ((await link.fcall('hunt_del', groupKey(pilot), ['by', who.name])) === 0) throw noGroup(pilot);
    return { status: 204 };
  },
});

const NEXT: Named = {
  name: 'Next',
  schema: z.object({
    pilot: z.string(),
    enabled: z.boolean(),
    policy: z.string(),
    ring: z.number().nullable(),
    headline: z.string(),
    members: z.array(
      z.object({
        member: z.string(),
        position: z.int().nullable().describe('In the order of ringing; null: he would not ring'),
        why: z
          .enum([...NEXT_REASONS, 'disabled'])
          .nullable()
          .describe('Null for who would ring'),
        away: z.object({ member: z.string(), until: WHEN, reason: z.string() }).nullable(),
        sentence: z.string(),
      }),
    ),
  }),
};

const next = defineRoute({
  id: 'nextOfGroup',
  method: 'GET',
  path: '/groups/{pilot}/next',
  right: 'groups',
  summary: 'Who would ring now, in which order, and why not the others; takes no turn',
  params,
  query: { lang: LANG, caller: E164.optional().describe('If this one called') },
  answers: { 200: { description: 'The members', json: NEXT } },
  problems: ['GROUP_UNKNOWN'],
  handle: async ({ params: { pilot }, query, context: { link, settings } }) => ({
    json: await nextOf({ redis: link, now: link.redisTime() }, pilot, { ...query, ...settings }),
  }),
});

const CHANGE = z.object({
  id: z.string(),
  at: WHEN,
  by: z.string().describe('The name of a token, or what redis-cli or the command was told'),
  what: z.string().describe('The function'),
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
  away: z
    .object({ member: z.string(), until: WHEN.nullable().describe('Null: the member is back') })
    .nullable()
    .describe('Who was said to be away, or to be back; the group is the same before and after'),
});

const audit = defineRoute({
  id: 'auditOfGroup',
  method: 'GET',
  path: '/groups/{pilot}/audit',
  right: 'groups',
  summary: 'Who changed what, the newest first; also of a group that was deleted',
  params,
  query: { limit: limitTo(200, 20), cursor: CURSOR },
  answers: { 200: { description: 'A page', json: pageOf('ChangePage', 'changes', CHANGE) } },
  problems: ['REFUSED'],
  handle: async ({ params: { pilot }, query: { limit, cursor }, context: { link } }) => {
    const changes = await changesOf(link, pilot, limit, cursor);
    return { json: { changes, next: changes.length < limit ? null : (changes.at(-1)?.id ?? null) } };
  },
});

export const GROUP_ROUTES: readonly Route[] = [list, show, put, patch, remove, next, audit];
