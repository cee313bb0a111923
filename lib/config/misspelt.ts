import { type Environment, VARIABLE_NAMES } from './environment.js';

/** How many letters may be wrong, missing, too many or swapped. */
const SLIPS = 2;

/** No other program's variables begin so. REDIS_, LOG_ and HTTP_ are common ones. */
const OURS = /^(?:VIRKNE|DRACHTIO|TRUNKS?|SIP)_/;

/** What Kubernetes sets for a service of that name: `VIRKNE_SERVICE_HOST`, `VIRKNE_PORT_5060_UDP`. */
const SERVICE_LINK = /_(?:SERVICE_(?:HOST|PORT)|PORT)(?:_|$)/;

/** Of drachtio-srf. */
const OTHERS: ReadonlySet<string> = new Set(['DRACHTIO_PRESERVE_HEADER_NAMES']);

/** Variables that look as if they were meant for this service, and are not read. Their values are never shown. */
export function misspelt(env: Environment): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (!value || VARIABLE_NAMES.includes(name) || OTHERS.has(name)) return [];
    const meant = nearest(name.toUpperCase());
    if (meant !== undefined) return [`${name}: not read; ${meant} may be meant`];
    return OURS.test(name) && !SERVICE_LINK.test(name)
      ? [`${name}: not read; known are ${VARIABLE_NAMES.join(', ')}`]
      : [];
  });
}

function nearest(name: string): string | undefined {
  const [best] = VARIABLE_NAMES.map((known) => ({ known, slips: distance(name, known) }))
    .filter(({ slips }) => slips <= SLIPS)
    .sort((one, other) => one.slips - other.slips);
  return best?.known;
}

/** Of Damerau and Levenshtein, with a swap of neighbours as one slip; no more than SLIPS + 1 is told where the lengths say so. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > SLIPS) return SLIPS + 1;
  const rows = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row++) {
    const line = [row];
    for (let column = 1; column <= other.length; column++) {
      const differ = one[row - 1] === other[column - 1] ? 0 : 1;
      const at = (up: number, left: number): number => (up === 0 ? line : rows[row - up])?.[column - left] ?? 0;
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      line.push(
        Math.min(at(1, 0) + 1, at(0, 1) + 1, at(1, 1) + differ, swapped ? at(2, 2) + 1 : Number.POSITIVE_INFINITY),
      );
    }
    rows.push(line);
  }
  return rows[one.length]?.[other.length] ?? 0;
}
