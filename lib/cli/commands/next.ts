import { type Command, Option } from 'commander';
import type { Lang } from '../../explain/language.js';
import { nextOf } from '../../lookups/next.js';
import { caller, number } from '../arguments.js';
import type { Context } from '../context.js';
import { language } from '../options.js';

interface Options {
  readonly caller?: string;
  readonly lang: Lang;
  readonly json?: boolean;
}

export function addNext(program: Command, { out, withRedis, config }: Context): void {
  program
    .command('next')
    .description('who would ring now, in which order, and why not the others; takes no turn')
    .argument('<pilot>', 'the number of the group', number)
    .addOption(new Option('--caller <number>', 'if this one called').argParser(caller))
    .addOption(language())
    .option('--json', 'as JSON')
    .action(async (pilot: string, { lang, json, caller: by }: Options) => {
      const { operator, ringing } = config();
      const question = { lang, timeZone: operator.timeZone, claimMembers: ringing.claimMembers, caller: by };
      const shown = await withRedis((session) => nextOf({ redis: session, now: session.time }, pilot, question));
      if (json) return out.json(shown);
      await out.lines([shown.headline, ...(shown.enabled ? shown.members.map(({ sentence }) => sentence) : [])]);
    });
}
