import { type Command, InvalidArgumentError, Option } from 'commander';
import { createIds } from '../../base/ids.js';
import { Charges, type Doubt, type MonthOfCharges } from '../../charges/charges.js';
import { csvOf } from '../../charges/csv.js';
import { jsonOf, linesOf, type Row } from '../../charges/document.js';
import { amountOf } from '../../charges/prices.js';
import { chargeSettings } from '../../settings.js';
import { month, number, separator } from '../arguments.js';
import type { Context } from '../context.js';
import { WrongUsage } from '../exit.js';
import type { Listing } from '../output.js';
import type { Session } from '../session.js';

interface Options {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly separator: string;
  readonly bom?: boolean;
  readonly close?: boolean;
  /** The group of which a closed month is corrected. */
  readonly correct?: string;
  readonly cents?: number;
  readonly reason?: string;
  readonly owner?: string;
  readonly into?: string;
}

function cents(text: string): number {
  if (/^[+-]?\d{1,9}$/.test(text) && Number(text) !== 0) return Number(text);
  throw new InvalidArgumentError('write whole cents with a sign, as -300.');
}

const LINES: Listing<Row> = {
  columns: [
    { name: 'group', of: ({ group }) => group },
    { name: 'owner', of: ({ owner }) => owner ?? '' },
    { name: 'price', of: (row) => (row.kind === 'fee' ? row.price : `correction of ${row.of}`) },
    { name: 'amount', of: ({ cents: amount, currency }) => `${amountOf(amount)} ${currency}` },
    { name: 'reason', of: ({ reason }) => reason },
  ],
  json: (row) => row,
  none: 'nothing is charged',
};

const chargesOn = (session: Session, context: Context): Charges =>
  new Charges({ redis: session, ids: createIds(), now: () => session.time, ...chargeSettings(context.config()) });

/** A table of the lines; their sum is told beside it. */
async function table({ pieces, isClosed }: MonthOfCharges, { out }: Context): Promise<void> {
  let sum = 0;
  let unit = '';
  const rows = async function* (): AsyncGenerator<Row> {
    for await (const some of linesOf(pieces)) {
      for (const row of some) {
        sum += row.cents;
        unit = row.currency;
        yield row;
      }
    }
  };
  const count = await out.list(rows(), LINES, {});
  if (count > 0) out.note(`${count} lines, ${amountOf(sum)} ${unit} without VAT, ${isClosed ? 'closed' : 'open'}`);
}

async function print(
  charged: MonthOfCharges,
  { json, csv, separator: sign, bom }: Options,
  context: Context,
): Promise<void> {
  if (!json && !csv) return table(charged, context);
  let rows = 0;
  const counted = (lines: number): void => {
    rows += lines;
  };
  const text = csv ? csvOf(charged.pieces, { separator: sign, bom: bom === true, counted }) : jsonOf(charged.pieces);
  for await (const piece of text) await context.out.write(piece);
  if (csv) context.out.note(`${rows} lines, which are all`);
}

async function correct(charges: Charges, of: string, group: string, options: Options, { out }: Context): Promise<void> {
  const { cents: amount, reason, owner, into } = options;
  if (amount === undefined || reason === undefined) throw new WrongUsage('--correct needs --cents and --reason');
  const wanted = { of, group, cents: amount, reason };
  const isNew = await charges.correct({
    ...wanted,
    ...(owner !== undefined && { owner }),
    ...(into !== undefined && { into }),
  });
  out.note(isNew ? 'corrected' : 'the very same correction was there before');
}

export function addCharges(program: Command, context: Context): void {
  program
    .command('charges')
    .description('what a month costs the owners of groups; the same month, the same bytes')
    .argument('<month>', 'as 2026-11, in the time zone of the operator', month)
    .option('--json', 'as JSON')
    .addOption(new Option('--csv', 'as CSV (RFC 4180)').conflicts('json'))
    .option('--separator <sign>', 'of the CSV', separator, ',')
    .option('--bom', 'the CSV begins with a byte order mark, as Excel likes it')
    .option('--close', 'close the month, which is over: it stays as it is from then on')
    .addOption(
      new Option('--correct <group>', 'of the closed month: a line in an open one')
        .argParser(number)
        .conflicts('close'),
    )
    .option('--cents <amount>', 'of the correction, with its sign: --cents=-300', cents)
    .option('--reason <text>', 'of the correction')
    .option('--owner <id>', 'of the correction; else who paid for the group')
    .option('--into <month>', 'the open month; else the one that runs', month)
    .action(async (name: string, options: Options) => {
      await context.withRedis(async (session) => {
        const charges = chargesOn(session, context);
        if (options.correct !== undefined) return correct(charges, name, options.correct, options, context);
        const doubt = ({ text }: Doubt): void => context.out.note(text);
        const charged = options.close ? await charges.close(name, doubt) : await charges.month(name, doubt);
        await print(charged, options, context);
      });
    });
}
