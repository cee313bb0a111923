/** How numbers are shown: whole, or with their middle left out and still told apart from each other. Pure. */

export type Numbers = 'short' | 'whole';

const E164 = /^\+\d{6,15}$/;
const NUMBER_USER = /^sips?:(\+?\d{6,15})(?:[;:@]|$)/i;
const START = 4;
const END = 2;
const ADDRESS = /^sips?:([^@;?>]*@)?([^;?>]*)/i;

/** The number in it: itself, or the user part of a SIP URI. */
export function numberIn(member: string): string {
  const user = NUMBER_USER.exec(member)?.[1] ?? '';
  return E164.test(member) ? member : user;
}

/** `+37120000002` → `+371…02`, or with as many digits more as tell it from the others. */
function shortNumber(number: string, others: readonly string[]): string {
  const start = number.startsWith('+') ? START : START - 1;
  for (let end = END; start + end < number.length - 1; end++) {
    const tail = number.slice(-end);
    if (!others.some((other) => other !== number && other.endsWith(tail))) return `${number.slice(0, start)}…${tail}`;
  }
  return number;
}

/** What people call a member whose SIP URI has no number in it: its user, and where that does not tell it apart, the host, too. */
function shortAddress(uri: string, others: readonly string[]): string {
  const [, user = '', host = ''] = ADDRESS.exec(uri) ?? [];
  const name = user.slice(0, -1);
  const isAlone = others.every((other) => other === uri || ADDRESS.exec(other)?.[1] !== user);
  return name !== '' && isAlone ? name : `${user}${host}` || uri;
}

/** The name of each of these parties. */
export function namesOf(parties: readonly string[], numbers: Numbers): ReadonlyMap<string, string> {
  const known = parties.map(numberIn).filter((number) => number !== '');
  const name = (party: string): string => {
    if (numbers === 'whole') return party;
    const number = numberIn(party);
    return number === '' ? shortAddress(party, parties) : shortNumber(number, known);
  };
  return new Map(parties.map((party) => [party, name(party)]));
}
