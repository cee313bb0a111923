/** The customer's own pages, as a part of the HTTP server: everything below `/my`. */
import accepts from '@fastify/accepts';
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { createSources } from '../../../base/source.js';
import { ASSET_HEADERS, pageHeaders } from '../headers.js';
import { Kit, languageOf, type MyPagesOptions, WORDS } from './kit.js';
import { Refused, refusalOf, STATUS } from './refusal.js';
import { shownRoutes } from './routes.js';
import { adviceRoutes } from './routes-advice.js';
import { consentRoutes } from './routes-consents.js';
import { groupRoutes } from './routes-group.js';
import { linkRoutes } from './routes-link.js';
import { stopRoutes } from './routes-stop.js';
import { ICON_IMAGE, STYLESHEET } from './style.js';
import { typedIn } from './typed.js';
import { RefusalPage } from './views/simple.js';

const PREFIX = '/my';
const STOP = '/my/stop/:token';
const MINUTE = 60_000;
const METHODS: HTTPMethods[] = ['GET', 'HEAD', 'POST'];

/** A link that a mail program has broken leads to a page that says what to do. */
export const unreadable = (path: string): string | undefined =>
  path.startsWith(`${PREFIX}/`) ? `${PREFIX}/unreadable` : undefined;

export const myPages =
  (options: MyPagesOptions): FastifyPluginAsync =>
  async (server) => {
    await server.register((my) => addPages(my, options), { prefix: PREFIX });
  };

async function addPages(my: FastifyInstance, options: MyPagesOptions): Promise<void> {
  const kit = new Kit(options);
  const headers = pageHeaders(kit.secure);
  // What is posted here is a form, and nothing is read in any other way.
  my.removeAllContentTypeParsers();
  await my.register(accepts);
  await my.register(cookie);
  await my.register(formbody);
  await my.register(rateLimit, { global: false });
  const limits = limitsOf(my, options);

  my.addHook('onRequest', async (request, reply) => {
    void reply.headers(headers);
    await limits.request(request);
  });
  // The pattern, not the path: a path may be a link.
  my.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    options.log.debug(
      { method, route: routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'page',
    );
  });
  my.setErrorHandler((thrown, request, reply) => refuse(kit, thrown, request, reply));
  my.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = METHODS.filter((method) => my.findRoute({ method, url: path }) !== null);
    const why = allowed.length === 0 ? new Refused('not-found') : new Refused('method', { allow: allowed.join(', ') });
    return refuse(kit, why, request, reply);
  });

  for (const { path, type, content } of [STYLESHEET, ICON_IMAGE]) {
    my.get(path.slice(PREFIX.length), async (_request, reply) => reply.headers(ASSET_HEADERS).type(type).send(content));
  }
  linkRoutes(my, kit, limits.tryLink);
  shownRoutes(my, kit);
  groupRoutes(my, kit);
  adviceRoutes(my, kit);
  if (kit.hasConsents) {
    consentRoutes(my, kit);
    // In a scope of its own: what it takes as a body no other form does.
    await my.register(async (stop) => stopRoutes(stop, kit, limits.tryStop));
  }
}

interface Limits {
  request(request: FastifyRequest): Promise<void>;
  /** Of an address, and of the link itself: whoever has many addresses has no more tries. */
  tryLink(request: FastifyRequest): Promise<void>;
  /** Of the link alone: a provider of mail posts those of many from one address. */
  tryStop(request: FastifyRequest): Promise<void>;
}

/** Of this process. */
function limitsOf(my: FastifyInstance, { requestsPerMinute, triesPerMinute }: MyPagesOptions): Limits {
  const sourceOf = createSources();
  const source = ({ ip }: FastifyRequest): string => sourceOf(ip);
  const limit = (max: number, keyGenerator: (request: FastifyRequest) => string) => {
    const count = my.createRateLimit({ max, timeWindow: MINUTE, keyGenerator });
    return async (request: FastifyRequest): Promise<void> => {
      const { isAllowed, ...rest } = await count(request);
      if (isAllowed || !('isExceeded' in rest) || !rest.isExceeded) return;
      throw new Refused('too-many', { 'retry-after': String(rest.ttlInSeconds) });
    };
  };
  const byAddress = limit(triesPerMinute, source);
  const byLink = limit(triesPerMinute, ({ params }) => String((params as { token?: unknown }).token));
  const all = limit(requestsPerMinute, source);
  return {
    request: async (request) => {
      if (request.routeOptions.url !== STOP) await all(request);
    },
    tryStop: byLink,
    tryLink: async (request) => {
      await byAddress(request);
      await byLink(request);
    },
  };
}

function refuse(kit: Kit, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { kind, headers } = refusalOf(thrown);
  if (kind === 'failed') {
    kit.options.log.error({ err: thrown, method: request.method, route: request.routeOptions.url }, 'page failed');
  }
  // It is shown to whom it came from, and to nobody whom another site has made post it.
  const typed = kind === 'signed-out' ? typedIn(request.body, WORDS[languageOf(request)]) : [];
  const controller = kit.options.register?.()?.controller;
  const page = RefusalPage({
    words: WORDS[languageOf(request)],
    why: kind,
    typed,
    inLanguage: placeOf(request),
    controller,
  });
  return kit.page(reply.headers(headers), page, STATUS[kind]);
}

const IN_LANGUAGE = /^\/my\/(?:lv|en)(?=\/|$)/;
const LONGEST_PLACE = 200;

/** Where the same answer is in another language. */
function placeOf(request: FastifyRequest): (lang: string) => string {
  const path = request.url.split('?', 1)[0] ?? '';
  if (path.length > LONGEST_PLACE) return (lang) => `/my/${lang}/`;
  return (lang) => (IN_LANGUAGE.test(path) ? path.replace(IN_LANGUAGE, `/my/${lang}`) : `${path}?lang=${lang}`);
}
