/** Draws a call as a ladder: one column for each party, one row for each message, time downwards. Text in, text out. */

export interface Arrow {
  /** Milliseconds since the call began. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** Said beside the row. */
  readonly note?: string;
}

const TIME_WIDTH = 9;
const GAP = 15;
const TIMELINE = '│';

const columnOf = (parties: readonly string[], party: string): number => parties.indexOf(party) * GAP;

/** The names above the columns, and the first piece of the timelines. */
export function drawHead(parties: readonly string[]): string {
  const names = parties.map((name) => name.padStart((GAP + name.length) >> 1).padEnd(GAP)).join('');
  const indent = TIME_WIDTH + 1 - (GAP >> 1);
  return `${' '.repeat(indent)}${names}`.trimEnd();
}

/** One row: `  3.021  │            │─── CANCEL ─────────────►│`. */
export function drawArrow(parties: readonly string[], { at, from, to, label, note }: Arrow): string {
  const row: string[] = Array.from({ length: (parties.length - 1) * GAP + 1 }, (_, i) =>
    i % GAP === 0 ? TIMELINE : ' ',
  );
  const start = columnOf(parties, from);
  const end = columnOf(parties, to);
  const [left, right] = start < end ? [start, end] : [end, start];
  for (let i = left + 1; i < right; i++) row[i] = '─';
  if (start < end) row[right - 1] = '►';
  else row[left + 1] = '◄';
  const middle = left + 1 + ((right - left - label.length - 2) >> 1);
  [...` ${label} `].forEach((char, i) => {
    row[middle + i] = char;
  });
  return `${timeOf(at)}   ${row.join('')}${note === undefined ? '' : `  ${note}`}`;
}

/** A row without a message: the timelines, and what is said of that moment. */
export function drawNote(parties: readonly string[], at: number, note: string): string {
  const lines = parties.map(() => TIMELINE).join(' '.repeat(GAP - 1));
  return `${timeOf(at)}   ${lines}  ${note}`;
}

function timeOf(at: number): string {
  return (at / 1000).toFixed(3).padStart(TIME_WIDTH - 2);
}
