/** The API on a redis-server of its own, for a file of tests. */
import { expect } from 'chai';
import { ROUTES } from '../../lib/api/part.js';
import type { Role } from '../../lib/api/roles.js';
import type { Store } from '../../lib/store/open-store.js';
import { documentOf } from '../../lib/store/records/fields.js';
import type { CallRecord } from '../../lib/store/types.js';
import { type Answered, type Json, startApi, type TestApi } from './api.js';
import { startRedis, type TestRedis } from './redis.js';
import { directory, open, remove } from './store.js';

export class RealApi {
  readonly redis: TestRedis;
  readonly api: TestApi;
  readonly #store: Store;
  readonly #path: string;

  private constructor(redis: TestRedis, api: TestApi, store: Store, path: string) {
    this.redis = redis;
    this.api = api;
    this.#store = store;
    this.#path = path;
  }

  static async start(): Promise<RealApi> {
    const redis = await startRedis();
    const path = directory();
    const store = await open(redis.url, path);
    return new RealApi(redis, await startApi(() => store), store, path);
  }

  async stop(): Promise<void> {
    await this.api.close();
    await this.#store.close();
    remove(this.#path);
    await this.redis.stop();
  }

  fcall(name: string, key: string, ...args: (string | number)[]): Promise<unknown> {
    return this.redis.client.call('FCALL', name, 1, key, ...args);
  }

  /** Writes records. */
  add(...records: CallRecord[]): Promise<unknown> {
    return this.fcall('record_add', 'records', 'test', '', ...records.map(documentOf));
  }

  /** Asks, and holds a JSON answer to the schema that the document names for it. */
  async ask<Body = Json>(
    role: Role,
    id: string,
    path: string,
    init: Parameters<TestApi['ask']>[2] = {},
  ): Promise<Answered<Body>> {
    const route = ROUTES.find((one) => one.id === id);
    const answer = await this.api.ask<Body>(role, path, { method: route?.method ?? 'GET', ...init });
    const schema = route?.answers[answer.status]?.json?.schema;
    if (schema !== undefined && /^application\/json/.test(answer.headers.get('content-type') ?? ''))
      expect(schema.safeParse(answer.json).error, `${id} ${answer.text}`).to.equal(undefined);
    return answer;
  }
}

/** Within `describe`: one for its tests, with an empty Redis before each of them. */
export function suiteApi(): Pick<RealApi, 'redis' | 'api' | 'fcall' | 'add' | 'ask'> {
  let started: RealApi | undefined;
  const real = (): RealApi => {
    if (started === undefined) throw new Error('the API of a suite is there in its hooks and tests');
    return started;
  };
  before(async () => {
    started = await RealApi.start();
  });
  beforeEach(() => real().redis.client.flushall());
  after(() => started?.stop());
  return {
    get redis() {
      return real().redis;
    },
    get api() {
      return real().api;
    },
    fcall: (...args) => real().fcall(...args),
    add: (...records) => real().add(...records),
    ask: (...args) => real().ask(...args),
  };
}
