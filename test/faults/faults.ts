/** The faults, each as it is struck and lifted while calls go on. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { deletedKey } from '../../lib/store/keys.js';
import type { ServiceNode } from './node.js';
import type { Disk, Kind, Stage } from './stage.js';

const run = promisify(execFile);

export interface Fault {
  readonly name: string;
  /** Alone where absent. */
  readonly redis?: Kind;
  /** How many nodes are there from the start; 1 if absent. */
  readonly nodes?: number;
  /** Before the nodes start; the first one is given its data directory here where it matters. */
  prepare?(stage: Stage): Promise<{ dataDirectory?: string }>;
  strike(stage: Stage): Promise<unknown>;
  /** Seconds from strike to lift; 3 if absent. */
  readonly lasts?: number;
  /** Where absent, what follows the strike must help itself. */
  lift?(stage: Stage): Promise<unknown>;
  /** Calls from then on are counted: what was there before is lost by the fault itself. */
  readonly counted?: 'from the strike';
  /** Also at the end something is to be complained of in /readyz, and rightly. */
  readonly complains?: true;
  /** It cannot be without a loss: calls of a process that is killed end, and what it was about to write is gone. */
  readonly costs?: true;
}

const DISK = 1024 * 1024;
const YEAR_MS = 400 * 86_400_000;
/** Runs in a node before anything else does. */
const WRONG_CLOCK = [
  `const{now}=Date;Date.now=()=>now()+${YEAR_MS};`,
  `Object.defineProperty(performance,"timeOrigin",{value:performance.timeOrigin+${YEAR_MS}});`,
].join('');

const disks = new WeakMap<Stage, Disk>();

async function withDisk(stage: Stage, bytes = DISK): Promise<Disk> {
  const disk = await stage.disk(bytes);
  disks.set(stage, disk);
  return disk;
}

const diskOf = (stage: Stage): Disk => {
  const disk = disks.get(stage);
  if (disk === undefined) throw new Error('this fault has no disk');
  return disk;
};

const nodeOf = (stage: Stage): ServiceNode => {
  const [node] = stage.nodes;
  if (node === undefined) throw new Error('there is no node');
  return node;
};

