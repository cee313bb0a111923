import { linesOf, type Row } from './document.js';
import { amountOf } from './prices.js';

export interface CsvOptions {
  /** Without one, Excel takes UTF-8 for something else. */
  readonly bom?: boolean;
  /** Where a comma divides euros from cents, as in Latvia, Excel wants a semicolon between the fields. */
  readonly separator?: string;
}

const COLUMNS = [
  ...['month', 'kind', 'group', 'owner', 'plan', 'price', 'coversPlan', 'from', 'to', 'days', 'of', 'cents', 'amount'],
  ...['currency', 'reason'],
] as const;

/** RFC 4180 §2: quotes where a field has a separator, a quote or an end of line; quotes within are doubled. */
const fieldOf = (value: unknown, separator: string): string => {
  const text = value === null || value === undefined ? '' : String(value);
  return /["\r\n]/.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** The lines of a month as CSV by RFC 4180, in pieces, with a line that names the columns. */
export async function* csvOf(pieces: AsyncIterable<string>, options: CsvOptions = {}): AsyncGenerator<string> {
  const separator = options.separator ?? ',';
  const line = (values: readonly unknown[]): string =>
    `${values.map((value) => fieldOf(value, separator)).join(separator)}\r\n`;
  const row = (one: Row): string => {
    const values: Readonly<Record<string, unknown>> = { ...one, amount: amountOf(one.cents) };
    return line(COLUMNS.map((column) => values[column]));
  };
  yield `${options.bom ? '\ufeff' : ''}${line(COLUMNS)}`;
  for await (const rows of linesOf(pieces)) yield rows.map(row).join('');
}
