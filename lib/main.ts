/** The entry: configuration, log, start, exit code. */
import { systemClock } from './base/clock.js';
import { CodedError } from './base/errors.js';
import { batchedOutput, createLog } from './base/log.js';
import { detachEnvironment } from './config/environment.js';
import { type Config, loadConfig } from './config/load.js';
import { Shutdown } from './shutdown.js';

function configuration(): Config | undefined {
  detachEnvironment();
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
  const clock = systemClock;
  const output = batchedOutput(clock);
  const log = createLog(config.log.level, output);
  process.on('unhandledRejection', (thrown) => log.error({ err: thrown }, 'a promise was rejected and nobody looked'));
  const drainMs = config.drain.deadlineSeconds * 1000;
  const shutdown = new Shutdown({ host: process, clock, log, drainMs, flush: () => output.close() });
  const { endings } = shutdown;
  await shutdown.start(async () => {
    // Loaded only now: signals are heard, and mistakes told, before the whole program has been read.
    const { compose } = await import('./compose.js');
    return compose({ config, clock, log, endings });
  });
}

const config = configuration();
if (config !== undefined) await main(config);
