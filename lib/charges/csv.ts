import { BOM, csvLine } from '../base/csv.js';
import { linesOf, type Row } from './document.js';
import { amountOf } from './prices.js';

interface CsvOptions {
  /** Without one, Excel takes UTF-8 for something else. */
  readonly bom?: boolean;
  /** Where a comma divides euros from cents, as in Latvia, Excel wants a semicolon between the fields. */
  readonly separator?: string;
  /** Told of each piece how many lines it has. */
  readonly counted?: (lines: number) => void;
}

const COLUMNS = [
  ...['month', 'kind', 'group', 'owner', 'plan', 'price', 'coversPlan', 'from', 'to', 'days', 'of', 'cents', 'amount'],
  ...['currency', 'reason'],
] as const;

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** The lines of a month as CSV by RFC 4180, in pieces, with a line that names the columns. */
export async function* csvOf(pieces: AsyncIterable<string>, options: CsvOptions = {}): AsyncGenerator<string> {
  const separator = options.separator ?? ',';
  const row = (one: Row): string => {
    const values: Readonly<Record<string, unknown>> = { ...one, amount: amountOf(one.cents) };
    return csvLine(
      COLUMNS.map((column) => textOf(values[column])),
      separator,
    );
  };
  yield `${options.bom ? BOM : ''}${csvLine(COLUMNS, separator)}`;
  for await (const rows of linesOf(pieces)) {
    options.counted?.(rows.length);
    yield rows.map(row).join('');
  }
}
