/** Flat lists, name and value one after another: as Redis gives hashes and the fields of entries, and as functions answer. */

/** What is no list has none. */
export function pairsOf(flat: unknown): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  if (Array.isArray(flat))
    for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([String(flat[i]), String(flat[i + 1])]);
  return pairs;
}

export const namedOf = (flat: unknown): ReadonlyMap<string, string> => new Map(pairsOf(flat));

export const recordOf = (flat: unknown): Record<string, string> => Object.fromEntries(pairsOf(flat));

/** Gives a field by its name: empty where it is not there. */
export function fieldReader(flat: unknown): (name: string) => string {
  const fields = namedOf(flat);
  return (name) => fields.get(name) ?? '';
}
