import { z } from 'zod';
import { BOM, csvLine } from '../../base/csv.js';
import { toPage } from '../../explain/page.js';
import { toText } from '../../explain/text.js';
import { CALL_COLUMNS, type CallView, callJson } from '../../lookups/call-view.js';
import { callsOf, type Filter, pageOfCalls } from '../../lookups/calls.js';
import { ATTEMPT, RECORD } from '../../store/records/schema.js';
import { demand } from '../admission.js';
import { callWith, explained } from '../explained.js';
import { reveal } from '../reveal.js';
import type { Identity } from '../roles.js';
import { defineRoute, type Given, type Named, type Route } from '../route.js';
import { E164, INSTANT, LANG, limitTo, MEMBER, pageOf, SEPARATOR, WHEN, YES } from '../schemas.js';
import { callFor } from '../shown-call.js';

const TIME = WHEN.nullable();

const SHOWN_ATTEMPT = ATTEMPT.extend({ started: TIME, rang: TIME, ended: TIME }).loose();

/** As the record's schema, with times as people read them. */
const CALL: Named = {
  name: 'Call',
  schema: RECORD.extend({
    id: z.string().describe('Of the entry in the stream'),
    caller: z
      .string()
      .nullable()
      .describe('Null: the caller asked not to be shown. Its middle is left out for roles that do not see callers'),
    presented: z.string().nullable().describe('The number of From, where the network asserted another one'),
    started: TIME,
    answered: TIME,
    ended: TIME,
    attempts: z.array(SHOWN_ATTEMPT),
    provisional: z.literal(true).optional().describe("The turn's number is from memory, and Redis never gave one"),
  }).meta({}),
};

const PAGE: Named = pageOf('CallPage', 'calls', CALL.schema);

const filters = {
  pilot: E164.optional().describe('Of this group'),
  member: MEMBER.optional().describe('In which this member was considered'),
  caller: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('Of this caller, unless he was withheld; needs a role that sees callers'),
  since: INSTANT.optional().describe('Begun then or later'),
  until: INSTANT.optional().describe('Begun before'),
};

interface CsvForm {
  readonly separator: string;
  readonly bom: boolean;
  readonly count: boolean;
}

/** The trailer that says how many lines a CSV has had. */
export const ROWS = 'Virkne-Rows';

/** All of them, as they come, and behind them how many. Lines of some 100 calls leave together. */
function csv(calls: AsyncIterable<CallView>, who: Identity, { separator, bom, count }: CsvForm): Given {
  let rows = 0;
  const names = CALL_COLUMNS.map(({ name }) => name);
  const line = (values: readonly string[]): string => csvLine(values, separator);
  async function* pieces(): AsyncGenerator<string> {
    let piece = `${bom ? BOM : ''}${line(names)}`;
    for await (const call of calls) {
      const shown = callFor(who, call);
      piece += line(CALL_COLUMNS.map(({ of }) => of(shown)));
      rows += 1;
      if (rows % 100 > 0) continue;
      yield piece;
      piece = '';
    }
    // As many fields as every line has (RFC 4180 §2).
    yield count ? piece + line(names.map((_, at) => ['rows', String(rows)][at] ?? '')) : piece;
  }
  return {
    text: pieces(),
    type: `${CSV_TYPE}; charset=utf-8`,
    headers: csvName('calls'),
    trailers: { [ROWS]: () => String(rows) },
  };
}

export const CSV_TYPE = 'text/csv';
export const csvName = (name: string) => ({ 'content-disposition': `attachment; filename="${name}.csv"` });

