/**
 * Lists of a few entries, of which every call has some: as long as their entries and no longer, which neither push, nor filter, nor
 * a spread makes them. The lists that they are given stay as they are.
 */
export function added<Entry>(list: readonly Entry[], entry: Entry): readonly Entry[] {
  const longer = new Array<Entry>(list.length + 1);
  for (let at = 0; at < list.length; at++) longer[at] = list[at] as Entry;
  longer[list.length] = entry;
  return longer;
}

/** Without that entry, which may stand in it once. */
export function removed<Entry>(list: readonly Entry[], entry: Entry): readonly Entry[] {
  const place = list.indexOf(entry);
  if (place < 0) return list;
  if (list.length === 1) return NONE;
  const shorter = new Array<Entry>(list.length - 1);
  for (let at = 0; at < shorter.length; at++) shorter[at] = list[at < place ? at : at + 1] as Entry;
  return shorter;
}

const NONE: readonly never[] = [];
