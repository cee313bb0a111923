import { Cluster, Redis } from 'ioredis';
import type { Target } from './url.js';

export type RedisClient = Redis | Cluster;

/** Each server that holds keys: one Redis, or the masters of a Cluster as the client knows them. */
export const mastersOf = (client: RedisClient): readonly Redis[] =>
  client instanceof Redis ? [client] : client.nodes('master');

const RETRY_FIRST = 50;
const RETRY_LONGEST = 2000;
const SENTINEL_TIMEOUT = 1000;

/** Capped back-off, for ever: a service that gave up would need a person to come back. */
export const retryDelay = (times: number): number =>
  Math.min(RETRY_FIRST * 2 ** Math.min(times - 1, 10), RETRY_LONGEST);

/**
 * A client that never repeats a command by itself and never queues one while there is no connection: whether something was
 * executed is for the caller to know.
 * @param commandTimeout milliseconds after which a command without a reply rejects
 */
export function createClient(target: Target, commandTimeout: number): RedisClient {
  const common = {
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls ? { tls: {} } : {}),
    commandTimeout,
    connectTimeout: 3000,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: false,
    disableClientInfo: true,
    connectionName: 'virkne',
    // After a failover the old master refuses writes: look for the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  };
  if (target.kind === 'cluster') {
    return new Cluster([...target.addresses], {
      redisOptions: common,
      enableOfflineQueue: false,
      clusterRetryStrategy: retryDelay,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      lazyConnect: true,
    });
  }
  const one = {
    ...common,
    db: target.database,
    enableOfflineQueue: false,
    retryStrategy: retryDelay,
    lazyConnect: true,
  };
  if (target.kind === 'sentinel') {
    return new Redis({
      ...one,
      sentinels: [...target.addresses],
      name: target.master,
      sentinelRetryStrategy: retryDelay,
      // One that hangs gives way to the next.
      sentinelCommandTimeout: SENTINEL_TIMEOUT,
    });
  }
  if (target.path !== '') return new Redis({ ...one, path: target.path });
  const [address] = target.addresses;
  return new Redis({ ...one, host: address?.host ?? '127.0.0.1', port: address?.port ?? 6379 });
}
