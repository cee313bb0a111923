/**
 * `npm run faults`: the faults of Redis, disks and processes, played under calls with real processes on 127.0.0.1. Prints a table in
 * Markdown: what each one cost. `npm run faults -- WORD …` plays those whose names have one of the words; the drill of ten thousand
 * calls may be another size: `npm run faults -- 'ten thousand' --calls 2000 --rate 40`.
 */
import { parseArgs } from 'node:util';
import { Children } from '../bench/children.js';
import { FAULTS, type Fault } from './faults.js';
import { type Pace, type Played, play } from './play.js';
import { isExact, playThousands, SIZE, type Size, THOUSANDS, thousandsTable } from './thousands.js';

const PACE: Pace = { rate: 30, before: 2_000, behind: 3_000 };

const HEAD = [
  '| fault | calls | failed | records missing | doubled | turns missing | doubled | numbers wrong | provisional | recovered after |',
  '| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |',
];

const row = (name: string, played: Played): string =>
  [
    '',
    name,
    ...[played.calls, played.failed, played.recordsMissing, played.recordsDoubled, played.turnsMissing],
    ...[played.turnsDoubled, played.numbersWrong, played.provisional, `${played.recovery.toFixed(1)} s`],
    '',
  ]
    .join(' | ')
    .trim();

/** What no fault may cost, but the death of a process. */
const isIntact = ({ costs }: Fault, played: Played): boolean =>
  played.recordsDoubled + played.turnsDoubled + played.numbersWrong === 0 &&
  (costs === true || played.recordsMissing + played.turnsMissing === 0);

async function main(words: readonly string[], size: Size): Promise<boolean> {
  const children = new Children();
  const isChosen = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
  const chosen = FAULTS.filter(({ name }) => isChosen(name));
  if (chosen.length === 0 && !isChosen(THOUSANDS)) {
    const names = [...FAULTS.map(({ name }) => name), THOUSANDS];
    throw new Error(`no fault has that in its name; there are: ${names.join('; ')}`);
  }
  const lines = [...HEAD];
  let intact = true;
  for (const fault of chosen) {
    process.stderr.write(`· ${fault.name} …\n`);
    try {
      const played = await play(children, fault, PACE);
      lines.push(row(fault.name, played));
      intact &&= isIntact(fault, played);
      process.stderr.write(`${lines.at(-1)} ${isIntact(fault, played) ? '' : '✗'}\n`);
    } catch (thrown) {
      intact = false;
      lines.push(`| ${fault.name} | could not be played |`);
      process.stderr.write(`${thrown instanceof Error ? thrown.stack : String(thrown)}\n`);
    }
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  if (isChosen(THOUSANDS)) {
    process.stderr.write(`· ${THOUSANDS} …\n`);
    const counted = await playThousands(children, size);
    process.stdout.write(thousandsTable(counted, size));
    intact &&= isExact(counted, size);
  }
  return intact;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { calls: { type: 'string' }, rate: { type: 'string' } },
});
const { calls = SIZE.calls, rate = SIZE.rate } = values;
process.exit((await main(positionals, { calls: Number(calls), rate: Number(rate) })) ? 0 : 1);
