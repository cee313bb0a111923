/** The ladder as SVG: a line for each party, an arrow for each message, time downwards. Pure. */
import { type Explanation, LANGUAGES } from './explain.js';
import { type LadderRow, noteOf } from './ladder.js';

const LEFT = 90;
const COLUMN = 170;
const NOTES = 440;
const TOP = 40;
const ROW = 24;
const TIP = 8;
const LONGEST_LABEL = 22;
const LONGEST_NOTE = 60;

const cut = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text;

/** @param safe makes text harmless */
export function drawLadder(explanation: Explanation, safe: (text: string) => string): string {
  const { parties, ladder, lang, headline } = explanation;
  const { body } = LANGUAGES[lang].names;
  const places = new Map(parties.map(({ id }, index) => [id, LEFT + COLUMN * index + COLUMN / 2]));
  const width = LEFT + COLUMN * parties.length + NOTES;
  const height = TOP + ROW * (ladder.length + 1);
  const notesAt = LEFT + COLUMN * parties.length;
  const text = (x: number, y: number, kind: string, anchor: string, words: string): string =>
    `<text class="${kind}" x="${x}" y="${y}" text-anchor="${anchor}">${safe(words)}</text>`;
  const heads = parties.map(({ id, name }) =>
    text(places.get(id) ?? 0, TOP - 16, 'head', 'middle', cut(name, LONGEST_LABEL)),
  );
  const lives = parties.map(
    ({ id }) =>
      `<line class="life" x1="${places.get(id)}" x2="${places.get(id)}" y1="${TOP - 8}" y2="${height - ROW / 2}"/>`,
  );
  const rows = ladder.map((row, index) => {
    const y = TOP + ROW * (index + 1);
    const time = text(LEFT - 14, y + 4, 'time', 'end', (row.at / 1000).toFixed(3));
    const note = noteOf(row, body);
    const said = note === '' ? '' : text(notesAt, y + 4, 'note', 'start', cut(note, LONGEST_NOTE));
    return `<g${kindOf(row)}>${time}${arrowOf(row, y, places, text)}${said}</g>`;
  });
  return `<svg role="img" aria-label="${safe(headline)}" xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${[...heads, ...lives, ...rows].join('\n')}
</svg>`;
}

/** RFC 3261 §7.2: what the first digit of a response says. */
function kindOf({ from, label }: LadderRow): string {
  if (from === undefined) return '';
  if (/^2\d\d /.test(label)) return ' class="success"';
  return /^[3-6]\d\d /.test(label) ? ' class="refusal"' : '';
}

function arrowOf(
  { from, to, label }: LadderRow,
  y: number,
  places: ReadonlyMap<string, number>,
  text: (x: number, y: number, kind: string, anchor: string, words: string) => string,
): string {
  const start = places.get(from ?? '');
  const end = places.get(to ?? '');
  if (start === undefined || end === undefined) return '';
  const back = end > start ? -TIP : TIP;
  const line = `<line class="arrow" x1="${start}" x2="${end}" y1="${y}" y2="${y}"/>`;
  const tip = `<path class="tip" d="M${end} ${y}l${back} -4v8z"/>`;
  return `${line}${tip}${text((start + end) / 2, y - 5, 'label', 'middle', cut(label, LONGEST_LABEL))}`;
}
