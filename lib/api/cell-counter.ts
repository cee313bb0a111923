import { Counter, type Registry } from 'prom-client';
import type { Count, Labels } from '../base/meter.js';
import { Cells } from './cells.js';
import type { LabelValues } from './metric-labels.js';

/** A number: prom-client looks labels up in a table by a text made of them, which is too much for each message. */
class Cell implements Count {
  readonly labels: Labels;
  value = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  /** A counter never falls: what would make it fall is left out. */
  add(by = 1): void {
    if (by > 0) this.value += by;
  }
}

/** A counter with all its cells from the start. */
export class CellCounter {
  readonly #cells: Cells<Cell>;

  constructor(name: string, help: string, values: LabelValues, registers: Registry[]) {
    const cells = new Cells(values, (labels) => new Cell(labels));
    this.#cells = cells;
    new Counter({
      name,
      help,
      labelNames: Object.keys(values),
      registers,
      collect() {
        this.reset();
        for (const { labels, value } of cells.all) this.inc(labels, value);
      },
    });
  }

  /** Undefined: this metric has no such labels. */
  cell(labels: Labels | undefined): Count | undefined {
    return this.#cells.find(labels);
  }

  get total(): number {
    let total = 0;
    for (const { value } of this.#cells.all) total += value;
    return total;
  }
}
