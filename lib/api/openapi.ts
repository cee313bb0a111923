/** The OpenAPI document, made of the routes: what it says is what they check. */
import { z } from 'zod';
import { PROBLEM_TYPE, PROBLEMS, type ProblemCode } from './problems.js';
import { RIGHTS, type Right, ROLES, rolesWith } from './roles.js';
import type { Answer, Named, Route } from './route.js';

type Json = Readonly<Record<string, unknown>>;

export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly servers: readonly Json[];
  readonly security: readonly Json[];
  readonly tags: readonly Json[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly securitySchemes: Json;
    readonly schemas: Readonly<Record<string, Json>>;
  };
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, Json>>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description: string;
  readonly schema: Json;
}

const PROBLEM: Named = {
  name: 'Problem',
  schema: z
    .object({
      type: z.string().describe('Leads to what the code means'),
      title: z.string(),
      status: z.int(),
      detail: z.string().describe('What is wrong with this very request'),
      code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
      place: z.string().optional().describe('Where in the request: `query.since`, `body.members[1]`'),
      mistakes: z
        .array(z.object({ place: z.string(), detail: z.string() }))
        .optional()
        .describe('All of them, where there are several'),
    })
    .describe('Problem details, RFC 9457'),
};

/** What any route may answer. */
const EVERYWHERE: readonly ProblemCode[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'TOO_MANY_REQUESTS',
  'STORE_UNAVAILABLE',
  'INTERNAL',
];

export function openApi(routes: readonly Route[], version: string): OpenApi {
  const given = [PROBLEM, ...routes.flatMap(({ answers }) => Object.values(answers).flatMap(({ json }) => json ?? []))];
  const taken = routes.flatMap(({ body }) => body ?? []);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = `/api/v1${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Virkne', version, description: ABOUT, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token of `http.tokens`' } },
      schemas: { ...schemasOf(given, 'output'), ...schemasOf(taken, 'input') },
    },
  };
}

const ABOUT = [
  'Sequential ringing: groups, calls, charges. Times are ISO 8601 with an offset, numbers E.164, amounts cents.',
  'Lists come in pages: `next` is the `cursor` of the next one, null behind the last.',
  'Filters that are not known are refused. Errors are problem details (RFC 9457) with a stable `code`.',
  `Roles: ${ROLES.map((role) => `${role} (${RIGHTS[role].join(', ')})`).join('; ')}.`,
].join(' ');

const tagOf = ({ path }: Route): string => path.split('/')[1] ?? '';
const referenceTo = ({ name }: Named): Json => ({ $ref: `#/components/schemas/${name}` });

function schemasOf(named: readonly Named[], io: 'input' | 'output'): Readonly<Record<string, Json>> {
  const registry = z.registry<{ id: string }>();
  for (const { name, schema } of new Set(named)) registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, bare(schema as Json)]));
}

/** Within the document they are of its dialect, and named by their place. */
const bare = ({ $schema: _dialect, $id: _id, ...rest }: Json): Json => rest;

function operationOf(route: Route): Operation {
  const { id, summary, right, params = {}, query = {}, body, answers, problems = [] } = route;
  const codes = [
    ...EVERYWHERE,
    ...problems,
    ...((body ?? Object.keys({ ...params, ...query }).length > 0) ? (['INVALID'] as const) : []),
  ];
  return {
    operationId: id,
    tags: [tagOf(route)],
    summary,
    description: `Roles: ${rolesOf(right)}.`,
    parameters: [
      ...Object.entries(params).map(([name, schema]) => parameterOf(name, 'path', schema as z.ZodType)),
      ...Object.entries(query).map(([name, schema]) => parameterOf(name, 'query', schema as z.ZodType)),
    ],
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: referenceTo(body) } } },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, one]) => [status, answerOf(one)])),
      ...refusalsOf(codes),
    },
  };
}

const rolesOf = (right: Right): string => rolesWith(right).join(', ');

function parameterOf(name: string, place: 'path' | 'query', schema: z.ZodType): Parameter {
  const { description = '', ...json } = bare(z.toJSONSchema(schema, { io: 'input' }) as Json);
  const required = place === 'path' || !schema.safeParse(undefined).success;
  return { name, in: place, required, description: String(description), schema: json };
}

function answerOf({ description, json, types = [] }: Answer): Json {
  const content = {
    ...(json !== undefined && { 'application/json': { schema: referenceTo(json) } }),
    ...Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }])),
  };
  return { description, ...(Object.keys(content).length > 0 && { content }) };
}

function refusalsOf(codes: readonly ProblemCode[]): Readonly<Record<string, Json>> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes)) {
    const [status] = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      status,
      { description: some.join(', '), content: { [PROBLEM_TYPE]: { schema: referenceTo(PROBLEM) } } },
    ]),
  );
}
