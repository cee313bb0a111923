import type { Metric, Registry } from 'prom-client';
import type { Labels } from '../base/meter.js';
import { Cells } from './cells.js';
import type { LabelValues } from './metric-labels.js';

/** Of one combination of labels. */
class Cell {
  readonly labels: Labels;
  /** By bucket; behind them, those above all. */
  readonly counts: number[];
  sum = 0;

  constructor(labels: Labels, buckets: readonly number[]) {
    this.labels = labels;
    this.counts = [...buckets, Number.POSITIVE_INFINITY].map(() => 0);
  }
}

/** One line of the text format. */
interface Value {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/**
 * A histogram with all its cells from the start. prom-client's own hashes labels and walks objects for each observation; this one gives
 * it what it renders, when somebody reads.
 */
export class CellHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #cells: Cells<Cell>;
  readonly #buckets: readonly number[];

  constructor(name: string, help: string, values: LabelValues, buckets: readonly number[], registry: Registry) {
    this.name = name;
    this.help = help;
    this.#buckets = buckets;
    this.#cells = new Cells(values, (labels) => new Cell(labels, buckets));
    // The registry asks for no more of a metric than its name and `get`.
    registry.registerMetric(this as unknown as Metric);
  }

  /** @returns false: this metric has no such labels */
  observe(seconds: number, labels: Labels | undefined): boolean {
    const cell = this.#cells.find(labels);
    if (cell === undefined) return false;
    const buckets = this.#buckets;
    let bucket = 0;
    while (bucket < buckets.length && seconds > (buckets[bucket] as number)) bucket++;
    cell.counts[bucket] = (cell.counts[bucket] as number) + 1;
    cell.sum += seconds;
    return true;
  }

  /** For the registry. */
  async get(): Promise<Pick<this, 'name' | 'help' | 'type' | 'aggregator'> & { readonly values: readonly Value[] }> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.#cells.all.flatMap((cell) => this.#valuesOf(cell)) };
  }

  /** A bucket counts all that is in those below it, too. */
  #valuesOf({ labels, counts, sum }: Cell): Value[] {
    let count = 0;
    const values = counts.map((more, at): Value => {
      count += more;
      return {
        metricName: `${this.name}_bucket`,
        labels: { le: this.#buckets[at] ?? '+Inf', ...labels },
        value: count,
      };
    });
    return [
      ...values,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}
