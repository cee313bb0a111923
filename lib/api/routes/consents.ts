/** The consent register. The number of a person is in the body, never in the URL: URLs are written down on their way. */
import { z } from 'zod';
import { ACTS, CAUSES, METHODS } from '../../consent/act.js';
import { DENIALS } from '../../consent/gate.js';
import { operatorName } from '../../consent/names.js';
import { exportWhole } from '../../consent/whole-export.js';
import { registerOf } from '../context.js';
import { defineRoute, type Named, type Route } from '../route.js';
import { INSTANT, WHEN } from '../schemas.js';

const NUMBER = z.string({ error: 'must be the number of a person' }).max(40).describe('E.164, or as people write it');
const PAIR = z.string({ error: 'must be purpose:channel' }).max(80).describe('purpose:channel, such as offers:sms');
const LONGEST_RECEIPT = 20_000;

const numberAlone = (name: string): Named & { readonly schema: typeof BARE } => ({ name, schema: BARE });
const BARE = z.strictObject({ number: NUMBER });

const ACT_REQUEST = {
  name: 'ConsentActRequest',
  schema: z.strictObject({
    act: z.enum(ACTS, { error: `must be one of ${ACTS.join(', ')}` }),
    number: NUMBER,
    pairs: z
      .union([z.array(PAIR).max(100), z.literal('all')], { error: 'must be a list of purpose:channel, or all' })
      .optional()
      .describe('Each by name; all only where something is taken back or refused'),
    notice: z.string().max(60).optional().describe('What the customer was shown, such as offers@1'),
    language: z.string().max(20).optional().describe('In which language'),
    method: z.enum(METHODS, { error: `must be one of ${METHODS.join(', ')}` }).describe('How the customer said it'),
    request: z.string().max(64).optional().describe('The same id again changes nothing, for a day'),
    expectedSeq: z.int().min(0).optional().describe('How many acts the customer saw: more by now is a conflict'),
    corrects: z.int().min(1).optional().describe('The number of the act that is corrected'),
    text: z.string().max(2_000).optional().describe("The customer's words, at a correction or an objection"),
    cause: z.enum(CAUSES).optional().describe('Of an erasure'),
    lift: z.boolean().optional().describe('Ends a restriction'),
  }),
} satisfies Named;

const act = z.looseObject({ seq: z.int(), act: z.enum(ACTS), at: WHEN, pairs: z.array(z.string()) });
const RECEIPT: Named = {
  name: 'ConsentReceipt',
  schema: z.looseObject({
    receipt: z.literal(1),
    act,
    head: z.string().describe("SHA-256 of the act's canonical JSON"),
    controller: z.looseObject({ name: z.string() }),
    durable: z.boolean().optional().describe('Whether it was on the disk before this receipt was given'),
    key: z.string().describe('Which key has signed'),
    signature: z.string().describe('Ed25519 over the canonical JSON (RFC 8785) of all else, base64url'),
  }),
};
const STATE: Named = {
  name: 'ConsentState',
  schema: z.looseObject({
    asOf: WHEN,
    seq: z.int(),
    pairs: z.array(z.looseObject({ pair: z.string(), valid: z.boolean(), reason: z.string().nullable() })),
  }),
};
const HISTORY: Named = { name: 'ConsentHistory', schema: z.object({ acts: z.array(act) }) };
const VERIFICATION: Named = {
  name: 'ConsentVerification',
  schema: z.looseObject({ valid: z.boolean(), records: z.int(), receipt: z.boolean().optional() }),
};
const EXPORT: Named = { name: 'ConsentExport', schema: z.looseObject({ register: z.looseObject({}) }) };
const VERDICT: Named = {
  name: 'ConsentVerdict',
  schema: z.looseObject({ allowed: z.boolean(), reason: z.enum(DENIALS).optional() }),
};
const KEYS: Named = {
  name: 'ConsentKeys',
  schema: z.object({ keys: z.array(z.object({ id: z.string(), pem: z.string() })) }),
};
const CATALOGUE: Named = {
  name: 'ConsentCatalogue',
  schema: z.looseObject({ languages: z.array(z.string()), purposes: z.array(z.looseObject({ id: z.string() })) }),
};

const common = { method: 'POST', right: 'subject' } as const;
const problems = ['CONSENT_REFUSED', 'CONSENT_OFF'] as const;

