/** Credit checks and loyalty: what a shop or the customer care asks of one customer. */
import { type Command, InvalidArgumentError } from 'commander';
import { isDate } from '../../base/dates.js';
import { createIds } from '../../base/ids.js';
import { bureauOfFile } from '../../secondary-use/credit/bureau.js';
import { checkCredit } from '../../secondary-use/credit/credit.js';
import { restoreLoyalty, saveLoyalty } from '../../secondary-use/loyalty/loyalty.js';
import { count } from '../arguments.js';
import type { Context } from '../context.js';
import { Refusal } from '../exit.js';

interface Json {
  readonly json?: boolean;
}

function day(text: string): string {
  if (isDate(text)) return text;
  throw new InvalidArgumentError('write the day as 2019-03-01.');
}

export function addCustomer(program: Command, { out, withRegister }: Context): void {
  program
    .command('credit')
    .description(
      'whether a customer is solvent: a bureau is asked with the consent `credit`, else a human looks at what he shows',
    )
    .argument('<number>', 'of the customer')
    .requiredOption('--cents <amount>', 'of the purchase, in whole cents', count)
    .requiredOption('--bureau <file>', 'CSV with the columns number,cents: up to which amount')
    .option('--json', 'as JSON')
    .action(async (number: string, { cents, bureau, json }: Json & { cents: number; bureau: string }) => {
      const port = bureauOfFile(bureau);
      const check = await withRegister((consent) => checkCredit(consent, port, createIds(), number, cents));
      if (json) await out.json(check);
      else if (check.route === 'bureau') await out.line(check.outcome);
      if (check.route === 'manual')
        throw new Refusal(`a human decides on what the customer shows: virkne review resolve ${check.review.id}`);
    });

  const loyalty = program
    .command('loyalty')
    .description('accrued loyalty, restored within two years; by the consent `loyalty`');
  const one = (name: string, description: string): Command =>
    loyalty.command(name).description(description).argument('<number>', 'of the customer').option('--json', 'as JSON');
  one('save', 'keeps what the customer has; what was saved before counts no more')
    .requiredOption('--points <count>', 'how many', count)
    .requiredOption('--since <day>', 'since when he is a customer, as 2019-03-01', day)
    .action(async (number: string, { json, points, since }: Json & { points: number; since: string }) => {
      const saved = await withRegister((consent) => saveLoyalty(consent, number, { points, since }));
      if (json) await out.json(saved);
      if (!saved.allowed) throw new Refusal(`nothing is saved: loyalty is ${saved.reason}`);
      if (!json) out.note('saved');
    });
  one('restore', 'what was saved last, if that is less than two years ago').action(
    async (number: string, { json }: Json) => {
      const restored = await withRegister((consent) => restoreLoyalty(consent, number));
      if (json) await out.json(restored);
      if (!restored.allowed) throw new Refusal(`nothing is restored: loyalty is ${restored.reason}`);
      if (restored.loyalty === null) throw new Refusal('nothing was saved in the last two years');
      const { points, since, saved } = restored.loyalty;
      if (!json) await out.line(`${points} points, a customer since ${since}, saved ${saved}`);
    },
  );
}