/** Starts a node that cannot run, which must end by itself with status 1. */
async function refused(stage: Stage, code: string, options: Parameters<Stage['addNode']>[0]): Promise<void> {
  const node = await stage.addNode(options);
  stage.nodes.pop();
  const child = node.begin();
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 1 || !node.log.join().includes(code)) throw new Error(`status ${status}\n${node.log.join('\n')}`);
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'Redis stopped (SHUTDOWN), started again',
    strike: (stage) => run('redis-cli', ['-p', String(stage.redis.port), 'SHUTDOWN', 'NOSAVE']),
    lift: (stage) => stage.redis.start(),
  },
  {
    name: 'Redis killed (SIGKILL), started again',
    strike: (stage) => stage.redis.kill(),
    lift: (stage) => stage.redis.start(),
  },
  {
    name: 'Redis frozen (SIGSTOP)',
    strike: async (stage) => stage.redis.hang(),
    lift: async (stage) => stage.redis.resume(),
  },
  {
    name: 'Redis made a replica: reads, does not write',
    strike: (stage) => stage.redis.client.replicaof('127.0.0.1', '1'),
    lift: (stage) => stage.client.call('REPLICAOF', 'NO', 'ONE'),
  },
  {
    name: 'Redis full (maxmemory)',
    strike: (stage) => stage.redis.client.config('SET', 'maxmemory', '1'),
    lift: (stage) => stage.redis.client.config('SET', 'maxmemory', '0'),
  },
  {
    name: "the disk of Redis's append-only file full, then freed",
    prepare: async (stage) => {
      const { path } = await withDisk(stage, 8 * DISK);
      await stage.redis.client.config('SET', 'appendonly', 'no');
      await stage.redis.client.config('SET', 'dir', path);
      await stage.redis.client.config('SET', 'appendfsync', 'everysec', 'appendonly', 'yes');
      return {};
    },
    strike: async (stage) => diskOf(stage).fill(),
    lift: async (stage) => diskOf(stage).free(),
  },
  {
    name: "Redis killed with the spool's disk full; disk freed, then Redis started",
    prepare: async (stage) => ({ dataDirectory: (await withDisk(stage)).path }),
    strike: async (stage) => {
      diskOf(stage).fill();
      await stage.redis.kill();
    },
    lift: async (stage) => {
      diskOf(stage).free();
      await stage.redis.start();
    },
  },
  {
    name: "Redis killed with the spool's disk full; Redis started, the disk stays full",
    prepare: async (stage) => ({ dataDirectory: (await withDisk(stage)).path }),
    complains: true,
    strike: async (stage) => {
      diskOf(stage).fill();
      await stage.redis.kill();
    },
    lift: (stage) => stage.redis.start(),
  },
  {
    name: "Redis killed; the spool's disk fills up meanwhile; disk freed, then Redis started",
    prepare: async (stage) => ({ dataDirectory: (await withDisk(stage)).path }),
    strike: async (stage) => {
      await stage.redis.kill();
      setTimeout(() => diskOf(stage).fill(), 1_000);
    },
    lift: async (stage) => {
      diskOf(stage).free();
      await stage.redis.start();
    },
  },
  {
    name: 'one of two nodes killed (SIGKILL), started again',
    nodes: 2,
    costs: true,
    strike: (stage) => nodeOf(stage).end('SIGKILL'),
    lift: (stage) => nodeOf(stage).start(),
  },
  {
    name: 'one of two nodes killed with Redis away, both started again',
    nodes: 2,
    costs: true,
    strike: async (stage) => {
      await stage.redis.kill();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await nodeOf(stage).end('SIGKILL');
    },
    lift: async (stage) => {
      await stage.redis.start();
      await nodeOf(stage).start();
    },
  },
  {
    name: 'one of two nodes stopped (SIGTERM), started again',
    nodes: 2,
    strike: (stage) => nodeOf(stage).end('SIGTERM'),
    lift: (stage) => nodeOf(stage).start(),
  },
  {
    name: 'a second node whose clock is 400 days ahead',
    strike: async (stage) => {
      const nodeOptions = `--import=data:text/javascript,${encodeURIComponent(WRONG_CLOCK)}`;
      await (await stage.addNode({ nodeOptions })).start();
    },
  },
  {
    name: 'Sentinel: planned failover (SENTINEL FAILOVER)',
    redis: 'sentinel',
    strike: (stage) => stage.sentinels.failover(),
  },
  {
    name: 'Sentinel: the master killed',
    redis: 'sentinel',
    strike: async (stage) => (await stage.masterOf('records')).kill('SIGKILL'),
  },
  {
    name: 'Sentinel: the master frozen for 6 s',
    redis: 'sentinel',
    lasts: 6,
    strike: async (stage) => {
      const master = await stage.masterOf('records');
      master.kill('SIGSTOP');
      setTimeout(() => master.kill('SIGCONT'), 6_000);
    },
  },
  {
    name: 'all Sentinels unreachable at start',
    redis: 'sentinel',
    prepare: async (stage) => {
      await stage.sentinels.stopSentinels();
      return {};
    },
    strike: async () => {},
    lift: (stage) => stage.sentinels.startSentinels(),
  },
  {
    name: 'Cluster: the master of the records killed',
    redis: 'cluster',
    strike: async (stage) => (await stage.masterOf('records')).kill('SIGKILL'),
  },
  {
    name: 'Cluster: the master of a group killed',
    redis: 'cluster',
    strike: async (stage) => (await stage.masterOf(deletedKey('+37167000001'))).kill('SIGKILL'),
  },
  {
    name: 'Redis emptied (FLUSHALL), groups set again',
    counted: 'from the strike',
    strike: (stage) => stage.redis.client.flushall(),
    lift: (stage) => stage.setGroups(),
  },
  {
    name: 'a second process on the same SIP port',
    strike: (stage) => refused(stage, 'TRANSPORT_UNAVAILABLE', { sipPort: nodeOf(stage).sipPort }),
  },
  {
    name: 'a second process on the same data directory',
    strike: (stage) => refused(stage, 'DATA_DIRECTORY_IN_USE', { dataDirectory: nodeOf(stage).dataDirectory }),
  },
];
