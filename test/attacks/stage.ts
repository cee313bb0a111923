/** The service as its users start it, and the members it rings, for one attack. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Children, hasEnded } from '../bench/children.js';
import { HOST, startMember } from '../bench/sipp.js';
import { Authority } from '../support/certificates.js';
import { freePorts } from '../support/ports.js';
import { until } from '../support/sipp.js';
import type { Victim } from './attacks.js';

export interface Stage {
  readonly victim: Victim;
  readonly pid: number;
  readonly callerPort: number;
  /** A gauge or counter of `/metrics`, by its name without the prefix; NaN where there is none, or nobody answers. */
  metric(name: string): Promise<number>;
  readonly isAlive: boolean;
  close(): Promise<void>;
}

const ANSWERING = '+37167000000';
const SILENT = '+37167000001';
const START_WITHIN_MS = 60_000;
const PACKAGE = fileURLToPath(new URL('../../../package.json', import.meta.url));
/** With which `npm start` starts it. */
const NODE_OPTIONS: readonly string[] = JSON.parse(readFileSync(PACKAGE, 'utf8')).scripts.start.match(/--\S+/g);

/** @param main the entry of the build that is attacked */
export async function openStage(children: Children, main: string): Promise<Stage> {
  const cwd = children.directory();
  const [udp = 0, tcp = 0, tls = 0, http = 0, redis = 0, member = 0, callerPort = 0] = await freePorts(7);
  const identity = new Authority().issue('IP:127.0.0.1');
  writeFileSync(join(cwd, 'crt'), identity.certificate);
  writeFileSync(join(cwd, 'key'), identity.key);
  const file = join(cwd, 'config.json');
  const config = {
    sip: { tls: { certificate: join(cwd, 'crt'), key: join(cwd, 'key') } },
    redis: { dataDirectory: join(cwd, 'data') },
    ringing: { noProvisionalMs: 4000 },
    drain: { deadlineSeconds: 0 },
  };
  writeFileSync(file, JSON.stringify(config));
  const server = children.start('redis-server', ['--port', `${redis}`, '--bind', HOST, '--dir', cwd, '--save', ''], {
    cwd,
  });
  const log = join(cwd, 'service.log');
  const output = openSync(log, 'a');
  const service = children.start(process.execPath, [...NODE_OPTIONS, main], {
    cwd,
    env: {
      PATH: process.env.PATH,
      VIRKNE_CONFIG: file,
      SIP_LISTEN: `udp:${HOST}:${udp},tcp:${HOST}:${tcp},tls:${HOST}:${tls}`,
      HTTP_LISTEN: `${HOST}:${http}`,
      REDIS_URL: `redis://${HOST}:${redis}/0`,
    },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const get = (path: string): Promise<Response> =>
    fetch(`http://${HOST}:${http}${path}`, { signal: AbortSignal.timeout(2000) });
  const complaint = (): string => `the service did not start\n${readFileSync(log, 'utf8')}`;
  await until(
    async () => {
      if (hasEnded(service)) throw new Error(complaint());
      return (await get('/readyz').catch(() => undefined))?.status === 200 || undefined;
    },
    START_WITHIN_MS,
    complaint,
  );
  const phones = await startMember(children, 'member-answer', member);
  // Its socket takes what comes and never says a word.
  const silent = createSocket('udp4').on('message', () => {});
  silent.bind(0, HOST);
  await once(silent, 'listening');
  for (const [pilot, port] of [
    [ANSWERING, member],
    [SILENT, silent.address().port],
  ] as const) {
    const fields = ['members', `sip:m@${HOST}:${port}`, 'ring', '10'];
    const args = ['-p', `${redis}`, 'FCALL', 'hunt_set', '1', `hunt:{${pilot}}`, ...fields];
    await once(children.start('redis-cli', args, { cwd }), 'exit');
  }
  return {
    victim: { udp, tcp, tls, http, answering: ANSWERING, silent: SILENT },
    pid: service.pid ?? 0,
    callerPort,
    get isAlive() {
      return !hasEnded(service);
    },
    metric: async (name) => {
      const text = await get('/metrics').then(
        (response) => response.text(),
        () => '',
      );
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`virkne_${name} `))
          ?.split(' ')[1] ?? Number.NaN,
      );
    },
    close: async () => {
      await children.stop(service);
      await phones.stop();
      silent.close();
      await children.stop(server);
    },
  };
}
