/** Pure seeded mutators for binary strings: the same seed gives the same mutants on every machine. */

/** Numbers in [0, limit). */
export type Random = (limit: number) => number;

/** Marsaglia's xorshift32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0 || 0x9e3779b9;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % Math.max(1, limit);
  };
}

type Mutator = (text: string, random: Random, corpus: readonly string[]) => string;

export const pick = <T>(items: readonly T[], random: Random): T => items[random(items.length)] as T;

/** What parsers trip over. */
const AWKWARD = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  ' ',
  '\t',
  '"',
  '\\',
  '<',
  '>',
  ',',
  ';',
  ':',
  '=',
  '@',
  '[',
  ']',
  '%',
  '\xa0',
  '\xff',
  '-1',
  '4294967296',
  '99999999999999999999',
];

const cut = (text: string, random: Random, longest: number): [number, number] => {
  const from = random(text.length);
  return [from, Math.min(text.length, from + 1 + random(longest))];
};

const MUTATORS: readonly Mutator[] = [
  function flipBit(text, random) {
    const at = random(text.length);
    const code = text.charCodeAt(at) ^ (1 << random(8));
    return text.slice(0, at) + String.fromCharCode(code & 255) + text.slice(at + 1);
  },
  function remove(text, random) {
    const [from, to] = cut(text, random, 40);
    return text.slice(0, from) + text.slice(to);
  },
  function duplicate(text, random) {
    const [from, to] = cut(text, random, 200);
    return text.slice(0, to) + text.slice(from, to).repeat(1 + random(4)) + text.slice(to);
  },
  function insertAwkward(text, random) {
    const at = random(text.length + 1);
    return text.slice(0, at) + pick(AWKWARD, random) + text.slice(at);
  },
  function replaceByAwkward(text, random) {
    const at = random(text.length);
    return text.slice(0, at) + pick(AWKWARD, random) + text.slice(at + 1);
  },
  function splice(text, random, corpus) {
    const other = pick(corpus, random);
    return text.slice(0, random(text.length)) + other.slice(random(other.length));
  },
  function swapLines(text, random) {
    const lines = text.split('\r\n');
    const [a, b] = [random(lines.length), random(lines.length)];
    const line = lines[a] as string;
    lines[a] = lines[b] as string;
    lines[b] = line;
    return lines.join('\r\n');
  },
  function borrowLine(text, random, corpus) {
    const lines = text.split('\r\n');
    lines.splice(random(lines.length), random(2), pick(pick(corpus, random).split('\r\n'), random));
    return lines.join('\r\n');
  },
  function truncate(text, random) {
    return text.slice(0, random(text.length));
  },
];

/** One to four mutations of one text of the corpus. */
export const mutate = (corpus: readonly string[], random: Random): string =>
  mutateText(pick(corpus, random), random, corpus);

/** One to four mutations of a text; the corpus lends parts of other texts. */
export function mutateText(original: string, random: Random, corpus: readonly string[]): string {
  let text = original;
  for (let left = 1 + random(4); left > 0 && text !== ''; left--) text = pick(MUTATORS, random)(text, random, corpus);
  return text;
}
