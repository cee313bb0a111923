import type { z } from 'zod';
import { type Layer, originOf, type Path, valueAt } from './layers.js';
import { shown } from './shown.js';

/** Mistakes as they are printed: path, value, origin, and what is allowed. */

/** What the schema refuses in the merged configuration, one text a mistake. */
export const mistakesOf = (
  issues: readonly z.core.$ZodIssue[],
  merged: unknown,
  layers: readonly Layer[],
): readonly string[] =>
  issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return [mistake(issue.path, valueAt(merged, issue.path), issue.message, layers)];
    return issue.keys.map((key) => line([...issue.path, key], HIDDEN, issue.message, layers));
  });

/** An unknown key may be a misspelt `password`. */
const HIDDEN = '***';

export const mistake = (path: Path, value: unknown, allowed: string, layers: readonly Layer[]): string =>
  line(path, value === undefined ? 'missing' : shown(path, value), allowed, layers);

const line = (path: Path, value: string, allowed: string, layers: readonly Layer[]): string =>
  `${nameOf(path) || 'configuration'} = ${value} (${originOf(layers, path)}): ${allowed}`;

/** `sip.listen[0]` */
const nameOf = (path: Path): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );
