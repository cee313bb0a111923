import type { Fee } from './fees.js';
import type { Month } from './month.js';

/** A correction of a closed month: a line of its own, with a sign, in a month that is open. */
export interface Correction {
  readonly kind: 'correction';
  /** The closed month. */
  readonly of: string;
  readonly group: string;
  readonly owner: string | null;
  readonly cents: number;
  readonly reason: string;
}

export type Line = Fee | Correction;

/** The version of the document: grows when something changes its meaning. */
const CHARGES_SCHEMA = 1;

/** Lines in one piece. */
const PIECE = 500;

/**
 * A month's charges as JSON, in pieces: the head, lines, more lines, the tail. Made in pieces, kept in pieces and printed in pieces, so
 * that a million groups need no more memory than one; all of them joined by `join` are the document, the same bytes each time.
 */
export async function* documentOf(
  { name, timeZone }: Pick<Month, 'name' | 'timeZone'>,
  currency: string,
  lines: AsyncIterable<Line>,
): AsyncGenerator<string> {
  const about = { schema: CHARGES_SCHEMA, month: name, timeZone, currency, vat: 'excluded' };
  yield `${JSON.stringify(about).slice(0, -1)},"lines":[`;
  const totals = new Totals();
  let piece: string[] = [];
  for await (const line of lines) {
    totals.add(line);
    piece.push(JSON.stringify(line));
    if (piece.length < PIECE) continue;
    yield piece.join(',\n');
    piece = [];
  }
  if (piece.length > 0) yield piece.join(',\n');
  yield `],${JSON.stringify(totals.summary()).slice(1)}`;
}

interface OfPrice {
  readonly price: string;
  readonly cents: number;
  count: number;
  sum: number;
}

/** Fees × price, price by price, and what is paid in all. */
class Totals {
  readonly #prices = new Map<string, OfPrice>();
  readonly #corrections = { count: 0, sum: 0 };
  #total = 0;

  add(line: Line): void {
    if (!Number.isSafeInteger(line.cents) || line.cents === 0) throw new RangeError(`a charge of ${line.cents} cents`);
    this.#total += line.cents;
    const of = line.kind === 'fee' ? this.#ofPrice(line) : this.#corrections;
    of.count += 1;
    of.sum += line.cents;
  }

  #ofPrice({ price, cents }: Fee): OfPrice {
    const known = this.#prices.get(price);
    if (known !== undefined) return known;
    const fresh: OfPrice = { price, cents, count: 0, sum: 0 };
    this.#prices.set(price, fresh);
    return fresh;
  }

  summary() {
    const fees = [...this.#prices.values()].sort((a, b) => (a.price < b.price ? -1 : 1));
    for (const { price, cents, count, sum } of fees) {
      if (count * cents !== sum) throw new RangeError(`${count} fees of ${price} are not ${sum} cents`);
    }
    if (fees.reduce((all, { sum }) => all + sum, this.#corrections.sum) !== this.#total) {
      throw new RangeError(`the sums of the prices are not ${this.#total} cents`);
    }
    return { fees, corrections: this.#corrections, total: this.#total };
  }
}

const isTail = (piece: string): boolean => piece.startsWith(']');

/** The document out of its pieces, a line of text for each line. */
export async function* jsonOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let at = 0;
  for await (const piece of pieces) {
    if (at > 0) yield at === 1 || isTail(piece) ? '\n' : ',\n';
    yield piece;
    at += 1;
  }
  yield '\n';
}

/** The lines out of the pieces, many at a time, each with what stands in the head. */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<readonly Row[]> {
  let head: Pick<Row, 'month' | 'currency'> | undefined;
  for await (const piece of pieces) {
    if (head === undefined) head = JSON.parse(`${piece}]}`);
    else if (!isTail(piece)) {
      const { month, currency } = head;
      yield (JSON.parse(`[${piece}]`) as Line[]).map((line) => ({ ...line, month, currency }));
    }
  }
}

export type Row = Line & { readonly month: string; readonly currency: string };
