import { type Command, Option } from 'commander';
import { operatorName } from '../../consent/names.js';
import { OUTCOMES, type ReviewView } from '../../secondary-use/review/review.js';
import { Reviews } from '../../secondary-use/review/reviews.js';
import type { Context } from '../context.js';
import type { Listing } from '../output.js';

interface Options {
  readonly json?: boolean;
  readonly text: string;
  readonly by: string;
  readonly reason: string;
  readonly outcome: string;
}

const OPEN: Listing<ReviewView> = {
  none: 'nothing waits for a human',
  json: (review) => review,
  columns: [
    { name: 'decision', of: ({ id }) => id },
    { name: 'of', of: ({ decision }) => decision.kind },
    { name: 'was', of: ({ decision: { outcome, logic } }) => `${outcome}${logic === null ? '' : ` by ${logic}`}` },
    {
      name: 'reasons',
      of: ({ decision }) =>
        decision.reasons
          .filter(({ met }) => !met)
          .map(({ code }) => code)
          .join(' '),
    },
    { name: 'contested', of: ({ contested }) => contested?.at ?? '' },
    { name: 'answer by', of: ({ deadline, overdue }) => `${deadline ?? ''}${overdue ? ' OVERDUE' : ''}` },
  ],
};

async function show(review: ReviewView, { json }: Options, { out }: Context): Promise<void> {
  if (json) return out.json(review);
  const { decision, contested, resolution, effect, deadline, overdue } = review;
  await out.pairs([
    ['decision', review.id],
    ['of', `${decision.kind}, consent:{${decision.sid}}`],
    ['made', `${decision.at} by ${decision.logic ?? 'nobody: it waits for a human'}`],
    ['outcome', decision.outcome],
    ...decision.reasons.map(({ code, met, en }) => [`${met ? '+' : '-'} ${code}`, en] as const),
    ...(contested === null ? [] : [['contested', `${contested.at} by ${contested.by} ${contested.text}`] as const]),
    ...(deadline === null ? [] : [['answer by', `${deadline}${overdue ? ' OVERDUE' : ''}`] as const]),
    ...(resolution === null
      ? []
      : [['resolved', `${resolution.at} by ${resolution.by}: ${resolution.reason}`] as const]),
    ['counts now', effect],
  ]);
}

export function addReview(program: Command, context: Context): void {
  const review = program.command('review').description('decisions about customers that humans look at');
  const { out, withRegister } = context;
  const one = (name: string, description: string): Command =>
    review.command(name).description(description).argument('<id>', 'of the decision').option('--json', 'as JSON');
  const on = (action: (reviews: Reviews) => Promise<ReviewView>, options: Options): Promise<void> =>
    withRegister(async ({ link }) => show(await action(new Reviews(link)), options, context));

  review
    .command('list')
    .description('those that wait for a human, the most urgent first')
    .option('--json', 'as JSON')
    .action(async ({ json }: Options) => {
      await withRegister(({ link }) => out.list(new Reviews(link).open(), OPEN, { json }));
    });
  one('show', 'a decision, what counts now, and what a human made of it').action((id: string, options: Options) =>
    on((reviews) => reviews.find(id), options),
  );
  one('contest', 'the customer does not take it: it has no effect until a human has looked at it')
    .option('--text <words>', 'what the customer says', '')
    .action((id: string, options: Options) =>
      on((reviews) => reviews.contest(id, operatorName(context.user), options.text), options),
    );
  one('resolve', 'a human decides; the decision of before stays as it was made')
    .requiredOption('--by <name>', 'who has looked at it')
    .requiredOption('--reason <text>', 'why, in words')
    .addOption(
      new Option('--outcome <outcome>', 'what counts from now on').choices([...OUTCOMES]).makeOptionMandatory(),
    )
    .action((id: string, options: Options) => on((reviews) => reviews.resolve(id, options), options));
}
