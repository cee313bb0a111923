/** What the image asks itself: exit status 0 where the service lives at the configured port. It need not be ready. */
import { get } from 'node:http';
import { isIPv6 } from 'node:net';
import { CodedError } from './base/errors.js';
import { loadConfig } from './config/load.js';

const ANSWER_WITHIN_MS = 4_000;

/** Who listens everywhere is asked on loopback. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

function ends(text: string): void {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

function ask({ address, port }: { address: string; port: number }): void {
  const host = EVERYWHERE[address] ?? address;
  const url = `http://${isIPv6(host) ? `[${host}]` : host}:${port}/healthz`;
  const request = get(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), agent: false }, (response) => {
    response.resume();
    if (response.statusCode !== 200) ends(`${url}: ${response.statusCode}`);
  });
  request.on('error', ({ message }) => ends(`${url}: ${message}`));
}

try {
  ask(loadConfig().http.listen);
} catch (thrown) {
  if (!(thrown instanceof CodedError)) throw thrown;
  ends(`${thrown.code} ${thrown.message}`);
}
