/** Runs other programs for the scripts of this folder, so that whoever waits sees that something happens. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const HEARTBEAT_MS = 5_000;
const PIPE_MS = 2_000;

export const say = (text) => console.log(`· ${text}`);

/** Why the preparation cannot go on: shown without a stack. */
export class Refusal extends Error {}

/**
 * Runs a program in the project's folder with its output on the screen; a line every few seconds says that it still runs.
 * @param {string} what shown in these lines: `installing packages`; without it none is shown
 * @param {string} program
 * @param {string[]} args
 * @param {{env?: Record<string, string | undefined>, limitMs?: number, output?: string[]}} [options] `limitMs`: the program is
 *   killed after so long; `output`: gets what the program prints, instead of the screen
 * @returns {Promise<number>} its exit code; not 0 when it could not be run or was killed
 */
export function run(what, program, args, { env = process.env, limitMs, output } = {}) {
  const started = performance.now();
  const out = output === undefined ? 'inherit' : 'pipe';
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', out, out] });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => output.push(text));
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const heartbeat = what && setInterval(() => say(`still ${what} (${seconds()} s)`), HEARTBEAT_MS);
  const limit =
    limitMs &&
    setTimeout(() => {
      say(`${program} is ended, because it took more than ${seconds()} s`);
      child.kill('SIGKILL');
    }, limitMs);
  // Whoever ends this script ends the program too.
  const atExit = () => child.kill('SIGKILL');
  const stop = (signal) => {
    child.kill(signal);
    child.once('exit', () => process.exit(1));
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  process.once('exit', atExit);

  return new Promise((resolve) => {
    const end = (code) => {
      clearInterval(heartbeat);
      clearTimeout(limit);
      for (const signal of SIGNALS) process.off(signal, stop);
      process.off('exit', atExit);
      resolve(code);
    };
    child.once('error', (error) => {
      say(`${program} cannot be run: ${error.message}`);
      end(127);
    });
    // A program that it left behind may keep the pipe open.
    const printed = output === undefined ? undefined : new Promise((done) => child.once('close', done));
    child.once('exit', (code) => {
      const late = delay(PIPE_MS, undefined, { ref: false });
      void Promise.race([printed, late]).then(() => end(code ?? 1));
    });
  });
}
