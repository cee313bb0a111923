import { readFileSync } from 'node:fs';

/** What the README says of one file of the suite. */
export interface Result {
  readonly tests: number;
  readonly passed: number;
  /** Why not all. */
  readonly why: string;
}

export const HEAD = '| file | tests | passed | why not all |\n| --- | --- | --- | --- |';

const ROW = /^\| `([\w-]+)\.js` \| (\d+) \| (\d+) \| (.*?) ?\|$/gm;

/** The rows of the table in lib/drachtio/README.md, by file. Throws when there is no such table: nothing would be promised. */
export function readResults(readme: URL): ReadonlyMap<string, Result> {
  const text = readFileSync(readme, 'utf8');
  const at = text.indexOf(HEAD);
  if (at < 0) throw new Error(`${readme.pathname} has no table that begins with ${HEAD}`);
  const rows = [...text.slice(at).matchAll(ROW)];
  return new Map(
    rows.map(([, file, tests, passed, why]) => [
      file as string,
      { tests: Number(tests), passed: Number(passed), why: why as string },
    ]),
  );
}
