/** What the rules about several values are written with. */
import type { z } from 'zod';
import { type Path, valueAt } from './layers.js';
import { CONFIG } from './schema.js';

export type Refuse = (path: Path, value: unknown, allowed: string) => void;

/**
 * A value of the merged layers as the schema reads it, boxed, as it may be absent. Nothing where it is not valid: that is a mistake
 * of its own, which keeps only the rules that need this very value from being checked.
 */
export type Read = <Schema extends z.ZodType>(schema: Schema, path: Path) => readonly [] | readonly [z.output<Schema>];

const { sip, drachtio } = CONFIG.shape;

/** The entries of a list that are valid, each with its place. */
export function entriesOf<Schema extends z.ZodType>(read: Read, merged: unknown, path: Path, schema: Schema) {
  const list = valueAt(merged, path);
  const places = Array.isArray(list) ? list.map((_, index) => index) : [];
  return places.flatMap((index) => read(schema, [...path, index]).map((value) => ({ index, value })));
}

export const listenEntries = (read: Read, merged: unknown) =>
  entriesOf(read, merged, ['sip', 'listen'], sip.shape.listen.element);

/** Whether there is an engine in this process. */
export const isEmbedded = (read: Read): boolean =>
  read(drachtio.shape.url, ['drachtio', 'url']).some((url) => url === undefined);
