import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import { type RedisClient, retryDelay } from './client.js';
import type { Target } from './url.js';

const CHANNEL = '+switch-master';

/**
 * Leaves a master as soon as a Sentinel names another one: a planned failover closes no connection, and the old master goes on
 * acknowledging for ten seconds what the new one never gets. (The client's own failoverDetector holds each connect for the slowest Sentinel
 * and prints the stack of every one that is away.)
 */
export class SwitchMaster {
  readonly #sentinels: readonly Redis[];

  constructor(target: Target, client: RedisClient) {
    this.#sentinels = target.addresses.map(({ host, port }) => {
      const sentinel = new Redis({
        host,
        port,
        retryStrategy: retryDelay,
        maxRetriesPerRequest: null,
        disableClientInfo: true,
      });
      sentinel.on('error', () => {}); // whether Redis can be reached is for the client to say
      sentinel.on('message', (_channel: string, message: string) => {
        const [name = '', oldHost = '', oldPort = ''] = message.split(' ');
        if (name === target.master && isAt(client, oldHost, Number(oldPort))) client.disconnect(true);
      });
      sentinel.subscribe(CHANNEL).catch(() => {});
      return sentinel;
    });
  }

  close(): void {
    for (const sentinel of this.#sentinels) sentinel.disconnect();
  }
}

/** Every Sentinel tells, one after another: whoever has left already stays where he is. */
function isAt(client: RedisClient, host: string, port: number): boolean {
  if (!(client instanceof Redis) || client.status !== 'ready') return false;
  const { remoteAddress, remotePort } = client.stream as { remoteAddress?: string; remotePort?: number };
  return remotePort === port && (isIP(host) === 0 || remoteAddress === host);
}
