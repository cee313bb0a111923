/** The way to Redis for one command: no queue, no retry, no log; whoever waits is a person. */
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Config } from '../config/load.js';
import { createClient, mastersOf, type RedisClient } from '../store/client.js';
import { fromRedis, unavailable } from '../store/errors.js';
import { ensureSomeLibrary, renderLibrary } from '../store/functions/library.js';
import { privateTarget } from '../store/private-place.js';
import type { Target } from '../store/url.js';

/** Both reject with StoreError: STORE_REFUSED says what is wrong, STORE_UNAVAILABLE that Redis does not answer. */
export interface Session {
  /** Runs a function of the library on one key. */
  fcall(name: string, key: string, args?: readonly (string | number)[]): Promise<unknown>;
  /** Runs any command. */
  command(name: string, args: readonly (string | number)[]): Promise<unknown>;
  /** Each node that holds groups: one, or the masters of a Cluster. */
  readonly nodes: readonly Pick<Session, 'command'>[];
  /** Milliseconds since 1970 by Redis's clock, as it was when the session was opened. */
  readonly time: number;
  close(): void;
}

/** Far longer than the service waits: a person would rather have an answer. */
const ANSWER_WITHIN_MS = 10_000;
const CONNECT_WITHIN_MS = 5_000;

async function openSession(config: Config, clock: Clock): Promise<Session> {
  const target = targetOf(config);
  const client = createClient(target, ANSWER_WITHIN_MS);
  try {
    await connected(client, target, clock);
    const time = await ensureSomeLibrary(client, renderLibrary(config.catalogue));
    return sessionOn(client, time);
  } catch (thrown) {
    client.disconnect();
    throw fromRedisAt(target, thrown);
  }
}

/** Runs an action on a connection of its own, and closes it. */
export const withSession =
  (config: () => Config, clock: Clock) =>
  async <Result>(action: (session: Session) => Promise<Result>): Promise<Result> => {
    const session = await openSession(config(), clock);
    try {
      return await action(session);
    } finally {
      session.close();
    }
  };

export function targetOf({ redis: { url, dataDirectory } }: Config): Target {
  if (url !== undefined) return url;
  const target = privateTarget(dataDirectory);
  if (target !== undefined) return target;
  throw unavailable(
    `no service has run on the data directory ${dataDirectory}: set REDIS_URL, or run this where the service runs, with its VIRKNE_CONFIG`,
  );
}

/** The client itself would go on trying for ever. */
function connected(client: RedisClient, target: Target, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(CONNECT_WITHIN_MS, () => reject(unavailable(`Redis at ${target.shown} does not answer`)));
    const settle = (settled: () => void) => () => {
      timer.cancel();
      settled();
    };
    client.once('ready', settle(resolve));
    let failure: unknown;
    client.on('error', (error: Error) => {
      failure = error;
    });
    const ended = (thrown: unknown) => settle(() => reject(failure ?? thrown))();
    client.once('close', () => ended(unavailable('the connection was closed')));
    client.connect().catch(ended);
  });
}

function fromRedisAt(target: Target, thrown: unknown): Error {
  const error = fromRedis(thrown);
  if (error.code === 'STORE_REFUSED') return error;
  return unavailable(`Redis at ${target.shown} cannot be used: ${messageOf(thrown) || 'no connection'}`);
}

type Asked = Pick<RedisClient, 'call'>;

async function ask(client: Asked, name: string, args: readonly (string | number)[]): Promise<unknown> {
  try {
    return await client.call(name, ...args);
  } catch (thrown) {
    throw fromRedis(thrown);
  }
}

function sessionOn(client: RedisClient, time: number): Session {
  const nodes = mastersOf(client);
  return {
    fcall: (name, key, args = []) => ask(client, 'FCALL', [name, 1, key, ...args]),
    command: (name, args) => ask(client, name, args),
    nodes: nodes.map((node) => ({ command: (name, args) => ask(node, name, args) })),
    time,
    close: () => client.disconnect(),
  };
}
