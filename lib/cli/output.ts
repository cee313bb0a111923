/** What a command says: on stdout one document and nothing else, everything else on stderr. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { BOM, csvLine } from '../base/csv.js';

/** What is needed of a stream. */
interface Stream {
  readonly isTTY?: boolean;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export interface Column<Row> {
  readonly name: string;
  /** What stands in the cell. */
  readonly of: (row: Row) => string;
}

interface CsvForm {
  readonly separator: string;
  readonly bom: boolean;
}

export interface Listing<Row> {
  readonly columns: readonly Column<Row>[];
  /** One element of the list in JSON. */
  readonly json: (row: Row) => unknown;
  /** What a person is told where there is no row. */
  readonly none: string;
  /** The columns of the CSV, where it is offered. */
  readonly csvColumns?: readonly Column<Row>[];
  /** One of them and many, where their count is told: beside the document, where it does not change what a program reads. */
  readonly counted?: readonly [one: string, many: string];
}

interface Form {
  readonly json?: boolean | undefined;
  readonly csv?: CsvForm | undefined;
  /** No more than so many; absent: all. */
  readonly most?: number | undefined;
}

/** So many rows share one table, whose columns are as wide as theirs: a list of any length takes the same memory. */
const TABLE_ROWS = 500;

/** Nothing that moves a terminal's cursor: what a caller calls himself is his choice. */
export const clean = (text: string): string => text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '\ufffd');

export class Output {
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  readonly colors: ReturnType<typeof pc.createColors>;

  constructor(stdout: Stream, stderr: Stream) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.colors = pc.createColors(pc.isColorSupported && stdout.isTTY === true);
  }

  /** Waits where the reader is slower than we are. */
  async write(text: string): Promise<void> {
    if (!this.#stdout.write(text)) await new Promise<void>((resolve) => this.#stdout.once('drain', resolve));
  }

  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }

  /** Lines in which others may have written something. */
  lines(lines: readonly string[]): Promise<void> {
    return this.line(lines.map(clean).join('\n'));
  }

  json(value: unknown): Promise<void> {
    return this.line(JSON.stringify(value, undefined, 2));
  }

  /** Not part of the document. */
  note(text: string): void {
    this.#stderr.write(`${text}\n`);
  }

  /** Writes the rows as they come, and says how many, and whether there were more; resolves to how many. */
  async list<Row>(rows: AsyncIterable<Row>, listing: Listing<Row>, form: Form): Promise<number> {
    const { most = Number.POSITIVE_INFINITY } = form;
    let isCut = false;
    const some = upTo(rows, most, () => {
      isCut = true;
    });
    const count = await this.#write(some, listing, form);
    const isTable = !form.json && form.csv === undefined;
    if (listing.counted !== undefined && (isCut || (!isTable && count > 0))) {
      const [one, many] = listing.counted;
      this.note(`${count} ${count === 1 ? one : many}, ${isCut ? 'and there are more' : 'which are all'}`);
    }
    return count;
  }

  #write<Row>(rows: AsyncIterable<Row>, listing: Listing<Row>, { json, csv }: Form): Promise<number> {
    if (json) return this.#jsonList(rows, listing);
    if (csv !== undefined) return this.#csvList(rows, listing, csv);
    return this.#tables(rows, listing);
  }

  /** A table without a head: name and value. */
  pairs(pairs: readonly (readonly [string, string])[]): Promise<void> {
    const table = new Table({ chars: PLAIN, style: STYLE });
    table.push(...pairs.map(([name, value]) => [this.colors.dim(name), clean(value)]));
    return this.line(trimmed(table.toString()));
  }

  /** One array, an element a line. */
  async #jsonList<Row>(rows: AsyncIterable<Row>, { json }: Listing<Row>): Promise<number> {
    let count = 0;
    for await (const row of rows) {
      await this.write(`${count === 0 ? '[\n' : ',\n'}${JSON.stringify(json(row))}`);
      count += 1;
    }
    await this.write(count === 0 ? '[]\n' : '\n]\n');
    return count;
  }

  async #csvList<Row>(
    rows: AsyncIterable<Row>,
    { columns, csvColumns = columns }: Listing<Row>,
    { separator, bom }: CsvForm,
  ): Promise<number> {
    const names = csvColumns.map(({ name }) => name);
    await this.write(`${bom ? BOM : ''}${csvLine(names, separator)}`);
    let count = 0;
    for await (const row of rows) {
      const cells = csvColumns.map(({ of }) => of(row));
      await this.write(csvLine(cells, separator));
      count += 1;
    }
    return count;
  }

  async #tables<Row>(rows: AsyncIterable<Row>, { columns, none }: Listing<Row>): Promise<number> {
    let count = 0;
    let cells: string[][] = [];
    const head = columns.map(({ name }) => this.colors.bold(name));
    const flush = async (): Promise<void> => {
      const table = new Table({ head, chars: PLAIN, style: STYLE });
      table.push(...cells);
      cells = [];
      await this.line(trimmed(table.toString()));
    };
    for await (const row of rows) {
      cells.push(columns.map(({ of }) => clean(of(row))));
      count += 1;
      if (cells.length === TABLE_ROWS) await flush();
    }
    if (cells.length > 0) await flush();
    if (count === 0) this.note(none);
    return count;
  }
}

/** @param cut is told when there are more */
async function* upTo<Row>(rows: AsyncIterable<Row>, most: number, cut: () => void): AsyncGenerator<Row> {
  let count = 0;
  for await (const row of rows) {
    if (count === most) return cut();
    count += 1;
    yield row;
  }
}

/** No lines: what is copied out of a table, or read by `awk`, is the values. */
const PLAIN = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};
const STYLE = { 'padding-left': 0, 'padding-right': 0, head: [], border: [] };

const trimmed = (table: string): string => table.replace(/[ \t]+$/gm, '');
