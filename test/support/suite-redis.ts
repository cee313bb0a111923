import { ensureLibrary, renderLibrary } from '../../lib/store/functions/library.js';
import { documentOf } from '../../lib/store/records/fields.js';
import type { CallRecord } from '../../lib/store/types.js';
import { CATALOGUE } from './defaults.js';
import { startRedis, type TestRedis } from './redis.js';

interface SuiteOptions {
  /** The library of the calls is loaded; a store that is opened does so itself. */
  readonly functions?: boolean;
  /**
   * Redis's appendfsync: with `always` what was acknowledged survives `kill`, and each write waits for the disk. The consent register wants
   * one of the two. Absent: nothing is written.
   */
  readonly appends?: 'always' | 'everysec';
}

/**
 * Within `describe`: one redis-server for its tests, emptied before each of them. It is there from the first hook on, and goes before the
 * suite's own `after`.
 */
export function suiteRedis({ functions = false, appends }: SuiteOptions = {}): TestRedis {
  let started: TestRedis | undefined;
  const redis = (): TestRedis => {
    if (started === undefined) throw new Error('the redis-server of a suite is there in its hooks and tests');
    return started;
  };
  before(async () => {
    started = await startRedis(appends === undefined ? ['--appendonly', 'no'] : ['--appendfsync', appends]);
  });
  beforeEach(async () => {
    await redis().client.flushall();
    if (functions) await ensureLibrary(redis().client, renderLibrary(CATALOGUE));
  });
  after(() => started?.stop());
  return {
    get url() {
      return redis().url;
    },
    get port() {
      return redis().port;
    },
    get client() {
      return redis().client;
    },
    kill: () => redis().kill(),
    start: () => redis().start(),
    hang: () => redis().hang(),
    resume: () => redis().resume(),
    stop: () => redis().stop(),
  };
}

type OfClient = Pick<TestRedis, 'client'>;

/** Runs functions of the library on this key. */
export const fcallOn =
  (redis: OfClient, key: string) =>
  (name: string, ...args: (string | number)[]): Promise<unknown> =>
    redis.client.call('FCALL', name, 1, key, ...args);

/** Writes records as the service does. */
export const recordsInto =
  (redis: OfClient) =>
  (...records: CallRecord[]): Promise<unknown> =>
    fcallOn(redis, 'records')('record_add', 'test', '', ...records.map(documentOf));

/** All that it holds, in one text: what is the same before and after was not touched. */
export async function everythingIn({ client }: OfClient): Promise<string> {
  const found: unknown[] = [];
  for (const key of (await client.keys('*')).sort()) found.push(key, await client.dump(key));
  return JSON.stringify(found);
}
