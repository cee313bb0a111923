import { Histogram, type Registry } from 'prom-client';
import type { Labels } from '../base/meter.js';
import { Cells } from './cells.js';
import { type LabelValues, labelsWithin } from './metric-labels.js';

/** So many at once: what prom-client does for one alone costs several times as much, as nothing of it is in the processor's caches. */
const BATCH = 100;

/** Of one combination of labels: what was observed and is not in the histogram yet. */
class Cell {
  readonly #labels: Labels;
  readonly #waiting: number[] = [];

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  /** @returns whether it is time to hand over */
  add(seconds: number): boolean {
    return this.#waiting.push(seconds) >= BATCH;
  }

  handOver(histogram: Histogram): void {
    for (const seconds of this.#waiting) histogram.observe(this.#labels, seconds);
    this.#waiting.length = 0;
  }
}

/** A histogram with all its cells from the start. */
export class CellHistogram {
  readonly #cells: Cells<Cell>;
  readonly #histogram: Histogram;

  constructor(name: string, help: string, values: LabelValues, buckets: readonly number[], registers: Registry[]) {
    const cells = new Cells(values, (labels) => new Cell(labels));
    const labelNames = Object.keys(values);
    this.#cells = cells;
    this.#histogram = new Histogram({
      ...{ name, help, labelNames, buckets: [...buckets], registers },
      collect() {
        for (const cell of cells.all) cell.handOver(this);
      },
    });
    for (const labels of labelsWithin(values)) this.#histogram.zero(labels);
  }

  /** @returns false: this metric has no such labels */
  observe(seconds: number, labels: Labels | undefined): boolean {
    const cell = this.#cells.find(labels);
    if (cell?.add(seconds)) cell.handOver(this.#histogram);
    return cell !== undefined;
  }
}
