/**
 * npm run test:drachtio: runs drachtio-srf's own test suite against the embedded engine in place of drachtio-server.
 *
 *     node dist/test/drachtio/run.js [--log <level>] [file …]
 *
 * Prints the table of lib/drachtio/README.md as it is now, and ends with 1 when a file does worse than it says there.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../lib/base/clock.js';
import { createIds } from '../../lib/base/ids.js';
import { createLog } from '../../lib/base/log.js';
import { silentMeter } from '../../lib/base/meter.js';
import { createDrachtioServer } from '../../lib/drachtio/server.js';
import { createEngine } from '../../lib/engine/engine.js';
import { SipResolver } from '../../lib/engine/resolver.js';
import { createTransport } from '../../lib/engine/transport/create.js';
import { ENGINE_SETTINGS, LIMITS } from '../support/defaults.js';
import { createSuiteDns, readHosts, type SuiteHost } from './names.js';
import { HEAD, readResults } from './results.js';
import { copySuite, SUITE_FILES } from './suite.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { log: { type: 'string', default: 'silent' } },
});

const library = dirname(createRequire(import.meta.url).resolve('drachtio-srf/package.json'));
// Seen from dist/test/drachtio.
const README = new URL('../../../lib/drachtio/README.md', import.meta.url);
const SECRET = 'cymru';
const FILE_DEADLINE = 200_000;
/** The suite does not end its connections when a test fails: the process would stay. */
const FAILURE_DEADLINE = 5000;

interface SutServer {
  readonly port: number;
  close(): Promise<void>;
}

async function startServer(host: SuiteHost, hosts: readonly SuiteHost[]): Promise<SutServer> {
  const common = { clock: systemClock, ids: createIds(), log: createLog(values.log), meter: silentMeter };
  const listen = { protocol: 'udp', address: host.address, port: 5060 } as const;
  const transports = [createTransport(listen, { ...common, limits: LIMITS, isAllowedPeer: () => true })];
  const resolver = new SipResolver({ dns: createSuiteDns(hosts), clock: systemClock, random: Math.random });
  const engine = createEngine({ ...common, ...ENGINE_SETTINGS, transports, resolver });
  const server = createDrachtioServer({ ...common, engine, secret: SECRET });
  await engine.start();
  const { port } = await server.listen('127.0.0.1', 0);
  return {
    port,
    close: async () => {
      await server.close();
      await engine.close();
    },
  };
}

function startUas(host: SuiteHost, scenarios: string): ChildProcess {
  const args = ['-sf', join(scenarios, host.scenario ?? ''), '-nostdin', '-i', host.address, '-p', '5060'];
  return spawn('sipp', args, { stdio: 'ignore', detached: true });
}

/** Ends a child with all that it started. */
function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it is gone
  }
}

interface Verdict {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly output: string;
  readonly seconds: number;
}

/** A file that does not end in time, or not with a TAP plan, has failed. */
function runFile(folder: string, file: string): Promise<Verdict> {
  const started = performance.now();
  return new Promise((done) => {
    const child = spawn(process.execPath, [join('test', `${file}.js`)], {
      cwd: folder,
      env: { PATH: process.env.PATH, NODE_ENV: 'test' },
      detached: true,
    });
    running.add(child);
    let output = '';
    const kill = () => endGroup(child);
    let deadline = setTimeout(kill, FILE_DEADLINE);
    const hear = (chunk: Buffer) => {
      output += chunk;
      if (!/^not ok /m.test(output)) return;
      clearTimeout(deadline);
      deadline = setTimeout(kill, FAILURE_DEADLINE);
    };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', hear);
    child.on('exit', (code) => {
      clearTimeout(deadline);
      running.delete(child);
      endGroup(child);
      const passed = output.match(/^ok /gm)?.length ?? 0;
      const refused = output.match(/^not ok /gm)?.length ?? 0;
      const ended = code === 0 && /^1\.\./m.test(output);
      const failed = refused > 0 || ended ? refused : 1;
      done({ file, passed, failed, output, seconds: Math.round((performance.now() - started) / 1000) });
    });
  });
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) endGroup(child);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const hosts = readHosts(join(library, 'test', 'docker-compose-testbed.yaml'));
const servers = new Map<string, SutServer>();
for (const host of hosts.filter(({ name }) => name.startsWith('drachtio-'))) {
  servers.set(host.name, await startServer(host, hosts));
}
const ports = Object.fromEntries([...servers].map(([name, { port }]) => [name, port]));
const suite = copySuite(library, hosts, ports);
process.on('exit', () => suite.remove());
for (const host of hosts) {
  if (host.scenario !== undefined) running.add(startUas(host, join(suite.folder, 'test', 'scenarios')));
}

const promised = readResults(README);
const files = positionals.length > 0 ? positionals : SUITE_FILES;
let worse = 0;
console.log(HEAD);
for (const file of files) {
  const { passed, failed, seconds, output } = await runFile(suite.folder, file);
  const row = promised.get(file);
  console.log(`| \`${file}.js\` | ${passed + failed} | ${passed} | ${row?.why ?? ''} | ${seconds} s`);
  if (row !== undefined && passed >= row.passed && passed + failed >= row.tests) continue;
  worse++;
  console.log(`${file}.js did worse than lib/drachtio/README.md says:`);
  console.log(output.replace(/^/gm, '        '));
}
console.log(worse === 0 ? 'As good as lib/drachtio/README.md says.' : `${worse} of ${files.length} files did worse.`);

for (const server of servers.values()) await server.close();
process.exit(worse === 0 ? 0 : 1);
