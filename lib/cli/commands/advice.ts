import type { Command } from 'commander';
import type { Lang } from '../../explain/language.js';
import { adviseOn } from '../../secondary-use/advice/advise.js';
import { number } from '../arguments.js';
import type { Context } from '../context.js';
import { Refusal } from '../exit.js';
import { language } from '../options.js';

interface Options {
  readonly lang: Lang;
  readonly json?: boolean;
}

export function addAdvice(program: Command, { out, withRedis, withRegister, config }: Context): void {
  program
    .command('advice')
    .description(
      'what the calls of a group say of its ring time and order; only with the consent `usage` of its number',
    )
    .argument('<pilot>', 'the number of the group', number)
    .addOption(language())
    .option('--json', 'as JSON')
    .action(async (pilot: string, { lang, json }: Options) => {
      const { operator, ringing } = config();
      const question = { lang, timeZone: operator.timeZone, ringTimes: ringing.ringTimes };
      const advice = await withRegister((consent) =>
        withRedis((session) => adviseOn(consent, session, pilot, session.time, question)),
      );
      if (json) await out.json(advice);
      if (!advice.allowed) throw new Refusal(`advice on ${pilot} is not allowed: usage is ${advice.reason}`);
      if (!json) await out.lines(advice.sentences);
    });
}
