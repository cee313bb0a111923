/** What one message costs as one thing in it grows, from 1 to 64 kB: read by all of engine and service that reads it. */
import { GROWING, LARGEST, readWhole } from '../../support/growing.js';
import { say } from '../report.js';
import { figure, markdown } from '../table.js';
import type { Grown } from './main.js';

const SIZES = [1, 4, 16, 64] as const;
const LARGEST_KB = 64;
const ROUNDS = 15;
const WARM_UP = 30;
/** So much may 64 kB cost, whatever they hold. */
const MOST_MS = 3;

interface Row {
  readonly what: string;
  /** Milliseconds at each size, and whether the largest was taken. */
  readonly invite: readonly number[];
  readonly answer: readonly number[];
  readonly isTaken: boolean;
}

/** The quickest of some: what others do on the machine makes it slower only. */
function quickest(text: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    // Not the very text of the round before, whose pieces may be remembered.
    const fresh = ` ${text}`.slice(1);
    const before = process.hrtime.bigint();
    readWhole(fresh);
    best = Math.min(best, Number(process.hrtime.bigint() - before) / 1e6);
  }
  return best;
}

export async function messages(): Promise<Grown> {
  const bytes = (kb: number): number => Math.round((LARGEST * kb) / LARGEST_KB);
  for (let round = 0; round < WARM_UP; round++)
    for (const { text } of GROWING) for (const kind of [true, false]) readWhole(text(kind, bytes(1)));
  const rows = GROWING.map(({ what, text }): Row => {
    const times = (isRequest: boolean): number[] => SIZES.map((kb) => quickest(text(isRequest, bytes(kb))));
    const row = { what, invite: times(true), answer: times(false), isTaken: readWhole(text(true, LARGEST)) };
    say(`${figure(Math.max(...row.invite, ...row.answer)).padStart(7)} ms  ${what}`);
    return row;
  });
  const all = (times: readonly number[]): string => times.map(figure).join(', ');
  const table = markdown<Row>(
    [
      { head: 'what grows', left: true, cell: ({ what }) => what },
      { head: 'INVITE of 1, 4, 16, 64 kB, ms', cell: ({ invite }) => all(invite) },
      { head: '200, ms', cell: ({ answer }) => all(answer) },
      { head: '64 kB are', left: true, cell: ({ isTaken }) => (isTaken ? 'taken' : 'refused') },
    ],
    rows,
  );
  const worst = Math.max(...rows.flatMap(({ invite, answer }) => [...invite, ...answer]));
  const verdict = worst <= MOST_MS ? 'within' : 'ABOVE';
  return { text: `${table}\n\nThe costliest: ${figure(worst)} ms, ${verdict} ${MOST_MS} ms.`, trials: [], raw: rows };
}
