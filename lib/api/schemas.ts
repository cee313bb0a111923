/** What requests and answers of several routes are made of. */
import { z } from 'zod';
import { timeOf } from '../base/dates.js';
import { PLANS, POLICIES } from '../store/types.js';
import type { Answer, Named } from './route.js';

const E164_RULE = 'must be a number in E.164: + and 7 to 15 digits, as +37167000000';
export const E164 = z.string({ error: E164_RULE }).regex(/^\+[1-9]\d{6,14}$/, { error: E164_RULE });

export const PILOT = E164.describe('The number of the group, E.164; in a URL `+` may stand as it is');

const MEMBER_RULE = 'must be a number in E.164, or a SIP URI';
export const MEMBER = z
  .string({ error: MEMBER_RULE })
  .max(255, { error: MEMBER_RULE })
  .regex(/^(?:\+[1-9]\d{6,14}|[Ss][Ii][Pp][Ss]?:\S+)$/, { error: MEMBER_RULE })
  .describe('A number in E.164, or a SIP URI');

const TIME_RULE = 'must be a time with its offset, as 2026-10-25T03:30:00+02:00 or 2026-11-25T18:00Z';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since 1970. Without an offset an hour of October would come twice. */
export const INSTANT = z
  .string({ error: TIME_RULE })
  .regex(TIME, { error: TIME_RULE })
  .transform((text, context): number => {
    const time = timeOf(text);
    if (!Number.isNaN(time)) return time;
    context.addIssue({ code: 'custom', message: TIME_RULE });
    return z.NEVER;
  });

/** As answers have it: ISO 8601, UTC. */
export const WHEN = z.string().describe('ISO 8601, UTC');

export const limitTo = (most: number, usual: number) => {
  const error = `must be a whole number from 1 to ${most}`;
  const count = z.coerce.number({ error }).int({ error }).min(1, { error }).max(most, { error });
  return count.default(usual).describe('How many at most');
};

const SEPARATOR_RULE = 'must be one sign, as ; or tab';

export const SEPARATOR = z
  .string({ error: SEPARATOR_RULE })
  .transform((text) => (text === 'tab' ? '\t' : text))
  .refine((sign) => sign.length === 1 && !/["\r\n]/.test(sign), { error: SEPARATOR_RULE })
  .default(',')
  .describe('Of the CSV: one sign, or `tab`');

export const YES = z
  .enum(['yes', 'no'], { error: 'must be yes or no' })
  .default('no')
  .transform((word) => word === 'yes');

export const LANG = z
  .enum(['en', 'lv'], { error: 'must be en or lv' })
  .default('en')
  .describe('The language of the sentences');

const RECORDING_RULE = 'must be 1 to 40 letters, digits, - and _, or null';
/** As check_recording of the Redis functions. */
const recording = (what: string) =>
  z
    .string({ error: RECORDING_RULE })
    .regex(/^[A-Za-z0-9][\w-]{0,39}$/, { error: RECORDING_RULE })
    .nullable()
    .describe(`${what}; null: none`);
const voice = (what: string) => z.boolean({ error: 'must be true or false' }).describe(what);

const VOICES = z
  .strictObject({
    confirm: voice('Who answers has to press 1'),
    whisper: voice("Who answers hears the group's name first"),
    waiting: recording('What callers hear while phones ring: a recording, or `tone`'),
    farewell: recording('What callers hear when nobody has answered, as `standard`'),
    language: recording('The folder of its recordings, as `lv`'),
    spoken: recording('The recording of its name'),
  })
  .partial();

/** What is left out of a change stays. */
const changes = {
  policy: z
    .enum(POLICIES, { error: `must be ${POLICIES.join(' or ')}` })
    .describe('linear: always from the top; circular: each call starts with the next member'),
  ring: z
    .int({ error: 'must be whole seconds' })
    .min(1)
    .max(180)
    .describe('Seconds each member rings: one of `ringing.ringTimes`'),
  plan: z
    .string({ error: 'must be the name of a plan' })
    .max(64)
    .describe(`The bundle: ${PLANS.join(', ')}`),
  enabled: z.boolean({ error: 'must be true or false' }).describe('false: calls get 480 at once'),
  owner: z
    .string({ error: 'must be a text or null' })
    .max(64)
    .nullable()
    .describe("Whose group it is: a customer's id"),
  voices: VOICES.describe('What its callers and members hear. What is left out stays as it is'),
  members: z
    .array(MEMBER, { error: 'must be a list' })
    .max(100)
    .describe('In order, 1 to 12, none twice, not the pilot'),
};

export const GROUP_CHANGE = {
  name: 'GroupChange',
  schema: z.strictObject(changes).partial().describe('What is left out stays as it is'),
} satisfies Named;

export const GROUP_SETTING = {
  name: 'GroupSetting',
  schema: z
    .strictObject(changes)
    .partial()
    .required({ members: true })
    .describe('What is left out has its default in a new group, and stays in one that is there'),
} satisfies Named;

const ABSENCE = z.object({ member: z.string(), until: WHEN, reason: z.string() });

const group = {
  pilot: z.string(),
  policy: z.string(),
  ring: z.number().nullable(),
  plan: z.string(),
  enabled: z.boolean(),
  owner: z.string().nullable(),
  voices: VOICES.optional().describe('What its callers and members hear; absent: nobody has said'),
  version: z.int().describe('Grows with each change'),
  members: z.array(z.string()),
  away: z.array(ABSENCE).describe('Who does not ring now'),
  cursor: z.int().describe('The index, from 0, of who starts next'),
  turns: z.int().describe('Taken so far'),
};

export const GROUP: Named = { name: 'Group', schema: z.object(group) };

export const CHECKED_GROUP: Named = {
  name: 'CheckedGroup',
  schema: z.object({
    ...group,
    faults: z
      .array(z.string())
      .describe(
        'What is wrong with a group that was written by hand; UNCONFIRMED: a member of another network whom nobody asks to press 1',
      ),
  }),
};

export const VERSION: Named = {
  name: 'GroupVersion',
  schema: z.object({ pilot: z.string(), version: z.int() }),
};

/** A page of a list. */
export const pageOf = (name: string, key: string, item: z.ZodType): Named => ({
  name,
  schema: z.object({
    [key]: z.array(item),
    next: z.string().nullable().describe('The cursor of the next page; null: this was the last one'),
  }),
});

export const NOTHING: Answer = { description: 'Done' };
