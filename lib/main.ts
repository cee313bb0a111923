/** The entry: configuration, log, start, exit code. */
import { systemClock } from './base/clock.js';
import type { Config } from './config/load.js';
import { Shutdown } from './shutdown.js';

// Heard before the program has been read, which takes half a second: until there is something to read again, it means nothing.
process.on('SIGHUP', () => {});

async function configuration(): Promise<Config | undefined> {
  const { loadConfig, ConfigInvalid } = await import('./config/load.js');
  try {
    return loadConfig();
  } catch (thrown) {
    if (!(thrown instanceof ConfigInvalid)) throw thrown;
    const { createLog } = await import('./base/log.js');
    createLog('fatal').fatal({ code: thrown.code, mistakes: thrown.mistakes }, 'the configuration is not valid');
    process.exitCode = 1;
    return undefined;
  }
}

async function main(config: Config): Promise<void> {
  const { batchedOutput, createLog } = await import('./base/log.js');
  const { secretsOf } = await import('./config/secrets.js');
  const clock = systemClock;
  const output = batchedOutput(clock);
  // Whatever ends the process: lines that wait are written.
  process.on('exit', () => output.close());
  const { level, levelNames, isoTime } = config.log;
  const log = createLog(level, output, { clock, secrets: secretsOf(config), levelNames, isoTime });
  // What Node and libraries warn of is a line like all others.
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => log.warn({ name, warning: message }, 'Node warns'));
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
