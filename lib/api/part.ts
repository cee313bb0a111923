/** The API as a part of the HTTP server: everything below /api. */
import { Readable } from 'node:stream';
import accepts from '@fastify/accepts';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Ids } from '../base/ids.js';
import type { Log } from '../base/log.js';
import type { Consent } from '../consent/open.js';
import { Admission, type RequestLimits } from './admission.js';
import type { ApiContext, ApiSettings, ApiStore } from './context.js';
import { openApi } from './openapi.js';
import { openApiPage } from './pages/openapi/part.js';
import { operatorPages } from './pages/operators/part.js';
import { PROBLEM_TYPE, Problem, problemOf } from './problems.js';
import type { Given, Route } from './route.js';
import { CALL_ROUTES } from './routes/calls.js';
import { CHARGE_ROUTES } from './routes/charges.js';
import { CONSENT_ROUTES } from './routes/consents.js';
import { GROUP_ROUTES } from './routes/groups.js';
import { LIVE_ROUTES } from './routes/live.js';
import { MEMBER_ROUTES } from './routes/members.js';
import { REVIEW_ROUTES } from './routes/reviews.js';
import { type Token, Tokens } from './tokens.js';

export interface ApiOptions {
  /** Undefined until it is open. */
  readonly store: () => ApiStore | undefined;
  /** Undefined where there is no register, and until it is open. */
  readonly consent?: () => Consent | undefined;
  readonly settings: ApiSettings;
  readonly tokens: readonly Token[];
  readonly limits: RequestLimits;
  readonly ids: Ids;
  readonly log: Log;
  /** Of the program. */
  readonly version: string;
  readonly routes?: readonly Route[];
}

export const ROUTES: readonly Route[] = [
  ...GROUP_ROUTES,
  ...MEMBER_ROUTES,
  ...CALL_ROUTES,
  ...LIVE_ROUTES,
  ...CHARGE_ROUTES,
  ...CONSENT_ROUTES,
  ...REVIEW_ROUTES,
];

const JSON_TYPE = 'application/json';
const METHODS: readonly HTTPMethods[] = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'];

/** Nothing of an answer is kept on its way, and nothing in it is taken for what it is not. */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function createApi(options: ApiOptions): FastifyPluginAsync {
  const { routes = ROUTES, version, log } = options;
  return async (server) => {
    const tokens = new Tokens(options.tokens);
    const admission = await Admission.open(server, tokens, options.limits);
    await server.register(accepts);
    server.setErrorHandler((error, request, reply) => {
      const problem = problemOf(error);
      if (problem.code === 'INTERNAL')
        log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
      return sendProblem(reply, problem);
    });
    const document = openApi(routes, version);
    server.get('/openapi.json', { onRequest: (request) => admission.count(request) }, () => document);
    await server.register((docs) => openApiPage(docs, document, admission));
    const context = (): ApiContext => contextOf(options);
    await server.register((pages) => operatorPages(pages, { tokens, admission, context, log }));
    await server.register(async (api) => serve(api, routes, admission, options), { prefix: '/api' });
  };
}

function serve(api: FastifyInstance, routes: readonly Route[], admission: Admission, options: ApiOptions): void {
  api.removeContentTypeParser('text/plain');
  api.addContentTypeParser(
    'application/merge-patch+json',
    { parseAs: 'string' },
    api.getDefaultJsonParser('error', 'error'),
  );
  api.addHook('onSend', async (_request, reply) => {
    reply.headers(HEADERS);
  });
  api.setNotFoundHandler(async (request, reply) => {
    await admission.admit(request, undefined);
    return sendProblem(reply, nothingAt(api, request));
  });
  for (const route of routes) addRoute(api, route, admission, options);
}

function addRoute(api: FastifyInstance, route: Route, admission: Admission, options: ApiOptions): void {
  const url = `/v1${route.path.replace(/\{(\w+)\}/g, ':$1')}`;
  const types = typesOf(route);
  api.route({
    method: route.method,
    url,
    // Before the body is read: of strangers none is.
    onRequest: async (request) => void (await admission.admit(request, route.right)),
    handler: async (request, reply) => {
      const type = preferred(request, types);
      const { params, query, body } = request;
      const who = admission.of(request);
      const given = await route.run({ params, query, body, who, type, context: contextOf(options) });
      return send(request, reply, given);
    },
  });
}

/** Those of the successful answers. */
function typesOf({ answers }: Route): readonly string[] {
  const all = Object.values(answers).flatMap(({ json, types = [] }) => [
    ...(json === undefined ? [] : [JSON_TYPE]),
    ...types,
  ]);
  return [...new Set(all)];
}

function preferred(request: FastifyRequest, types: readonly string[]): string {
  if (types.length === 0) return JSON_TYPE;
  const type = request.accepts().type([...types]);
  if (typeof type === 'string') return type;
  throw new Problem('NOT_ACCEPTABLE', `there are ${types.join(', ')}`);
}

function contextOf({ store, consent = () => undefined, settings, ids, log }: ApiOptions): ApiContext {
  const opened = store();
  if (opened === undefined)
    throw new Problem('STORE_UNAVAILABLE', 'the service is starting', { headers: { 'retry-after': '1' } });
  return { link: opened.link, traces: opened.traces, consent, settings, ids, log };
}

async function send(request: FastifyRequest, reply: FastifyReply, given: Given): Promise<FastifyReply> {
  const { status = 200, json, text, type = 'text/plain; charset=utf-8', headers = {}, trailers = {} } = given;
  reply.code(status).headers(headers);
  if (json !== undefined) return reply.type(JSON_TYPE).send(JSON.stringify(json));
  if (text === undefined) return reply.send();
  reply.type(type);
  if (typeof text === 'string') return reply.send(text);
  const pieces = text[Symbol.asyncIterator]();
  // What cannot be begun is a problem and no text that is cut off.
  const first = await pieces.next();
  if (request.method === 'HEAD' || first.done) {
    await pieces.return?.();
    // Of no length that anybody knows.
    return reply.send(Readable.from([]));
  }
  for (const [name, value] of Object.entries(trailers)) reply.trailer(name, async () => value());
  return reply.send(Readable.from(resumed(first.value, pieces), { objectMode: false }));
}

async function* resumed(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, document, more } = problem;
  return reply
    .code(status)
    .headers(more.headers ?? {})
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(document));
}

function nothingAt(api: FastifyInstance, request: FastifyRequest): Problem {
  const path = request.url.split('?', 1)[0] ?? '';
  const allowed = METHODS.filter((method) => api.findRoute({ method, url: path }) !== null);
  if (allowed.length === 0) return new Problem('NOT_FOUND', `there is nothing at ${path}`);
  const detail = `${request.method} is not allowed at ${path}; allowed: ${allowed.join(', ')}`;
  return new Problem('METHOD_NOT_ALLOWED', detail, { headers: { allow: allowed.join(', ') } });
}
