/** Header or URI parameters; names are lower-case, a parameter without a value maps to null. */
export type Params = ReadonlyMap<string, string | null>;

const NONE: Params = new Map();

/** Parses `;a=1;lr` (with or without the leading semicolon); quoted values lose their quotes. */
export function parseParams(text: string): Params {
  if (text === '') return NONE;
  const params = new Map<string, string | null>();
  for (const match of text.matchAll(/;?\s*([^;=\s"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^;\s]*))?\s*/g)) {
    const raw = match[2];
    const value = raw === undefined ? null : raw.startsWith('"') ? raw.slice(1, -1).replace(/\\(.)/g, '$1') : raw;
    const name = (match[1] as string).toLowerCase();
    if (!params.has(name)) params.set(name, value);
  }
  return params;
}
