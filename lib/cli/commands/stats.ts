import { type Command, Option } from 'commander';
import { NO_REGIONS, regionsOfFile } from '../../secondary-use/regions.js';
import { publishedStatistic, publishStatistic, type Statistic } from '../../secondary-use/statistics/statistics.js';
import { groupsOf } from '../../store/scan.js';
import { month } from '../arguments.js';
import type { Context } from '../context.js';
import type { Listing } from '../output.js';

interface Options {
  readonly regions?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly svg?: boolean;
}

/** An hour with all its regions. */
interface Hour {
  readonly hour: number;
  readonly persons: ReadonlyMap<string, number | null>;
}

const FEW = 'few';
const shown = (persons: number | null | undefined): string => (persons == null ? FEW : String(persons));

async function print(statistic: Statistic, { json, csv, svg }: Options, { out }: Context): Promise<void> {
  if (json) return out.json(statistic);
  if (csv || svg) {
    // Loaded where it is asked for: other commands do without.
    const { statisticChart, statisticCsv } = await import('../../secondary-use/statistics/rendered.js');
    if (svg) return out.line(statisticChart(statistic));
    for (const piece of statisticCsv(statistic)) await out.write(piece);
    return;
  }
  const { cells, totals, period, threshold, timeZone } = statistic;
  const regions = [...new Set(cells.map(({ region }) => region))];
  const listing: Listing<Hour> = {
    none: '',
    json: (row) => row,
    columns: [
      { name: 'hour', of: ({ hour }) => String(hour) },
      ...[...regions, 'all'].map((region) => ({ name: region, of: ({ persons }: Hour) => shown(persons.get(region)) })),
    ],
  };
  const rows = async function* (): AsyncGenerator<Hour> {
    for (const [hour, total] of totals.entries()) {
      const own = cells.filter((cell) => cell.hour === hour).map(({ region, persons }) => [region, persons] as const);
      yield { hour, persons: new Map([...own, ['all', total] as const]) };
    }
  };
  await out.list(rows(), listing, {});
  out.note(
    `persons with calls in ${period}, by hour of the day in ${timeZone}; ${FEW}: not shown, fewer than ${threshold}`,
  );
}

export function addStats(program: Command, context: Context): void {
  const { withRedis, withRegister, config } = context;
  const stats = program
    .command('stats')
    .description('traffic by region and hour, of those who agreed to `statistics`; groups under 20 are not shown');
  const command = (name: string, description: string): Command =>
    stats
      .command(name)
      .description(description)
      .argument('<period>', 'a month, as 2026-11', month)
      .option('--json', 'as JSON')
      .addOption(new Option('--csv', 'as CSV (RFC 4180)').conflicts('json'))
      .addOption(new Option('--svg', 'as a chart').conflicts(['json', 'csv']));
  command('publish', 'computes a month that is over, once: from then on it has the same answer')
    .option('--regions <file>', 'CSV with the columns prefix,region: where a number is')
    .action(async (period: string, options: Options) => {
      const regions = options.regions === undefined ? NO_REGIONS : regionsOfFile(options.regions);
      const pilots = await withRedis((session) => groupsOf(session));
      const { timeZone } = config().operator;
      const statistic = await withRegister((consent) => publishStatistic(consent, regions, pilots, period, timeZone));
      await print(statistic, options, context);
    });
  command('show', 'what was published').action(async (period: string, options: Options) => {
    await print(await withRegister((consent) => publishedStatistic(consent, period)), options, context);
  });
}
