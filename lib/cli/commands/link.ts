/** A link to the customer's own page. */
import type { Command } from 'commander';
import { personOf, stopUrl } from '../../api/pages/my/stop-link.js';
import { digestOf, linkUrl, Signer } from '../../api/pages/my/tokens.js';
import { PageAccess } from '../../store/page-access.js';
import { count, isoTime, number } from '../arguments.js';
import type { Context } from '../context.js';
import { Refusal, WrongUsage } from '../exit.js';

const MINUTE = 60_000;
const MOST_MINUTES = 1_440;

export function addLink(program: Command, { out, config, withRedis, withRegister }: Context): void {
  program
    .command('link')
    .description('a link to the page on which the customer of a number sees and changes what is his; it works once')
    .argument('<number>', 'whose page: the number of a group, or any other', number)
    .option('--minutes <count>', 'for how long the link may be used: 30 unless pages.linkMinutes says otherwise', count)
    .option(
      '--stop <pair>',
      'instead, the link of a message that withdraws this consent and nothing else, such as offers:email',
    )
    .option('--json', 'as JSON')
    .action(async (whose: string, options: { minutes?: number; stop?: string; json?: boolean }) => {
      const { baseUrl, secret, linkMinutes } = config().pages;
      const minutes = options.minutes ?? linkMinutes;
      if (minutes > MOST_MINUTES) throw new WrongUsage(`--minutes: at most ${MOST_MINUTES}`);
      if (baseUrl === undefined || secret === undefined) {
        throw new Refusal(
          'there are no pages: set pages.baseUrl and pages.secret (PAGES_URL, PAGES_SECRET), the same for the service',
        );
      }
      if (options.stop !== undefined) {
        const { stop: pair } = options;
        const url = await withRegister(async ({ register }) => {
          const state = await register.state(whose);
          if (!state.pairs.some((one) => one.pair === pair)) throw new WrongUsage(`--stop: there is no ${pair}`);
          return stopUrl(baseUrl, secret, { number: whose, pair, person: personOf(state.sid) });
        });
        return options.json ? out.json({ url }) : out.line(url);
      }
      const token = new Signer(secret).newLink();
      const until = await withRedis((session) =>
        new PageAccess(() => session).give(digestOf(token), whose, minutes * MINUTE),
      );
      const url = linkUrl(baseUrl, token);
      if (options.json) return out.json({ url, until: isoTime(until) });
      await out.line(url);
      out.note(`works once, until ${isoTime(until)}; older links of ${whose} work no more`);
    });
}
