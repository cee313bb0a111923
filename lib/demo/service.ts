import { fileURLToPath } from 'node:url';
import type { Processes, Running } from './processes.js';
import { runToEnd, until } from './processes.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
const READY_MS = 20_000;
const LAST_LINES = 15;

export interface Service {
  /** Runs redis-cli on the service's Redis, by the command that the service itself names at start. */
  redisCli(...args: string[]): Promise<string>;
  /** What it logged last, for a failure's text. */
  lastLines(): string;
}

/** Starts the service as `npm start` would, and waits until a call would be served. */
export async function startService(
  processes: Processes,
  env: Readonly<Record<string, string | undefined>>,
  http: string,
): Promise<Service> {
  const running = processes.start('the service', process.execPath, [MAIN], { env });
  const lastLines = () => running.output().trim().split('\n').slice(-LAST_LINES).join('\n');
  let answer = 'no answer';
  await until(
    async () => {
      if (running.ended() !== undefined) throw new Error(`the service ended with ${running.ended()}:\n${lastLines()}`);
      const response = await fetch(`http://${http}/readyz`).catch(() => undefined);
      answer = (await response?.text()) ?? answer;
      return response?.status === 200 || undefined;
    },
    READY_MS,
    () => `the service was not ready within ${READY_MS / 1000} s (/readyz: ${answer}):\n${lastLines()}`,
  );
  const command = await redisCliOf(running);
  return { redisCli: (...args) => runToEnd('sh', ['-c', `${command} "$@"`, 'redis-cli', ...args]), lastLines };
}

/** From the line that the service logs when it serves. */
async function redisCliOf(running: Running): Promise<string> {
  const lines = () => running.output().split('\n').map(parseLine);
  const serving = await until(
    () => lines().find((line) => line?.msg === 'serving'),
    READY_MS,
    () => `the service never logged "serving":\n${running.output()}`,
  );
  if (typeof serving.redisCli !== 'string') throw new Error(`no redis-cli in the service's log: ${running.output()}`);
  return serving.redisCli;
}

function parseLine(line: string): { msg?: unknown; redisCli?: unknown } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
