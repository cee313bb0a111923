import { Counter, type Registry } from 'prom-client';
import type { Count, Labels } from '../base/meter.js';
import { bounded, type LabelValues, labelsWithin } from './metric-labels.js';

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
  readonly #values: LabelValues;
  readonly #cells = new Map<string, Cell>();

  constructor(name: string, help: string, values: LabelValues, registers: Registry[]) {
    this.#values = values;
    for (const labels of labelsWithin(values)) this.#cells.set(keyOf(labels, values), new Cell(labels));
    const cells = [...this.#cells.values()];
    new Counter({
      name,
      help,
      labelNames: Object.keys(values),
      registers,
      collect() {
        this.reset();
        for (const { labels, value } of cells) this.inc(labels, value);
      },
    });
  }

  /** Undefined: this metric has no such labels. */
  cell(labels: Labels): Cell | undefined {
    const kept = bounded(labels, this.#values);
    return kept && this.#cells.get(keyOf(kept, this.#values));
  }

  get total(): number {
    let total = 0;
    for (const { value } of this.#cells.values()) total += value;
    return total;
  }
}

/** The values in the order of the table. */
function keyOf(labels: Labels, values: LabelValues): string {
  let key = '';
  for (const name in values) key += `${labels[name]}\n`;
  return key;
}
