/** Decisions about customers at provisioning, and their review by humans. */
import { z } from 'zod';
import { operatorName } from '../../consent/names.js';
import { decideEligibility } from '../../secondary-use/eligibility/eligibility.js';
import { OUTCOMES } from '../../secondary-use/review/review.js';
import { Reviews } from '../../secondary-use/review/reviews.js';
import { type ApiContext, registerOf } from '../context.js';
import { defineRoute, type Named, type Route } from '../route.js';
import { WHEN } from '../schemas.js';

const ID = z.string().max(64).describe('Of the decision');
const params = { id: ID };
const count = (what: string) => z.int({ error: 'must be a whole number' }).min(0).max(1_000_000).describe(what);

const QUESTION = {
  name: 'EligibilityQuestion',
  schema: z.strictObject({
    number: z.string({ error: 'must be the number of a person' }).max(40).describe('E.164, or as people write it'),
    plan: z.string({ error: 'must be the name of a plan' }).max(64),
    contract: z.boolean({ error: 'must be true or false' }).describe('It is in force'),
    overdueDays: count('For how many days an invoice is overdue'),
    groups: count('How many groups the customer has'),
  }),
} satisfies Named;

const OUTCOME = z.enum(OUTCOMES, { error: `must be one of ${OUTCOMES.join(', ')}` });
const REVIEW: Named = {
  name: 'DecisionReview',
  schema: z.looseObject({
    id: z.string(),
    effect: z.enum([...OUTCOMES, 'held']).describe('What counts now; held: nothing, until a human has resolved it'),
    deadline: WHEN.nullable().describe('By when a human must have answered; null: nobody waits for one'),
    overdue: z.boolean(),
    decision: z
      .looseObject({
        automated: z.boolean(),
        logic: z.string().nullable().describe('The version of the logic that has decided'),
        outcome: z.enum([...OUTCOMES, 'human']),
        reasons: z.array(z.object({ code: z.string(), met: z.boolean(), en: z.string(), lv: z.string() })),
      })
      .describe('As it was made: it never changes'),
    contested: z.looseObject({ at: WHEN, by: z.string(), text: z.string() }).nullable(),
    resolution: z.looseObject({ at: WHEN, by: z.string(), reason: z.string(), outcome: OUTCOME }).nullable(),
  }),
};

const reviewsOf = (context: ApiContext): Reviews => new Reviews(registerOf(context).link);

const decide = defineRoute({
  id: 'decideEligibility',
  method: 'POST',
  path: '/eligibility',
  right: 'change',
  summary: 'Whether a customer may have the service: decided at once with the consent `profiling`, else by a human',
  body: QUESTION,
  answers: { 201: { description: 'The decision, with its reasons', json: REVIEW } },
  problems: ['CONSENT_OFF', 'CONSENT_REFUSED'],
  handle: async ({ body: { number, ...facts }, context }) => ({
    status: 201,
    json: await decideEligibility(registerOf(context), context.ids, number, facts),
  }),
});

const list = defineRoute({
  id: 'listOpenReviews',
  method: 'GET',
  path: '/reviews',
  right: 'subject',
  summary: 'The decisions that wait for a human, the most urgent first',
  answers: {
    200: {
      description: 'The decisions',
      json: { name: 'OpenReviews', schema: z.object({ reviews: z.array(REVIEW.schema) }) },
    },
  },
  problems: ['CONSENT_OFF'],
  handle: async ({ context }) => {
    const reviews: unknown[] = [];
    for await (const review of reviewsOf(context).open()) reviews.push(review);
    return { json: { reviews } };
  },
});

const show = defineRoute({
  id: 'getReview',
  method: 'GET',
  path: '/reviews/{id}',
  right: 'change',
  summary: 'A decision, what counts now, and what a human made of it',
  params,
  answers: { 200: { description: 'The decision', json: REVIEW } },
  problems: ['CONSENT_OFF', 'REVIEW_UNKNOWN'],
  handle: async ({ params: { id }, context }) => ({ json: await reviewsOf(context).find(id) }),
});

const contest = defineRoute({
  id: 'contestDecision',
  method: 'POST',
  path: '/reviews/{id}/contest',
  right: 'change',
  summary: 'The customer does not take the decision: it has no effect until a human has looked at it',
  params,
  body: {
    name: 'Contest',
    schema: z.strictObject({ text: z.string({ error: 'must be a text' }).max(2_000).default('') }),
  },
  answers: { 200: { description: 'The decision', json: REVIEW } },
  problems: ['CONSENT_OFF', 'REVIEW_UNKNOWN', 'USE_REFUSED'],
  handle: async ({ params: { id }, body: { text }, who, context }) => ({
    json: await reviewsOf(context).contest(id, operatorName(who.name), text),
  }),
});

const resolve = defineRoute({
  id: 'resolveReview',
  method: 'POST',
  path: '/reviews/{id}/resolution',
  right: 'subject',
  summary: 'A human decides, by name and with a written reason. The decision of before stays as it was made',
  params,
  body: {
    name: 'ReviewResolution',
    schema: z.strictObject({
      by: z.string({ error: 'must be the name of a human' }).max(64),
      reason: z.string({ error: 'must be a text' }).max(2_000),
      outcome: OUTCOME,
    }),
  },
  answers: { 200: { description: 'The decision', json: REVIEW } },
  problems: ['CONSENT_OFF', 'REVIEW_UNKNOWN', 'USE_REFUSED'],
  handle: async ({ params: { id }, body, context }) => ({ json: await reviewsOf(context).resolve(id, body) }),
});

export const REVIEW_ROUTES: readonly Route[] = [decide, list, show, contest, resolve];
