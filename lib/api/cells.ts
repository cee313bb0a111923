import type { Labels } from '../base/meter.js';
import { bounded, type LabelValues, labelsWithin } from './metric-labels.js';

/** One cell for each combination of labels that a metric may have, all there from the start. */
export class Cells<Cell> {
  readonly all: readonly Cell[];
  readonly #values: LabelValues;
  readonly #byKey: ReadonlyMap<string, Cell>;
  /** Of a metric without labels. */
  readonly #only: Cell | undefined;

  constructor(values: LabelValues, make: (labels: Labels) => Cell) {
    this.#values = values;
    this.#byKey = new Map(labelsWithin(values).map((labels) => [keyOf(labels, values), make(labels)]));
    this.all = [...this.#byKey.values()];
    this.#only = Object.keys(values).length === 0 ? this.all[0] : undefined;
  }

  /** Undefined: this metric has no such labels. */
  find(labels: Labels | undefined): Cell | undefined {
    if (labels === undefined) return this.#only;
    const kept = bounded(labels, this.#values);
    return kept && this.#byKey.get(keyOf(kept, this.#values));
  }
}

/** The values in the order of the table. */
function keyOf(labels: Labels, values: LabelValues): string {
  let key = '';
  for (const name in values) key += `${labels[name]}\n`;
  return key;
}
