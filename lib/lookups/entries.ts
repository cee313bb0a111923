/** Entries of streams, read page by page. */
import { patiently } from '../store/patiently.js';

export interface Entry {
  readonly id: string;
  readonly fields: readonly string[];
}

export const entriesOf = (reply: unknown): Entry[] =>
  (reply as [string, string[]][]).map(([id, fields]) => ({ id, fields }));

/** The milliseconds with which the id of an entry begins: when Redis wrote it. */
export const writtenAt = (id: string): number => Number.parseInt(id, 10);

/**
 * A page that Redis did not give in time is asked for again so often, each time after a rest of 20 ms: a long reading outlasts a minute
 * without it, as where it writes a large file anew. Over HTTP the limit of a silent connection comes before.
 */
const TRIES = 3_000;

/**
 * All entries, page by page, each behind the last one of the page before: what is written meanwhile neither doubles nor hides one.
 * @param read a page of the entries behind this id, of the first ones where there is none
 * @param rest what is waited for between two pages, and before one is asked for again
 */
export async function* pagesOf(
  read: (behind: string | undefined) => Promise<Entry[]>,
  rest?: () => Promise<void>,
): AsyncGenerator<Entry> {
  let behind: string | undefined;
  for (;;) {
    const asks = (): Promise<Entry[]> => read(behind);
    // What cannot be begun is told at once.
    const page = await (behind === undefined || rest === undefined ? asks() : patiently(asks, TRIES, rest));
    if (page.length === 0) return;
    yield* page;
    behind = page.at(-1)?.id;
    await rest?.();
  }
}

/** The first `limit` of them. */
export async function* first<Row>(rows: AsyncIterable<Row>, limit: number): AsyncGenerator<Row> {
  let count = 0;
  for await (const row of rows) {
    yield row;
    count += 1;
    if (count >= limit) return;
  }
}
