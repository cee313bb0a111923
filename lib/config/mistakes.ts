import type { z } from 'zod';
import { type Layer, originOf, type Path, valueAt } from './layers.js';

/** Mistakes as they are printed: path, value, origin, and what is allowed. */

const SECRET_KEYS: ReadonlySet<PropertyKey> = new Set(['password', 'secret']);

/** What the schema refuses in the merged configuration, one text a mistake. */
export const mistakesOf = (
  issues: readonly z.core.$ZodIssue[],
  merged: unknown,
  layers: readonly Layer[],
): readonly string[] =>
  issues.flatMap((issue) => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => mistake(path, valueAt(merged, path), issue.message, layers));
  });

export function mistake(path: Path, value: unknown, allowed: string, layers: readonly Layer[]): string {
  const shown = value === undefined ? 'missing' : SECRET_KEYS.has(path.at(-1) ?? '') ? '***' : show(value);
  return `${nameOf(path) || 'configuration'} = ${shown} (${originOf(layers, path)}): ${allowed}`;
}

/** `sip.listen[0]` */
const nameOf = (path: Path): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );

/** As JSON, without passwords: mistakes end up in logs. A password may hold an @ that nobody encoded. */
function show(value: unknown): string {
  return JSON.stringify(value, (key, inner) => {
    if (SECRET_KEYS.has(key)) return '***';
    return typeof inner === 'string' ? inner.replace(/:.*@/s, ':***@') : inner;
  });
}
