import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { freePorts } from './ports.js';
import { ended } from './redis-processes.js';
import { until } from './store.js';

const HOST = '127.0.0.1';
const COMMON = ['--bind', HOST, '--save', '', '--appendonly', 'no'];

/** Several redis-servers that stand for each other. */
export interface RedisSet {
  /** As the service is configured with. */
  readonly url: string;
  /** A connection of the test's own, that follows. */
  readonly client: Redis | Cluster;
  /** The process that is master of the key. */
  masterOf(key: string): Promise<ChildProcess>;
  stop(): Promise<void>;
}

export interface SentinelSet extends RedisSet {
  readonly client: Redis;
  /** As an operator asks for it, one of the Sentinels; resolves when that knows the new master. */
  failover(): Promise<void>;
  stopSentinels(): Promise<void>;
  startSentinels(): Promise<void>;
}

/** One process each, in a directory of its own. */
class Processes {
  readonly #root = mkdtempSync(join(tmpdir(), 'redis-set-'));
  readonly #byPort = new Map<number, ChildProcess>();

  start(port: number, args: readonly string[], file?: string): void {
    const cwd = join(this.#root, String(port));
    mkdirSync(cwd, { recursive: true });
    const first = file === undefined ? [] : [join(cwd, 'redis.conf')];
    if (file !== undefined) writeFileSync(first[0] ?? '', file);
    this.#byPort.set(
      port,
      spawn('redis-server', [...first, '--port', String(port), ...args], { cwd, stdio: 'ignore' }),
    );
  }

  at(port: number): ChildProcess {
    const child = this.#byPort.get(port);
    if (child === undefined) throw new Error(`no redis-server at port ${port}`);
    return child;
  }

  async end(ports: readonly number[]): Promise<void> {
    await Promise.all(ports.map((port) => ended(this.at(port), 'SIGKILL')));
  }

  async stop(): Promise<void> {
    await this.end([...this.#byPort.keys()]);
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** A master named `office` with two replicas, and three Sentinels; `settings` are for each redis-server. */
export async function startSentinelSet(
  settings: readonly string[] = ['--min-replicas-to-write', '1'],
): Promise<SentinelSet> {
  const ports = await freePorts(6);
  const servers = ports.slice(0, 3);
  const sentinels = ports.slice(3);
  const [first = 0] = servers;
  const processes = new Processes();
  for (const port of servers) {
    const replica = port === first ? [] : ['--replicaof', `${HOST} ${first}`];
    processes.start(port, [...COMMON, '--repl-diskless-sync-delay', '0', ...settings, ...replica]);
  }
  const watch = [
    `sentinel monitor office ${HOST} ${first} 2`,
    'sentinel down-after-milliseconds office 1000',
    'sentinel failover-timeout office 10000',
  ].join('\n');
  const startSentinels = async (): Promise<void> => {
    for (const port of sentinels) processes.start(port, ['--bind', HOST, '--sentinel'], watch);
  };
  await startSentinels();
  const places = sentinels.map((port) => ({ host: HOST, port }));
  const client = new Redis({ sentinels: places, name: 'office', maxRetriesPerRequest: null });
  client.on('error', () => {});
  const asked = new Redis({ ...places[0], maxRetriesPerRequest: null });
  asked.on('error', () => {});
  const master = async (): Promise<number> =>
    Number(((await asked.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'office')) as string[] | null)?.[1]);
  const knows = async (what: string, count: number): Promise<boolean> =>
    ((await asked.call('SENTINEL', what, 'office')) as unknown[]).length === count;
  await until(async () => (await knows('REPLICAS', 2)) && (await knows('SENTINELS', 2)));
  await until(async () => (await client.info('replication')).split('state=online').length === 3);
  return {
    url: `redis+sentinel://${sentinels.map((port) => `${HOST}:${port}`).join(',')}/office`,
    client,
    masterOf: async () => processes.at(await master()),
    async failover() {
      const before = await master();
      await until(() =>
        asked.call('SENTINEL', 'FAILOVER', 'office').then(
          () => true,
          () => false,
        ),
      );
      await until(async () => (await master()) !== before);
      client.disconnect(true);
    },
    stopSentinels: () => processes.end(sentinels),
    startSentinels,
    async stop() {
      client.disconnect();
      asked.disconnect();
      await processes.stop();
    },
  };
}

/** A Cluster of three masters, each with a replica. */
export async function startCluster(): Promise<RedisSet> {
  const ports = await freePorts(6);
  const processes = new Processes();
  // The bus of each is elsewhere than ten thousand above it, where another test may be.
  const buses = await freePorts(6);
  ports.forEach((port, i) => {
    const bus = ['--cluster-port', String(buses[i]), '--cluster-announce-ip', HOST];
    const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...bus];
    processes.start(port, [...COMMON, ...cluster, '--repl-diskless-sync-delay', '0']);
  });
  const direct = ports.map((port) => new Redis({ host: HOST, port, maxRetriesPerRequest: null }));
  for (const one of direct) one.on('error', () => {});
  const info = async (one: Redis): Promise<string> => String(await one.call('CLUSTER', 'INFO'));
  await Promise.all(direct.map((one) => one.ping()));
  const slots = [0, 5461, 10923, 16384];
  for (let i = 0; i < 3; i++) await direct[i]?.call('CLUSTER', 'ADDSLOTSRANGE', slots[i] ?? 0, (slots[i + 1] ?? 0) - 1);
  for (let i = 1; i < 6; i++) await direct[0]?.call('CLUSTER', 'MEET', HOST, ports[i] ?? 0, buses[i] ?? 0);
  await until(async () =>
    (await Promise.all(direct.map(info))).every((text) => text.includes('cluster_known_nodes:6')),
  );
  for (let i = 3; i < 6; i++) {
    const id = String(await direct[i - 3]?.call('CLUSTER', 'MYID'));
    await until(() =>
      (direct[i] as Redis).call('CLUSTER', 'REPLICATE', id).then(
        () => true,
        () => false,
      ),
    );
  }
  await until(async () => (await Promise.all(direct.map(info))).every((text) => text.includes('cluster_state:ok')));
  for (const one of direct.slice(0, 3))
    await until(async () => (await one.info('replication')).includes('state=online'));
  for (const one of direct) one.disconnect();
  const client = new Cluster(
    ports.map((port) => ({ host: HOST, port })),
    { clusterRetryStrategy: () => 100, maxRedirections: 1000, redisOptions: { maxRetriesPerRequest: null } },
  );
  client.on('error', () => {});
  return {
    url: `redis+cluster://${ports.map((port) => `${HOST}:${port}`).join(',')}`,
    client,
    async masterOf(key) {
      const slot = Number(await client.call('CLUSTER', 'KEYSLOT', key));
      const ranges = (await client.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
      const range = ranges.find(([from, to]) => from <= slot && slot <= to);
      return processes.at(range?.[2][1] ?? 0);
    },
    async stop() {
      client.disconnect();
      await processes.stop();
    },
  };
}
