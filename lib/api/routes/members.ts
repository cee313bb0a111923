import { z } from 'zod';
import { groupKey } from '../../store/keys.js';
import { Problem } from '../problems.js';
import { defineRoute, type Named, type Route } from '../route.js';
import { INSTANT, MEMBER, NOTHING, PILOT, WHEN } from '../schemas.js';

const REFUSALS = ['GROUP_UNKNOWN', 'MEMBERS', 'POSITION', 'REFUSED'] as const;
const params = { pilot: PILOT };
const one = { ...params, member: MEMBER };

const LIST: Named = {
  name: 'Members',
  schema: z.object({ pilot: z.string(), members: z.array(z.string()).describe('In order') }),
};

const NEW_MEMBER = { name: 'NewMember', schema: z.strictObject({ member: MEMBER }) } satisfies Named;

const add = defineRoute({
  id: 'addMember',
  method: 'POST',
  path: '/groups/{pilot}/members',
  right: 'change',
  summary: 'Puts a member at the end of the list',
  params,
  body: NEW_MEMBER,
  answers: { 201: { description: 'The members', json: LIST } },
  problems: REFUSALS,
  handle: async ({ params: { pilot }, body, who, context: { link } }) => {
    const members = await link.fcall('hunt_members', groupKey(pilot), ['add', body.member, 'by', who.name]);
    return { status: 201, json: { pilot, members } };
  },
});

const POSITION = {
  name: 'MemberPosition',
  schema: z.strictObject({ position: z.int({ error: 'must be a whole number' }).min(1).max(99).describe('From 1') }),
} satisfies Named;

const move = defineRoute({
  id: 'moveMember',
  method: 'PATCH',
  path: '/groups/{pilot}/members/{member}',
  right: 'change',
  summary: 'Moves a member within the list',
  params: one,
  body: POSITION,
  answers: { 200: { description: 'The members', json: LIST } },
  problems: REFUSALS,
  handle: async ({ params: { pilot, member }, body, who, context: { link } }) => {
    const args = ['move', member, String(body.position), 'by', who.name];
    return { json: { pilot, members: await link.fcall('hunt_members', groupKey(pilot), args) } };
  },
});

const remove = defineRoute({
  id: 'removeMember',
  method: 'DELETE',
  path: '/groups/{pilot}/members/{member}',
  right: 'change',
  summary: 'Takes a member off the list',
  params: one,
  answers: { 200: { description: 'The members that are left', json: LIST } },
  problems: REFUSALS,
  handle: async ({ params: { pilot, member }, who, context: { link } }) => ({
    json: { pilot, members: await link.fcall('hunt_members', groupKey(pilot), ['remove', member, 'by', who.name]) },
  }),
});

const ABSENCE = {
  name: 'NewAbsence',
  schema: z
    .strictObject({
      until: INSTANT.optional().describe('A time with its offset'),
      for: z
        .string({ error: 'must be a text' })
        .regex(/^\d{1,4}[mhd]$/, { error: 'must be as 10m, 2h or 3d' })
        .optional()
        .describe('How long from now: 10m, 2h, 3d'),
      reason: z.string({ error: 'must be a text' }).max(64).default(''),
    })
    .refine((body) => (body.until === undefined) !== (body.for === undefined), { error: 'say either until or for' }),
} satisfies Named;

const AWAY: Named = {
  name: 'Absence',
  schema: z.object({ pilot: z.string(), member: z.string(), until: WHEN, reason: z.string() }),
};

/** As hunt_away reads it: UTC, whole seconds. */
const utc = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

const away = defineRoute({
  id: 'setAway',
  method: 'PUT',
  path: '/groups/{pilot}/members/{member}/away',
  right: 'change',
  summary: 'The member does not ring until then, and stays on the list',
  params: one,
  body: ABSENCE,
  answers: { 200: { description: 'Until when', json: AWAY } },
  problems: ['GROUP_UNKNOWN', 'MEMBERS', 'TIME', 'REASON', 'REFUSED'],
  handle: async ({
    params: { pilot, member },
    body: { until, for: duration = '', reason },
    who,
    context: { link },
  }) => {
    const till = until === undefined ? duration : utc(until);
    const args = [member, till, 'by', who.name, ...(reason === '' ? [] : [reason])];
    const [, when] = (await link.fcall('hunt_away', groupKey(pilot), args)) as [string, string];
    return { json: { pilot, member, until: when, reason } };
  },
});

const back = defineRoute({
  id: 'endAway',
  method: 'DELETE',
  path: '/groups/{pilot}/members/{member}/away',
  right: 'change',
  summary: 'The member rings again',
  params: one,
  answers: { 204: NOTHING },
  problems: ['GROUP_UNKNOWN', 'NOT_FOUND'],
  handle: async ({ params: { pilot, member }, who, context: { link } }) => {
    if ((await link.fcall('hunt_back', groupKey(pilot), [member, 'by', who.name])) === 0)
      throw new Problem('NOT_FOUND', `${member} is not away`);
    return { status: 204 };
  },
});

export const MEMBER_ROUTES: readonly Route[] = [add, move, remove, away, back];
