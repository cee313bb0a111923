import { type FastifyPluginAsync, type FastifyReply, fastify, type HTTPMethods } from 'fastify';
import type { Clock } from '../base/clock.js';
import { CodedError, messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { RenderedMeter } from './metrics.js';

/** Whether a call would be served now. */
interface Health {
  /** What is missing for that, one clause each, such as `redis: not connected`; empty when ready. */
  readonly missing: readonly string[];
  /** What does not keep calls from being served, and still needs somebody's attention. */
  readonly degraded?: readonly string[];
}

export interface HttpServerOptions {
  readonly listen: { readonly address: string; readonly port: number };
  readonly health: () => Health;
  readonly meter: RenderedMeter;
  readonly clock: Clock;
  readonly log: Log;
  /** The API and the pages, each with routes of its own. They are added before anything is open: what they need may be there later. */
  readonly parts?: readonly FastifyPluginAsync[];
  /** Addresses and blocks: what these say in X-Forwarded-… is believed. */
  readonly trustedProxies?: readonly string[];
  /** Where somebody is sent who asks for a path that cannot be read, as `/my/%`: a page of ours. Undefined: he gets 400. */
  readonly unreadable?: (path: string) => string | undefined;
  readonly limits?: HttpLimits;
}

export interface HttpServer {
  /** Listens; resolves to the URL with the real port. Rejects with TRANSPORT_UNAVAILABLE. */
  start(): Promise<string>;
  close(): Promise<void>;
}

const BODY_BYTES = 65_536;
/** A SIP URI has 255 chars at most, and three for each where all are escaped. */
const LONGEST_PARAMETER = 765;

/** What a client may take, in milliseconds but for the number of connections. */
export interface HttpLimits {
  /** From the connection, or the end of the request before, to the end of the header. */
  readonly header: number;
  /** To the end of the request. */
  readonly request: number;
  /** Nothing is said, or the answer is not read. */
  readonly idle: number;
  /** How often all this is looked at: by default Node does every 30 s, so that a limit of 10 s lets live for 40. */
  readonly lookEvery: number;
  readonly connections: number;
}

const LIMITS: HttpLimits = { header: 5_000, request: 10_000, idle: 10_000, lookEvery: 1_000, connections: 64 };
/** Rendering all metrics takes milliseconds in which no call goes on. */
const RENDER_EVERY_MS = 1_000;
const METHODS: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * The HTTP side of the service: `/healthz` (the process lives), `/readyz` (a call would be served), `/metrics`, and the API.
 * Every refusal is JSON: `{"error": code, "message": text}`.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { listen, health, meter, clock, log, parts = [], trustedProxies = [], unreadable, limits = LIMITS } = options;
  const server = fastify({
    bodyLimit: BODY_BYTES,
    requestTimeout: limits.request,
    keepAliveTimeout: limits.idle,
    connectionTimeout: limits.idle,
    http: { headersTimeout: limits.header, connectionsCheckingInterval: limits.lookEvery },
    forceCloseConnections: true,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    // What is said back is not the path: it may be a link.
    frameworkErrors: (error, request, reply) => {
      void reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
      const to = unreadable?.(request.url);
      if (to !== undefined) void reply.redirect(to, 303);
      else void (reply as FastifyReply).code(400).send({ error: codeOf(error), message: 'the path cannot be read' });
    },
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
  });
  server.server.maxConnections = limits.connections;
  const rendered = renderedSeldom(meter, clock);

  server.get('/healthz', () => ({ alive: true }));
  server.get('/readyz', async (_request, reply) => {
    const { missing, degraded = [] } = health();
    const ready = missing.length === 0;
    return reply.code(ready ? 200 : 503).send({ ready, missing, ...(degraded.length > 0 && { degraded }) });
  });
  server.get('/metrics', async (_request, reply) => reply.type(meter.contentType).send(await rendered()));
  for (const part of parts) server.register(part);

  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = METHODS.filter((method) => server.findRoute({ method, url: path }) !== null);
    if (allowed.length === 0) {
      return reply.code(404).send({ error: 'NOT_FOUND', message: `there is nothing at ${path}` });
    }
    const message = `${request.method} is not allowed at ${path}; allowed: ${allowed.join(', ')}`;
    return reply.code(405).header('allow', allowed.join(', ')).send({ error: 'METHOD_NOT_ALLOWED', message });
  });
  server.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status < 500) return reply.code(status).send({ error: codeOf(error), message: messageOf(error) });
    log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
    return reply
      .code(status)
      .send({ error: 'INTERNAL', message: 'the service failed at this request; its log says why' });
  });

  return {
    start: async () => {
      try {
        return await server.listen({ host: listen.address, port: listen.port });
      } catch (thrown) {
        const where = `${listen.address}:${listen.port}`;
        const message = `HTTP cannot listen on ${where} (HTTP_LISTEN): ${messageOf(thrown)}`;
        throw new CodedError('TRANSPORT_UNAVAILABLE', message, { cause: thrown });
      }
    },
    close: () => server.close(),
  };
}

/** The same text for all who ask within a second, and while it is being made. */
function renderedSeldom(meter: RenderedMeter, clock: Clock): () => Promise<string> {
  let last: Promise<string> | undefined;
  let notBefore = 0;
  return () => {
    if (last === undefined || clock.now() >= notBefore) {
      notBefore = clock.now() + RENDER_EVERY_MS;
      last = meter.render();
    }
    return last;
  };
}

const statusOf = (error: unknown): number => {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
};

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'REFUSED';
};