const takeAct = defineRoute({
  ...common,
  id: 'takeConsentAct',
  path: '/consents/acts',
  summary: 'Takes an act: shown, granted, denied, withdrawn, objected, corrected, restricted, erased',
  body: ACT_REQUEST,
  answers: { 200: { description: 'The signed receipt', json: RECEIPT } },
  problems: [...problems, 'CONSENT_CONFLICT'],
  handle: async ({ body, who, context }) => ({
    json: await registerOf(context).register.act({ ...body, by: operatorName(who.name) }),
  }),
});

const state = defineRoute({
  ...common,
  id: 'getConsentState',
  path: '/consents/state',
  summary: 'What is allowed, and why the rest is not: now, or as it was at a moment',
  body: { name: 'ConsentStateQuestion', schema: z.strictObject({ number: NUMBER, at: INSTANT.optional() }) },
  answers: { 200: { description: 'The state', json: STATE } },
  problems,
  handle: async ({ body: { number, at }, context }) => ({
    json: await registerOf(context).register.state(number, at === undefined ? undefined : new Date(at)),
  }),
});

const history = defineRoute({
  ...common,
  id: 'getConsentHistory',
  path: '/consents/history',
  summary: 'Every act, the first one first',
  body: numberAlone('ConsentHistoryQuestion'),
  answers: { 200: { description: 'The acts', json: HISTORY } },
  problems,
  handle: async ({ body: { number }, context }) => ({
    json: { acts: await registerOf(context).register.history(number) },
  }),
});

const exported = defineRoute({
  ...common,
  id: 'exportConsents',
  path: '/consents/export',
  summary:
    'Everything held about the number: state, acts with the texts of their notices, what is kept for each purpose, call records',
  body: numberAlone('ConsentExportQuestion'),
  answers: { 200: { description: 'The export', json: EXPORT } },
  problems,
  handle: async ({ body: { number }, context }) => ({
    json: await exportWhole(registerOf(context), context.link, number, context.link.redisTime()),
  }),
});

const verify = defineRoute({
  ...common,
  id: 'verifyConsents',
  path: '/consents/verify',
  summary: 'Whether no act was removed or changed, and whether a receipt is ours and stands in the list',
  body: {
    name: 'ConsentVerifyQuestion',
    schema: z.strictObject({
      number: NUMBER,
      receipt: z
        .looseObject({
          act: z.looseObject({ sid: z.string().max(64), seq: z.int().min(1) }),
          key: z.string(),
          signature: z.string(),
        })
        .refine((value) => JSON.stringify(value).length <= LONGEST_RECEIPT, { error: 'is too long' })
        .optional(),
    }),
  },
  answers: { 200: { description: 'What was found', json: VERIFICATION } },
  problems,
  handle: async ({ body: { number, receipt }, context }) => {
    const { register } = registerOf(context);
    const found = await register.verify(number);
    return { json: { ...found, ...(receipt !== undefined && { receipt: await register.isReceipt(receipt) }) } };
  },
});

const check = defineRoute({
  ...common,
  id: 'checkConsent',
  path: '/consents/check',
  summary: 'Whether processing is allowed now; leaves its trace',
  body: {
    name: 'ConsentCheck',
    schema: z.strictObject({
      number: NUMBER,
      purpose: z.string().max(40),
      channel: z.string().max(40).optional(),
      use: z.string().max(64).optional().describe('What for, in a few words'),
    }),
  },
  answers: { 200: { description: 'The answer of the gate', json: VERDICT } },
  problems: ['CONSENT_OFF'],
  handle: async ({ body: { use = 'asked over the API', ...asked }, context }) => ({
    json: await registerOf(context).gate.ask({ ...asked, use }),
  }),
});

const keys = defineRoute({
  id: 'getConsentKeys',
  method: 'GET',
  path: '/consents/keys',
  right: 'groups',
  summary: 'The public keys with which receipts are verified, the one that signs now first',
  answers: { 200: { description: 'The keys', json: KEYS } },
  problems: ['CONSENT_OFF'],
  handle: ({ context }) => ({ json: { keys: registerOf(context).register.keys } }),
});

const catalogue = defineRoute({
  id: 'getConsentCatalogue',
  method: 'GET',
  path: '/consents/catalogue',
  right: 'groups',
  summary: 'The purposes, and what customers are told of each',
  answers: { 200: { description: 'The purposes', json: CATALOGUE } },
  problems: ['CONSENT_OFF'],
  handle: ({ context }) => ({ json: registerOf(context).register.catalogue }),
});

export const CONSENT_ROUTES: readonly Route[] = [takeAct, state, history, exported, verify, check, keys, catalogue];
