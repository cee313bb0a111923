/** Words as small numbers: those of the machines' tables and the methods of SIP, a few hundred for the whole life of a process. */
const WORDS: string[] = [''];
const NUMBERS = new Map<string, number>([['', 0]]);

/** So many fit into ten bits. Peers choose methods: what comes then is written as this. */
const MOST = 1023;
const OTHER = 'OTHER';

export function numberOf(word: string): number {
  return NUMBERS.get(word) ?? learn(word);
}

export const wordOf = (number: number): string => WORDS[number] ?? OTHER;

function learn(word: string): number {
  if (WORDS.length >= MOST) {
    if (NUMBERS.has(OTHER)) return NUMBERS.get(OTHER) as number;
    return add(OTHER);
  }
  return add(word);
}

function add(word: string): number {
  const kept = ` ${word}`.slice(1);
  NUMBERS.set(kept, WORDS.length);
  return WORDS.push(kept) - 1;
}
