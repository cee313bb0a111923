import type { Redis } from 'ioredis';
import { mastersOf, type RedisClient } from './client.js';

const RUN_ID = /^run_id:(\w+)/m;

/** Which server, or which masters of a Cluster, answer: another one after a failover or a restart. */
export async function identityOf(client: RedisClient): Promise<string> {
  const nodes = mastersOf(client);
  const ids = await Promise.all(nodes.map(runId));
  return ids.sort().join(' ');
}

async function runId(node: Redis): Promise<string> {
  try {
    return RUN_ID.exec(await node.info('server'))?.[1] ?? '';
  } catch (thrown) {
    // Without the permission to ask, all are one.
    if (thrown instanceof Error && thrown.name === 'ReplyError') return '';
    throw thrown;
  }
}

/**
 * What a master that is cut off from all others may do: it must stop writing before we forget what it has acknowledged.
 * @param within milliseconds
 * @returns what is wrong, as a clause; undefined where nothing is, or where we may not know
 */
export async function cutOffRisk(client: RedisClient, within: number): Promise<string | undefined> {
  const nodes = mastersOf(client);
  for (const node of nodes) {
    const read = async (name: string): Promise<number> => Number(((await node.config('GET', name)) as string[])[1]);
    try {
      if ((await read('min-replicas-to-write')) < 1)
        return 'min-replicas-to-write is 0: what a master that is cut off takes is lost; set it to 1 (CONFIG SET on every node)';
      if ((await read('min-replicas-max-lag')) * 1000 > within / 2)
        return `min-replicas-max-lag is longer than ${within / 2000} s: what a master that is cut off takes meanwhile is lost`;
    } catch {
      return undefined; // CONFIG is not ours to ask
    }
  }
  return undefined;
}
