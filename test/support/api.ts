/** The API with a store that a test has made up, or a real one. */

import type { ApiStore } from '../../lib/api/context.js';
import { createMeter } from '../../lib/api/metrics.js';
import { type ApiOptions, createApi } from '../../lib/api/part.js';
import { ROLES, type Role } from '../../lib/api/roles.js';
import { createHttpServer, type HttpServer } from '../../lib/api/server.js';
import { systemClock } from '../../lib/base/clock.js';
import { createIds } from '../../lib/base/ids.js';
import { createLog } from '../../lib/base/log.js';
import { apiSettings } from '../../lib/settings.js';
import { CONFIG } from './defaults.js';

export const secretOf = (role: Role): string => `${role}-0123456789abcdef`;
export const TOKENS = ROLES.map((role) => ({ name: `the-${role}`, role, secret: secretOf(role) }));

type Command = (name: string, args: readonly (string | number)[]) => Promise<unknown>;

/** A store of which only what a test says is known. */
export function fakeStore(command: Command): ApiStore {
  return {
    link: {
      command,
      fcall: (name, key, args) => command(name, [key, ...args]),
      nodes: [{ command }],
      redisTime: () => Date.now(),
    },
    traces: { days: 7, find: async () => null },
  };
}

export type Json = Readonly<Record<string, unknown>>;

export interface Answered<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** An empty object where it is none. */
  readonly json: Body;
}

export interface TestApi {
  readonly url: string;
  readonly server: HttpServer;
  ask<Body = Json>(
    role: Role | undefined,
    path: string,
    init?: RequestInit & { readonly json?: unknown },
  ): Promise<Answered<Body>>;
  close(): Promise<void>;
}

export async function startApi(
  store: () => ApiStore | undefined,
  more: Partial<ApiOptions> = {},
  trustedProxies: readonly string[] = [],
): Promise<TestApi> {
  const log = createLog('silent');
  const api = createApi({
    store,
    settings: apiSettings(CONFIG),
    tokens: TOKENS,
    limits: { address: 100_000, token: 100_000 },
    ids: createIds(),
    log,
    version: '1.2.3',
    ...more,
  });
  const server = createHttpServer({
    listen: { address: '127.0.0.1', port: 0 },
    health: () => ({ missing: [] }),
    meter: createMeter(),
    clock: systemClock,
    log,
    parts: [api],
    trustedProxies,
  });
  const url = await server.start();
  return {
    url,
    server,
    ask: async <Body>(
      role: Role | undefined,
      path: string,
      { json, ...init }: RequestInit & { readonly json?: unknown } = {},
    ): Promise<Answered<Body>> => {
      const response = await fetch(url + path, {
        redirect: 'manual',
        ...init,
        headers: {
          ...(role !== undefined && { authorization: `Bearer ${secretOf(role)}` }),
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...(init.headers as Record<string, string> | undefined),
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      const { status, headers } = response;
      return { status, headers, text, json: JSON.parse(isJson && text !== '' ? text : '{}') as Body };
    },
    close: () => server.close(),
  };
}
