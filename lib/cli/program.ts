/** The command line as a whole: which commands there are, and which code each end has. */
import { Command, CommanderError } from 'commander';
import { programVersion } from '../base/version.js';
import { addAdvice } from './commands/advice.js';
import { addCalls } from './commands/calls.js';
import { addCharges } from './commands/charges.js';
import { addConsent } from './commands/consent.js';
import { addContacts } from './commands/contacts.js';
import { addCustomer } from './commands/customer.js';
import { addExplain } from './commands/explain.js';
import { addGroup } from './commands/group.js';
import { addLink } from './commands/link.js';
import { addNext } from './commands/next.js';
import { addReview } from './commands/review.js';
import { addServe } from './commands/serve.js';
import { addStats } from './commands/stats.js';
import { addSubject } from './commands/subject.js';
import { addVerifyTurns } from './commands/verify-turns.js';
import type { Context } from './context.js';
import { EXIT, type ExitCode, exitCodeOf, toldOf } from './exit.js';

const COMMANDS = [
  ...[addServe, addGroup, addNext, addCalls, addExplain, addVerifyTurns, addCharges, addSubject],
  ...[addConsent, addLink, addAdvice, addReview, addContacts, addStats, addCustomer],
];

const ENDINGS = `
Configuration: as the service's, from VIRKNE_CONFIG and the environment (REDIS_URL, …).
Exit status: 0 done, 1 refused or not found, 2 wrong usage, 3 Redis away.`;

/** Runs one command. Never rejects. */
export async function run(args: readonly string[], context: Context): Promise<ExitCode> {
  let written = Promise.resolve();
  const program = new Command('virkne')
    .description('Sequential ringing for carrier SIP trunks.')
    .version(programVersion())
    .addHelpText('after', ENDINGS)
    .exitOverride()
    .showHelpAfterError('(--help says more)')
    .configureOutput({
      writeOut: (text) => {
        written = written.then(() => context.out.write(text));
      },
      writeErr: (text) => context.out.note(text.trimEnd()),
    });
  for (const add of COMMANDS) add(program, context);
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    context.out.note(`virkne: ${toldOf(thrown)}`);
    return exitCodeOf(thrown);
  } finally {
    await written;
  }
}
