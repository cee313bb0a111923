/** The hot parts, one by one, in one process. */
import { loadavg } from 'node:os';
import type { Options } from '../options.js';
import { publish, say } from '../report.js';
import { figure, markdown } from '../table.js';
import { wholeCall } from './call.js';
import { parts } from './parts.js';
import { store } from './store.js';
import type { Timed } from './timing.js';

/** One process alone is disturbed when more than its own core was wanted before. */
const QUIET_LOAD = 1;

/** `--only` chooses among `parts`, `redis` and `call`. */
export async function micro({ only }: Options): Promise<void> {
  const wanted = (name: string): boolean => only.length === 0 || only.includes(name);
  const [load = 0] = loadavg();
  const results: Timed[] = [];
  const keep = (timed: readonly Timed[]): void => {
    for (const one of timed) {
      results.push(one);
      say(`${figure(one.ns.median / 1000).padStart(8)} µs  ${one.name}`);
    }
  };
  if (wanted('parts')) for (const part of parts()) keep([part()]);
  if (wanted('redis')) keep(await store());
  if (wanted('call')) keep(await wholeCall());
  const micros = (ns: number): string => figure(ns / 1000);
  const table = markdown<Timed>(
    [
      { head: 'operation', left: true, cell: ({ name }) => name },
      { head: 'µs, median', cell: ({ ns }) => micros(ns.median) },
      { head: 'range', cell: ({ ns }) => `${micros(ns.min)}–${micros(ns.max)}` },
      { head: 'of', left: true, cell: ({ of }) => of },
    ],
    results,
  );
  const warning = load > QUIET_LOAD ? `\n\n⚠ The load average was ${load.toFixed(1)} before: the ranges show it.` : '';
  publish({ name: 'micro', text: table + warning, raw: results });
}
