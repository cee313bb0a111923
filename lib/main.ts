/** The entry: configuration, log, start, exit code. */
import { systemClock } from './base/clock.js';
import { CodedError } from './base/errors.js';
import type { Config } from './config/load.js';
import { Shutdown } from './shutdown.js';

// Heard before the program has been read, which takes half a second: until there is something to read again, it means nothing.
process.on('SIGHUP', () => {});

async function configuration(): Promise<Config | undefined> {
  const { loadConfig } = await import('./config/load.js');
  try {
    return loadConfig();
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    process.stderr.write(`${thrown.code} ${thrown.message}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

async function main(config: Config): Promise<void> {
  const { batchedOutput, createLog } = await import('./base/log.js');
  const { secretsOf } = await import('./config/secrets.js');
  const clock = systemClock;
  const output = batchedOutput(clock);
  const log = createLog(config.log.level, output, { clock, secrets: secretsOf(config) });
  const drainMs = config.drain.deadlineSeconds * 1000;
  const shutdown = new Shutdown({ host: process, clock, log, drainMs, flush: () => output.close() });
  const { endings } = shutdown;
  await shutdown.start(async () => {
    const { compose } = await import('./compose.js');
    return compose({ config, clock, log, endings });
  });
}

const config = await configuration();
if (config !== undefined) await main(config);
