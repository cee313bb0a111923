/**
 * npm run demo: one real call through the running service, drawn while it happens. A is busy, B does not answer, C does; the
 * caller hangs up. Ends with 0 only if the call went so and its record says so.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { drawArrow, drawHead } from '../explain/draw.js';
import { freePorts, Processes, pause, type Running, until } from './processes.js';
import { differences, drawRecord, storedRecord } from './record.js';
import { startService } from './service.js';
import { Story } from './story.js';
import { Tap } from './trace.js';

const HOST = '127.0.0.1';
const PILOT = '+37167000000';
const CALLER = '+37125550000';
const RING_SECONDS = 3;
const TALK_MS = 2_000;
const PLAYED_MS = 30_000;
const SERVICE = 'Virkne';
const SCENARIOS = fileURLToPath(new URL('../../../sipp-scenarios/', import.meta.url));
/** Files of several SIPps are read in turn: a message is drawn only when none can come before it any more. */
const SETTLED_MS = 150;

const processes = new Processes();
const folder = mkdtempSync(join(tmpdir(), 'virkne-demo-'));
const say = (text: string): void => console.log(text);

interface Party {
  readonly name: string;
  readonly scenario: string;
  readonly port: number;
}

/** Starts SIPp with one party's part of the call. */
function play({ name, scenario, port }: Party, args: readonly string[] = []): Running {
  const own = ['-sf', join(SCENARIOS, `${scenario}.xml`), '-i', HOST, '-p', String(port), '-m', '1', '-nostdin'];
  const trace = ['-trace_msg', '-message_file', traceOf(name), '-timeout', `${PLAYED_MS / 1000}s`, '-timeout_error'];
  return processes.start(name, 'sipp', [...args, ...own, ...trace], { cwd: folder });
}

const traceOf = (name: string): string => join(folder, `${name}.log`);

async function demo(): Promise<void> {
  const [sipPort, httpPort, callerPort, ...ports] = (await freePorts(6)) as [number, number, number, ...number[]];
  const caller: Party = { name: 'caller', scenario: 'caller', port: callerPort };
  const members: Party[] = ['busy', 'ring-until-cancelled', 'answer'].map((scenario, index) => ({
    name: 'ABC'.charAt(index),
    scenario,
    port: ports[index] as number,
  }));
  const uris = members.map(({ port }) => `sip:member@${HOST}:${port}`);

  say('· starting the service with a private Redis …');
  const service = await startService(processes, environment(sipPort, httpPort), `${HOST}:${httpPort}`);
  const group = ['policy', 'linear', 'ring', String(RING_SECONDS), 'plan', 'BIZNESS', 'members', uris.join(',')];
  const command = ['FCALL', 'hunt_set', '1', `hunt:{${PILOT}}`, ...group];
  say(`· redis-cli ${command.join(' ')}`);
  await service.redisCli('-e', ...command);

  say(`· ${CALLER} calls ${PILOT}: A is busy, B does not answer, C does\n`);
  const answering = members.map((member) => play(member));
  await pause(500); // a SIPp that waits for calls says nowhere that it does
  const args = [`${HOST}:${sipPort}`, '-s', PILOT, '-key', 'caller', CALLER, '-d', String(TALK_MS)];
  const played = [play(caller, args), ...answering];
  await drawLive([caller, ...members], played);

  const failed = played.filter((running) => running.ended() !== 0);
  const explanations = failed.map((running) => `${running.name}: sipp ended with ${running.ended()}`);
  if (failed.length > 0) throw new Error([...explanations, service.lastLines()].join('\n'));
  const record = await storedRecord(service);
  say(
    `\nThe record, from the stream "records" in Redis:\n\n${drawRecord(record, new Map(uris.map((uri, i) => [uri, 'ABC'.charAt(i)])))}\n`,
  );
  const wrong = differences(record, uris);
  if (wrong.length > 0) throw new Error(`the record is not what was played:\n  ${wrong.join('\n  ')}`);
}

/** What the service is told, and nothing that the environment of the demo may say otherwise. */
function environment(sipPort: number, httpPort: number): Record<string, string | undefined> {
  const file = join(folder, 'config.json');
  const config = {
    redis: { dataDirectory: join(folder, 'data'), privatePort: 0 },
    ringing: { ringTimes: [RING_SECONDS] },
    rehearsal: { calls: 0 },
  };
  writeFileSync(file, JSON.stringify(config));
  return {
    ...process.env,
    VIRKNE_CONFIG: file,
    SIP_LISTEN: `udp:${HOST}:${sipPort}`,
    HTTP_LISTEN: `${HOST}:${httpPort}`,
    DRACHTIO_URL: '',
    REDIS_URL: '',
    TRUNKS: '',
    LOG_LEVEL: 'info',
  };
}

/** Draws each message as it comes, until all parties have played their part. */
async function drawLive(parties: readonly Party[], played: readonly Running[]): Promise<void> {
  const [caller, ...members] = parties.map(({ name }) => name) as [string, ...string[]];
  const columns = [caller, SERVICE, ...members];
  const tap = new Tap(
    parties.map(({ name }) => ({ name, file: traceOf(name) })),
    SERVICE,
  );
  const story = new Story(caller, SERVICE);
  const draw = (before: number) => {
    for (const message of tap.take(before)) say(drawArrow(columns, story.tell(message)));
  };
  say(drawHead(columns));
  await until(
    () => {
      draw(systemClock.now() - SETTLED_MS);
      return played.every((running) => running.ended() !== undefined) || undefined;
    },
    PLAYED_MS + 5_000,
    () => `the call did not end within ${PLAYED_MS / 1000} s`,
  );
  draw(Number.POSITIVE_INFINITY);
}

async function cleanUp(): Promise<void> {
  await processes.stop();
  rmSync(folder, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
}
process.once('exit', () => processes.kill());

try {
  await demo();
  say('✓ A was busy, B did not answer, C took the call, the caller hung up, and the record says so.');
} catch (thrown) {
  console.error(`\n✗ The demo failed: ${messageOf(thrown)}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
