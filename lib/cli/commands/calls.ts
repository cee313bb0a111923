import { type Command, Option } from 'commander';
import { callsOf, type Filter } from '../../lookups/calls.js';
import { caller, count, instant, member, number, separator } from '../arguments.js';
import type { Context } from '../context.js';
import { WrongUsage } from '../exit.js';
import { LIVE_CALLS, liveCalls } from '../live-view.js';
import { CALLS } from '../record-view.js';

interface Options extends Filter {
  readonly limit: number;
  readonly all?: boolean;
  readonly live?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly separator: string;
  readonly bom?: boolean;
}

function entryId(text: string): string {
  if (/^\d{1,15}-\d{1,15}$/.test(text)) return text;
  throw new WrongUsage('--before: write the id of a call as it is in the list, as 1764100000000-0');
}

export function addCalls(program: Command, { out, withRedis, clock }: Context): void {
  const time = instant(() => clock.now());
  program
    .command('calls')
    .description('calls that are over, or with --live those that go on; the newest first')
    .option('--pilot <number>', 'of this group', number)
    .option('--member <number>', 'in which this member was considered; a SIP URI, too', member)
    .option('--caller <number>', 'of this caller, unless he was withheld', caller)
    .option('--since <time>', 'begun at this time or later: 2026-11-25T18:00Z, 2026-11-25, or 2h, 3d ago', time)
    .option('--until <time>', 'begun before this time', time)
    .option('--before <id>', 'older than this one: the `id` of the JSON and the CSV', entryId)
    .option('--limit <count>', 'so many', count, 20)
    .addOption(new Option('--all', 'all of them').conflicts('limit'))
    .addOption(new Option('--live', 'those that go on now, of all nodes').conflicts(['since', 'until', 'before']))
    .option('--json', 'as JSON')
    .addOption(new Option('--csv', 'as CSV (RFC 4180)').conflicts('json'))
    .option('--separator <sign>', 'of the CSV', separator, ',')
    .option('--bom', 'the CSV begins with a byte order mark, as Excel likes it')
    .action(async (options: Options) => {
      const csv = options.csv ? { separator: options.separator, bom: options.bom === true } : undefined;
      const form = { json: options.json, csv, most: options.all ? undefined : options.limit };
      await withRedis((session) =>
        options.live
          ? out.list(liveCalls(session, options), LIVE_CALLS, form)
          : out.list(callsOf(session, options), CALLS, form),
      );
    });
}
