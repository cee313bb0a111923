/** Tables as Markdown, so that what the terminal shows can go into a README as it is. */
import type { Spread } from './statistics.js';

export interface Column<Row> {
  readonly head: string;
  readonly left?: boolean;
  cell(row: Row): string;
}

export function markdown<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map(({ head }, i) => Math.max(head.length, 3, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, i) => (columns[i]?.left ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = columns.map(({ left }, i) =>
    left ? '-'.repeat(widths[i] ?? 3) : `${'-'.repeat((widths[i] ?? 3) - 1)}:`,
  );
  return [line(columns.map(({ head }) => head)), line(rule), ...cells.map(line)].join('\n');
}

/** `1.23`, `0.045`, `1234`: three significant digits, none invented, never in exponent form. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 100 || value === 0) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** `0.61 (0.58–0.66)` */
export const withRange = ({ median, min, max }: Spread): string => `${figure(median)} (${figure(min)}–${figure(max)})`;