const list = defineRoute({
  id: 'listCalls',
  method: 'GET',
  path: '/calls',
  right: 'calls',
  summary:
    'Calls that are over, the newest first. As JSON a page at a time: a page may have fewer calls than were asked for although more ' +
    'follow. As CSV all that match, streamed (`Accept: text/csv`, or `format=csv`); how many stands in the trailer `Virkne-Rows`. A transfer ' +
    'that breaks off is not whole',
  query: {
    ...filters,
    limit: limitTo(1000, 50),
    cursor: z
      .string()
      .regex(/^\d{1,15}-\d{1,15}$/, { error: 'must be the `next` of a page' })
      .optional()
      .describe('`next` of the page before: only older calls'),
    format: z.enum(['json', 'csv'], { error: 'must be json or csv' }).optional().describe('Instead of Accept'),
    separator: SEPARATOR,
    bom: YES.describe('yes: the CSV begins with a byte order mark, as Excel likes it'),
    count: YES.describe('yes: the last line of the CSV is `rows` and how many there are before it'),
  },
  answers: { 200: { description: 'The calls', json: PAGE, types: [CSV_TYPE] } },
  handle: async ({ query, who, type, context }) => {
    const { limit, cursor: before, format, separator, bom, count, ...rest } = query;
    if (rest.caller !== undefined) demand(who, 'callers');
    const filter: Filter = { ...rest, before };
    const isCsv = format === undefined ? type === CSV_TYPE : format === 'csv';
    if (!isCsv) {
      const { calls, next } = await pageOfCalls(context.link, filter, limit);
      return { json: { calls: calls.map((call) => callJson(callFor(who, call))), next } };
    }
    return csv(callsOf(context.link, filter), who, { separator, bom, count });
  },
});

const params = {
  id: z
    .string()
    .min(1)
    .max(256)
    .describe('Of the call, or the SIP Call-ID of any of its legs: then the newest of them'),
};
const REVEAL = YES.describe(
  'yes: show a caller who asked not to be shown. Needs a role that may; it is written down who looked',
);

const show = defineRoute({
  id: 'getCall',
  method: 'GET',
  path: '/calls/{id}',
  right: 'calls',
  summary: 'The record of a call',
  params,
  query: { reveal: REVEAL },
  answers: { 200: { description: 'The call', json: CALL } },
  problems: ['CALL_UNKNOWN'],
  handle: async ({ params: { id }, query, who, context }) => {
    if (query.reveal) demand(who, 'reveal');
    const call = callFor(who, await callWith(context, id));
    const { caller, presented, hidden } = call.record;
    if (!query.reveal || !hidden) return { json: callJson(call) };
    await reveal(context, who, call.record.call);
    return { json: { ...callJson(call), caller, presented } };
  },
});

const MOMENT = z.number().describe('Milliseconds since it began');

const EXPLANATION: Named = {
  name: 'Explanation',
  schema: z.object({
    call: z.string(),
    lang: z.enum(['en', 'lv']),
    started: WHEN,
    ended: WHEN,
    caller: z.string(),
    pilot: z.string(),
    status: z.int(),
    headline: z.string().describe('What became of the call'),
    phones: z
      .array(z.looseObject({ member: z.string(), why: z.string(), sentence: z.string() }))
      .describe('In the order of the hunt list, those who were not rung included'),
    trace: z.object({
      state: z.enum(['whole', 'cut', 'expired', 'none']),
      shown: z.int(),
      of: z.int(),
      sentence: z.string(),
    }),
    parties: z.array(z.looseObject({ id: z.string(), name: z.string() })).describe('The columns of the ladder'),
    ladder: z.array(z.looseObject({ at: MOMENT, label: z.string() })),
  }),
};

const explanation = defineRoute({
  id: 'explainCall',
  method: 'GET',
  path: '/calls/{id}/explanation',
  right: 'calls',
  summary:
    'How a call went: a sentence for each phone, and a ladder of its messages; as JSON, as a text, or as a page with a picture',
  params,
  query: {
    lang: LANG,
    numbers: z
      .enum(['short', 'whole'], { error: 'must be short or whole' })
      .default('short')
      .describe('whole needs a role that sees callers'),
    reveal: REVEAL,
  },
  answers: { 200: { description: 'The explanation', json: EXPLANATION, types: ['text/html', 'text/plain'] } },
  problems: ['CALL_UNKNOWN'],
  handle: async ({ params: { id }, query, who, type, context }) => {
    const asked = { lang: query.lang, whole: query.numbers === 'whole', reveal: query.reveal };
    const found = await explained(context, who, id, asked);
    if (type === 'text/plain') return { text: `${toText(found)}\n`, type: 'text/plain; charset=utf-8' };
    if (type !== 'text/html') return { json: found };
    const { html, headers } = toPage(found);
    return { text: html, type: 'text/html; charset=utf-8', headers };
  },
});

export const CALL_ROUTES: readonly Route[] = [list, show, explanation];
