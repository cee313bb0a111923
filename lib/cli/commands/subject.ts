import { type Command, InvalidArgumentError, Option } from 'commander';
import { eraseSubject, wouldErase } from '../../privacy/erase.js';
import { exportSubject } from '../../privacy/export.js';
import { isSubject, Subject } from '../../privacy/subject.js';
import { erasureText, exportText, planText } from '../../privacy/text.js';
import { member } from '../arguments.js';
import type { Context } from '../context.js';
import { WrongUsage } from '../exit.js';

interface Json {
  readonly json?: boolean;
}

interface EraseOptions extends Json {
  readonly yes?: boolean;
  readonly by: string;
}

function subject(text: string): Subject {
  const written = member(text);
  if (isSubject(written)) return new Subject(written);
  throw new InvalidArgumentError('write a number in E.164, as +37120000001, or a SIP URI with a user and a host.');
}

export function addSubject(program: Command, context: Context): void {
  const command = program.command('subject').description('what is kept of a number: export, erase');
  addExport(command, context);
  addErase(command, context);
}

function addExport(command: Command, { out, withRedis }: Context): void {
  command
    .command('export')
    .description(
      'everything in which it is caller, member or pilot, with other numbers masked, and what an erasure would leave',
    )
    .argument('<number>', 'in E.164, or the SIP URI of a member', subject)
    .option('--json', 'as JSON')
    .action(async (whose: Subject, { json }: Json) => {
      const all = await withRedis((session) => exportSubject(session, whose, session.time));
      await (json ? out.json(all) : out.lines(exportText(all).trimEnd().split('\n')));
    });
}

function addErase(command: Command, { out, withRedis, user }: Context): void {
  command
    .command('erase')
    .description(
      'takes the number out of all that is kept, but for what the law wants kept, and says what stays; without --yes it says what would go',
    )
    .argument('<number>', 'in E.164, or the SIP URI of a member', subject)
    .addOption(new Option('--yes', 'do it: nothing brings it back'))
    .option('--by <name>', 'who erases it, for the audits of groups', user)
    .option('--json', 'as JSON')
    .action(async (whose: Subject, { yes, by, json }: EraseOptions) => {
      const erasure = await withRedis(async (session) => {
        if (yes) return eraseSubject(session, whose, session.time, by);
        throw new WrongUsage(
          `${planText(await wouldErase(session, whose, session.time))}nothing was erased: say --yes`,
        );
      });
      await (json ? out.json(erasure) : out.lines(erasureText(erasure).trimEnd().split('\n')));
    });
}
