import { z } from 'zod';
import { Charges, type Doubt, type MonthOfCharges } from '../../charges/charges.js';
import { csvOf } from '../../charges/csv.js';
import { jsonOf } from '../../charges/document.js';
import type { ApiContext } from '../context.js';
import { defineRoute, type Given, type Named, type Route } from '../route.js';
import { E164, SEPARATOR, YES } from '../schemas.js';
import { shortened } from '../shown-call.js';
import { CSV_TYPE, csvName, ROWS } from './calls.js';

const MONTH_RULE = 'must be a month, as 2026-11';
const MONTH = z.string({ error: MONTH_RULE }).regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, { error: MONTH_RULE });
const params = { month: MONTH.describe('In the time zone of the operator') };

const sum = { count: z.int(), sum: z.int().describe('Cents') };

const LINE = z.looseObject({
  kind: z.enum(['fee', 'correction']),
  group: z.string(),
  owner: z.string().nullable(),
  cents: z.int(),
  reason: z.string(),
});

const DOCUMENT: Named = {
  name: 'Charges',
  schema: z.object({
    schema: z.int(),
    month: z.string(),
    timeZone: z.string(),
    currency: z.string(),
    vat: z.literal('excluded'),
    lines: z.array(LINE).describe('A fee for each group and owner, and corrections'),
    fees: z.array(z.object({ price: z.string(), cents: z.int(), ...sum })),
    corrections: z.object(sum),
    total: z.int().describe('Cents'),
  }),
};

const JSON_TYPE = 'application/json';

const chargesOf = ({ link, ids, settings }: ApiContext): Charges =>
  new Charges({ redis: link, ids, now: () => link.redisTime(), ...settings.charges });

/** The log names no whole number: `virkne charges` does. */
const doubts =
  ({ log }: ApiContext) =>
  ({ kind, group }: Doubt): void =>
    log.warn(
      { kind, group: shortened(group) },
      'charges: somebody ought to look at this group; virkne charges says why',
    );

interface Form {
  readonly separator: string;
  readonly bom: boolean;
}

/** The same month, the same bytes. */
function given({ pieces, isClosed }: MonthOfCharges, month: string, form: Form | undefined): Given {
  const headers = { 'virkne-month': isClosed ? 'closed' : 'open' };
  if (form === undefined) return { text: jsonOf(pieces), type: JSON_TYPE, headers };
  let rows = 0;
  const counted = (lines: number): void => {
    rows += lines;
  };
  return {
    text: csvOf(pieces, { ...form, counted }),
    type: `${CSV_TYPE}; charset=utf-8`,
    headers: { ...headers, ...csvName(`charges-${month}`) },
    trailers: { [ROWS]: () => String(rows) },
  };
}

const show = defineRoute({
  id: 'getCharges',
  method: 'GET',
  path: '/charges/{month}',
  right: 'charges',
  summary:
    'What a month costs the owners of groups; the header Virkne-Month says whether it is open or closed. A closed month is the same bytes for ever',
  params,
  query: {
    format: z.enum(['json', 'csv'], { error: 'must be json or csv' }).optional().describe('Instead of Accept'),
    separator: SEPARATOR,
    bom: YES.describe('yes: the CSV begins with a byte order mark, as Excel likes it'),
  },
  answers: { 200: { description: 'The charges', json: DOCUMENT, types: [CSV_TYPE] } },
  problems: ['CHARGES_REFUSED'],
  handle: async ({ params: { month }, query: { format, ...form }, type, context }) => {
    const charged = await chargesOf(context).month(month, doubts(context));
    const isCsv = format === undefined ? type === CSV_TYPE : format === 'csv';
    return given(charged, month, isCsv ? form : undefined);
  },
});

const close = defineRoute({
  id: 'closeMonth',
  method: 'POST',
  path: '/charges/{month}/close',
  right: 'close',
  summary: 'Closes a month that is over: it stays as it is from then on. Whoever closes it again gets the same',
  params,
  answers: { 200: { description: 'The closed month', json: DOCUMENT } },
  problems: ['CHARGES_REFUSED'],
  handle: async ({ params: { month }, who, context }) => {
    const charged = await chargesOf(context).close(month, doubts(context));
    context.log.info({ month, by: who.name }, 'a month is closed');
    return given(charged, month, undefined);
  },
});

const CORRECTION = {
  name: 'NewCorrection',
  schema: z.strictObject({
    group: E164,
    cents: z.int({ error: 'must be whole cents with a sign' }),
    reason: z.string({ error: 'must be a text' }).max(200),
    owner: z.string().min(1).max(64).nullable().optional().describe('Left out: who paid for the group in that month'),
    into: MONTH.optional().describe('An open month; left out: the one that runs'),
    id: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('So that it is written once; left out: the same words twice are one'),
  }),
} satisfies Named;

const CORRECTED: Named = {
  name: 'Corrected',
  schema: z.object({
    month: z.string(),
    isNew: z.boolean().describe('false: the very same correction was there before'),
  }),
};

const correct = defineRoute({
  id: 'correctMonth',
  method: 'POST',
  path: '/charges/{month}/corrections',
  right: 'close',
  summary: 'Corrects a closed month by a line in an open one',
  params,
  body: CORRECTION,
  answers: {
    200: { description: 'It was there before', json: CORRECTED },
    201: { description: 'Written', json: CORRECTED },
  },
  problems: ['CHARGES_REFUSED'],
  handle: async ({ params: { month }, body, who, context }) => {
    const { group, cents, reason, owner, into, id } = body;
    const isNew = await chargesOf(context).correct({
      ...{ of: month, group, cents, reason },
      ...(owner !== undefined && { owner }),
      ...(into !== undefined && { into }),
      ...(id !== undefined && { id }),
    });
    if (isNew) context.log.info({ month, by: who.name }, 'a month is corrected');
    return { status: isNew ? 201 : 200, json: { month, isNew } };
  },
});

export const CHARGE_ROUTES: readonly Route[] = [show, close, correct];
