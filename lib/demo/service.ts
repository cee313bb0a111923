import { fileURLToPath } from 'node:url';
import type { Processes, Running } from './processes.js';
import { until } from './processes.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
const READY_MS = 20_000;
const LAST_LINES = 15;

export interface Service {
  /** The arguments with which redis-cli reaches the service's Redis. */
  readonly redis: readonly string[];
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
  return { redis: await redisOf(running), lastLines };
}

/** From the line that the service logs when it serves: `host:port`, or the path of a socket. */
async function redisOf(running: Running): Promise<readonly string[]> {
  const serving = await until(
    () =>
      running
        .output()
        .split('\n')
        .map(parseLine)
        .find((line) => line?.msg === 'serving'),
    READY_MS,
    () => `the service never logged "serving":\n${running.output()}`,
  );
  const place = JSON.stringify(serving.redis ?? '');
  const socket = /(\/[^"\s]+\.sock)/.exec(place)?.[1];
  if (socket !== undefined) return ['-s', socket];
  const [, host, port] = /([\w.-]+):(\d+)/.exec(place) ?? [];
  if (host === undefined || port === undefined) throw new Error(`no address of Redis in the service's log: ${place}`);
  return ['-h', host, '-p', port];
}

function parseLine(line: string): { msg?: unknown; redis?: unknown } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
