/**
 * The record of a call as a schema: for those who read records outside this program, and for the API. `config/call-record.schema.json`
 * is made of it, and a test holds both to the types. In the stream all values are texts: nothing is an empty text, what is yes or no
 * is `yes` or `no`, a list of numbers is joined by commas, and the attempts are JSON; `schema` has its version.
 */
import { z } from 'zod';
import { POLICIES, RECORD_SCHEMA } from '../types.js';

/** Milliseconds since 1970-01-01 UTC. */
const time = z.int().min(0);
const duration = z.int().min(0);
const status = z.int().min(100).max(699);
const name = z.string();

const SAID = z
  .strictObject({
    status,
    phrase: z.string(),
    reason: z.string().nullable().describe('The Reason header, RFC 3326'),
    warning: z.string().nullable().describe('The Warning header'),
  })
  .describe('What the far side said in the response that ended it, cut to what people read');

export const ATTEMPT = z.strictObject({
  member: name.describe('E.164, or a SIP URI'),
  started: time.nullable().describe('When the first INVITE left; milliseconds since 1970 UTC, as all times'),
  rang: time.nullable(),
  ended: time.nullable(),
  why: name.describe('Why it ended so, or why the member was not rung: one word of a closed list'),
  status: status.nullable().describe('Of the response that ended it; null where nobody sent one'),
  hint: z
    .enum(['diversion', 'history-info', 'asserted-identity'])
    .describe('A header that looked as if the phone forwarded, and proves nothing')
    .exactOptional(),
  trunk: name.nullable().describe('Where its INVITE went last'),
  callIds: z.array(name).readonly().describe('The Call-ID of each leg towards it'),
  said: SAID.nullable(),
  local: name.nullable().describe('What failed on our side of the wire: one of a closed list of words'),
});

export const RECORD = z
  .strictObject({
    call: name.describe('Its own id, a UUID: the key'),
    pilot: name.describe('The number that was called, E.164 where it is one'),
    caller: name.describe('As asserted by the network, else as the caller says; empty where nobody is named'),
    started: time.describe('When the INVITE came'),
    answered: time.nullable(),
    ended: time,
    status: status.describe('What the caller was told in the end'),
    by: name.nullable().describe('The member who answered'),
    released: z.enum(['caller', 'callee', 'system']).nullable().describe('Who ended an answered call'),
    policy: z.enum(POLICIES).nullable(),
    turn: z.int().min(0).describe("The group's running number of this turn; 0: none was taken"),
    provisional: z.literal(true).describe('The number of the turn is from memory').exactOptional(),
    estimated: z
      .literal(true)
      .describe('The node was lost with the call: the end, and what Redis did not know, is reckoned')
      .exactOptional(),
    version: z.int().min(0).describe('Of the group'),
    attempts: z.array(ATTEMPT).readonly().describe('One for each member, in the order of this call'),
    node: name,
    callId: name.describe("The Call-ID of the caller's leg"),
    presented: name.describe('The number of From, where the network asserted another one'),
    hidden: z.boolean().describe('The caller asked not to be shown (RFC 3323)'),
    diverted: z.array(name).readonly().describe('Through whom the call had come, the last one first'),
    owner: name.nullable().describe('Whose group it was then'),
    cause: z.int().min(0).max(127).nullable().describe('Of Q.850, with which it ended'),
    refused: name.nullable().describe('Why it never became a call: one word of a closed list'),
    endReason: name
      .nullable()
      .describe('Why the service ended it by itself: one word of a closed list; null where one of its ends did'),
    endEstimated: z.boolean().describe('Nobody said when it ended: `ended` is when it was noticed, and the latest'),
    metadataRefused: z
      .literal(true)
      .describe('The caller, or who answered, refused all use of this call but running, billing and explaining it')
      .exactOptional(),
    waited: duration.describe('Milliseconds from the INVITE to the answer, or to the end, by a clock that nobody sets'),
    talked: duration.describe('Milliseconds from answer to end'),
    media: name
      .describe(
        'Of a group that wishes for voices: through, direct, or why it went on without: one word of a closed list',
      )
      .exactOptional(),
  })
  .meta({ title: 'Call record', version: RECORD_SCHEMA });

/** As JSON Schema, draft 2020-12. */
export const recordSchema = (): object => z.toJSONSchema(RECORD, { io: 'output' });
