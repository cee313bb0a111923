/** What is measured: our service, and Kamailio beside it. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Redis } from 'ioredis';
import { socketUrl } from '../../lib/store/url.js';
import { freePort, freePorts } from '../support/ports.js';
import { until } from '../support/sipp.js';
import { type Children, hasEnded } from './children.js';
import { BEFORE } from './options.js';
import { HOST, SCENARIOS } from './sipp.js';
import { groupFields, PILOT, RING_SECONDS } from './workloads.js';

/** Where the members listen and the callers call from: one set for a whole run. */
export interface Ports {
  readonly first: number;
  readonly second: number;
  readonly caller: number;
  readonly otherCaller: number;
}

export async function choosePorts(): Promise<Ports> {
  const [first = 0, second = 0, caller = 0, otherCaller = 0] = await freePorts(4);
  return { first, second, caller, otherCaller };
}

export interface Target {
  readonly name: string;
  /** SIP over UDP at 127.0.0.1. */
  readonly port: number;
  /** All whose CPU time and memory are charged to it, with those below them. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export interface VirkneTarget extends Target {
  readonly servicePid: number;
  readonly redisPid: number;
  readonly redis: Redis;
  /** For REDIS_URL. */
  readonly redisUrl: string;
  /** host:port of its /metrics. */
  readonly http: string;
  /** A gauge of `/metrics`, by its whole name. */
  metric(name: string): Promise<number>;
}

const MAIN = fileURLToPath(new URL('../../lib/main.js', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../../../package.json', import.meta.url));
/** With which `npm start` starts it. */
const NODE_OPTIONS: readonly string[] = JSON.parse(readFileSync(PACKAGE, 'utf8')).scripts.start.match(/--\S+/g);
const SOCKET = 'redis.sock';
const START_WITHIN_MS = 60_000;
const MOST_CALLS = 50_000;

/** @param nodeArgs further options of Node, such as `--cpu-prof`; `more`: further sections of its configuration */
export async function startVirkne(
  children: Children,
  ports: Ports,
  nodeArgs: readonly string[] = [],
  more: Readonly<Record<string, unknown>> = {},
): Promise<VirkneTarget> {
  const cwd = children.directory();
  const [sip = 0, http = 0, redisPort = 0] = await freePorts(3);
  const server = startRedisServer(children, cwd, redisPort);
  const redis = new Redis({ host: HOST, port: redisPort, maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', () => {});
  await redis.ping();

  // As an operator would run it; only room for more calls, short ring times and an end without a drain differ.
  const file = join(cwd, 'config.json');
  const config = {
    overload: { maxCalls: MOST_CALLS },
    ringing: { ringTimes: [RING_SECONDS, 10, 20, 30] },
    redis: { dataDirectory: join(cwd, 'data') },
    drain: { deadlineSeconds: 0 },
    ...more,
  };
  writeFileSync(file, JSON.stringify(config));
  const log = join(cwd, 'service.log');
  const output = openSync(log, 'a');
  const service = children.start(process.execPath, [...NODE_OPTIONS, ...nodeArgs, MAIN], {
    cwd,
    env: {
      PATH: process.env.PATH,
      VIRKNE_CONFIG: file,
      LOG_LEVEL: 'info',
      SIP_LISTEN: `udp:${HOST}:${sip}`,
      HTTP_LISTEN: `${HOST}:${http}`,
      REDIS_URL: socketUrl(join(cwd, SOCKET)),
    },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const complaint = (): string => `the service did not start\n${readFileSync(log, 'utf8')}`;
  const get = (path: string): Promise<Response> => fetch(`http://${HOST}:${http}${path}`);
  await until(
    async () => {
      if (hasEnded(service)) throw new Error(complaint());
      const status = await get('/readyz').then(
        (response) => response.status,
        () => 0,
      );
      return status === 200 || undefined;
    },
    START_WITHIN_MS,
    complaint,
  );
  await redis.call('FCALL', 'hunt_set', '1', `hunt:{${PILOT}}`, ...groupFields(ports));
  return {
    name: 'virkne',
    port: sip,
    pids: [pidOf(service), pidOf(server)],
    servicePid: pidOf(service),
    redisPid: pidOf(server),
    redis,
    redisUrl: socketUrl(join(cwd, SOCKET)),
    http: `${HOST}:${http}`,
    metric: async (name) => {
      const text = await (await get('/metrics')).text();
      return Number(text.match(new RegExp(`^${name} (\\S+)$`, 'm'))?.[1]);
    },
    stop: async () => {
      await children.stop(service);
      redis.disconnect();
      await children.stop(server);
    },
  };
}

/** Another build of this project, as its own benchmark starts it. @param directory of its package.json */
export async function startBefore(children: Children, ports: Ports, directory: string): Promise<Target> {
  const file = pathToFileURL(join(resolve(directory), 'dist', 'test', 'bench', 'targets.js'));
  const other = (await import(file.href)) as { startVirkne: typeof startVirkne };
  return { ...(await other.startVirkne(children, ports)), name: BEFORE };
}

/** As the service's private one (lib/store/private-redis.ts) is set up. */
function startRedisServer(children: Children, cwd: string, port: number): ChildProcess {
  const args = ['--port', String(port), '--bind', HOST, '--dir', cwd, '--unixsocket', SOCKET, '--save', ''];
  const persistence = ['--appendonly', 'yes', '--appendfsync', 'everysec'];
  return children.start('redis-server', [...args, ...persistence, '--latency-tracking', 'no'], { cwd });
}

export async function startKamailio(children: Children, ports: Ports): Promise<Target> {
  const cwd = children.directory();
  const port = await freePort();
  const values: Readonly<Record<string, number>> = { PORT: port, FIRST: ports.first, SECOND: ports.second };
  const template = readFileSync(join(SCENARIOS, 'kamailio.cfg'), 'utf8');
  const file = join(cwd, 'kamailio.cfg');
  writeFileSync(
    file,
    template.replace(/\{\{(PORT|FIRST|SECOND)\}\}/g, (_, name: string) => String(values[name])),
  );
  // -DD: it stays our child; -Y: nothing of it in /run; 512 MiB shared and 16 MiB private memory.
  const args = ['-f', file, '-DD', '-E', '-Y', cwd, '-m', '512', '-M', '16'];
  const log = join(cwd, 'kamailio.log');
  const output = openSync(log, 'a');
  // Debian keeps it in sbin, which is not in everybody's path.
  const env = { PATH: `${process.env.PATH}:/usr/sbin` };
  const child = children.start('kamailio', args, { cwd, env, stdio: ['ignore', output, output] });
  closeSync(output);
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  await until(
    () => {
      if (hasEnded(child)) throw new Error(`kamailio did not start\n${readFileSync(log, 'utf8')}`);
      return readFileSync('/proc/net/udp', 'latin1').includes(local) || undefined;
    },
    START_WITHIN_MS,
    () => `kamailio does not listen on port ${port}`,
  );
  return { name: 'kamailio', port, pids: [pidOf(child)], stop: () => children.stop(child) };
}

const pidOf = (child: ChildProcess): number => child.pid ?? 0;
