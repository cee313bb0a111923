#!/usr/bin/env node
/** The command `virkne`. */
import { userInfo } from 'node:os';
import { systemClock } from '../base/clock.js';
import { loadConfig } from '../config/load.js';
import type { Context } from './context.js';
import { Output } from './output.js';
import { run } from './program.js';
import { withConsent } from './register.js';
import { withSession } from './session.js';

/** There may be no name for the number under which we run, as in a container. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

// Whoever reads what we say may have seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const context: Context = {
  out: new Output(process.stdout, process.stderr),
  clock: systemClock,
  config: loadConfig,
  user: userName(),
  withRedis: withSession(loadConfig, systemClock),
  withRegister: withConsent(loadConfig, systemClock),
  serve: async () => {
    await import('../main.js');
  },
};

const code = await run(process.argv.slice(2), context);
// The service has a code of its own when it ends.
process.exitCode ??= code;
