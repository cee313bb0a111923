/** What a fault is played on: Redis, the nodes, a disk of its own. */
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { renderLibrary } from '../../lib/store/functions/library.js';
import type { Children } from '../bench/children.js';
import { CATALOGUE } from '../support/defaults.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type SentinelSet, startCluster, startSentinelSet } from '../support/redis-sets.js';
import { type NodeOptions, ServiceNode } from './node.js';

const run = promisify(execFile);

export const PILOTS = ['+37167000001', '+37167000002', '+37167000003'];

/** How Redis is set up. */
export type Kind = 'alone' | 'sentinel' | 'cluster';

export class Stage {
  readonly nodes: ServiceNode[] = [];
  readonly client: Redis | Cluster;
  readonly #children: Children;
  readonly #members: string;
  readonly #url: string;
  readonly #ends: (() => Promise<void> | void)[] = [];
  readonly #alone: TestRedis | undefined;
  readonly #sentinels: SentinelSet | undefined;
  readonly masterOf: (key: string) => Promise<{ kill(signal: NodeJS.Signals): boolean }>;

  private constructor(children: Children, members: string, set: Omit<SetUp, 'stop'>) {
    this.#children = children;
    this.#members = members;
    this.#url = set.url;
    this.client = set.client;
    this.#alone = set.alone;
    this.#sentinels = set.sentinels;
    this.masterOf = set.masterOf;
  }

  static async setUp(
    children: Children,
    kind: Kind,
    members: string,
    settings: readonly string[] = [],
  ): Promise<Stage> {
    const { stop, ...set } = await SET_UP[kind](settings);
    const stage = new Stage(children, members, set);
    stage.atEnd(stop);
    return stage;
  }

  get redis(): TestRedis {
    if (this.#alone === undefined) throw new Error('this Redis is not alone');
    return this.#alone;
  }

  get sentinels(): SentinelSet {
    if (this.#sentinels === undefined) throw new Error('there are no Sentinels');
    return this.#sentinels;
  }

  atEnd(action: () => Promise<void> | void): void {
    this.#ends.unshift(action);
  }

  /** Circular groups, as an operator makes them, with the library where no node has loaded it yet. */
  async setGroups(): Promise<void> {
    const { text } = renderLibrary({ ...CATALOGUE, turnsKept: 100_000 });
    for (const server of this.client instanceof Cluster ? await mastersOf(this.client) : [this.client])
      await server.call('FUNCTION', 'LOAD', 'REPLACE', text);
    const fields = ['policy', 'circular', 'members', this.#members];
    for (const pilot of PILOTS) await this.client.call('FCALL', 'hunt_set', 1, `hunt:{${pilot}}`, ...fields);
  }

  /** One more node, not started. */
  async addNode(options: Partial<NodeOptions> = {}): Promise<ServiceNode> {
    const node = await ServiceNode.make(this.#children, { redis: this.#url, ...options });
    this.nodes.push(node);
    return node;
  }

  /** A disk of so many bytes, in memory. It needs root. */
  async disk(bytes: number): Promise<Disk> {
    const path = this.#children.directory();
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path]);
    this.atEnd(async () => {
      await run('umount', ['-l', path]);
    });
    const filler = join(path, 'filler');
    return {
      path,
      fill() {
        try {
          for (let size = bytes; size >= 1; size = Math.floor(size / 2)) {
            try {
              for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
            } catch {
              // So much does not fit any more; half of it may.
            }
          }
        } catch {
          // Full.
        }
      },
      free: () => rmSync(filler, { force: true }),
    };
  }

  /** All at once, so that it may be begun by a process that leaves. */
  async end(): Promise<void> {
    await Promise.all([...this.nodes.map((node) => node.end('SIGKILL')), ...this.#ends.map((action) => action())]);
  }
}

export interface Disk {
  readonly path: string;
  fill(): void;
  free(): void;
}

interface SetUp {
  readonly url: string;
  readonly client: Redis | Cluster;
  readonly alone?: TestRedis;
  readonly sentinels?: SentinelSet;
  readonly masterOf: (key: string) => Promise<{ kill(signal: NodeJS.Signals): boolean }>;
  stop(): Promise<void>;
}

const SET_UP: Record<Kind, (settings: readonly string[]) => Promise<SetUp>> = {
  alone: async (settings) => {
    const alone = await startRedis(settings);
    const masterOf = (): never => {
      throw new Error('this Redis has no set');
    };
    return { url: alone.url, client: alone.client, alone, masterOf, stop: () => alone.stop() };
  },
  sentinel: async () => {
    const sentinels = await startSentinelSet();
    return { ...sentinels, sentinels };
  },
  cluster: () => startCluster(),
};

/** Asked of each server itself: what the client knows of the roles may be from before they were given. */
async function mastersOf(cluster: Cluster): Promise<Redis[]> {
  const masters: Redis[] = [];
  for (const { options } of cluster.nodes('all')) {
    const server = new Redis(options.port ?? 6379, options.host ?? '');
    server.on('error', () => {});
    const [role] = (await server.call('ROLE')) as [string];
    if (role === 'master') masters.push(server);
    else server.disconnect();
  }
  return masters;
}
