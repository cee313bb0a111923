/** The file-based adapters of the ports to other systems: CSV (RFC 4180) with a line that names the columns. */
import { readFileSync } from 'node:fs';
import { csvRecords } from '../base/csv.js';
import { messageOf } from '../base/errors.js';
import { refuseUse, type UseRefusalReason } from './use.js';

export interface Row {
  /** For whoever has to mend it. */
  readonly line: number;
  /** The value under this name; empty where there is none. */
  of(column: string): string;
}

/** Throws UseRefusal where there is no such file, or it is no such table. */
export function readTable(path: string, columns: readonly string[], reason: UseRefusalReason = 'FILE_INVALID'): Row[] {
  const bad = (what: string): never => refuseUse(reason, `${path}: ${what}`);
  let records: { readonly line: number; readonly values: readonly string[] }[];
  try {
    records = [...csvRecords(readFileSync(path, 'utf8'))];
  } catch (thrown) {
    return bad(messageOf(thrown));
  }
  const names = records.shift()?.values ?? [];
  for (const column of columns) if (!names.includes(column)) bad(`its first line must name the column ${column}`);
  return records.map(({ line, values }) => {
    if (values.length !== names.length) bad(`line ${line}: has ${values.length} of ${names.length} fields`);
    return { line, of: (column) => values[names.indexOf(column)] ?? '' };
  });
}
