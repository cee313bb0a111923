/** An explanation for a terminal. Pure. */
import { bounded } from '../base/text.js';
import { type Arrow, drawArrow, drawHead, drawNote } from './draw.js';
import { type Explanation, LANGUAGES } from './explain.js';
import { noteOf } from './ladder.js';

/** Ladders with more columns than these are told in words alone. */
const MOST_COLUMNS = 12;
const LONGEST_NAME = 12;

export function toText(explanation: Explanation): string {
  const { headline, phones, trace } = explanation;
  return [
    headline,
    '',
    ...phones.map(({ sentence }, index) => `${String(index + 1).padStart(2)}. ${sentence}`),
    ...(phones.length > 0 ? [''] : []),
    ...ladderLines(explanation),
    '',
    trace.sentence,
  ].join('\n');
}

function ladderLines({ parties, ladder, lang }: Explanation): string[] {
  const { body } = LANGUAGES[lang].names;
  const shown = new Map(parties.map(({ id, name }) => [id, bounded(name, LONGEST_NAME)]));
  const columns = parties.map(({ id }) => id);
  const isNarrow = columns.length <= MOST_COLUMNS;
  const nameOf = (id: string): string => shown.get(id) ?? id;
  const names = columns.map(nameOf);
  const lines = ladder.map((row) => {
    const { at, from, to, label } = row;
    if (from === undefined || to === undefined) return drawNote(names, at, noteOf(row, body));
    const note = noteOf(row, body);
    const arrow: Arrow = { at, from: nameOf(from), to: nameOf(to), label: short(label), ...(note !== '' && { note }) };
    return isNarrow ? drawArrow(names, arrow) : `${drawNote([], at, `${arrow.from} → ${arrow.to}: ${label}`)}`;
  });
  return isNarrow ? [drawHead(names), ...lines] : lines;
}

/** `180 INVITE` stands in the ladder as `180`: the arrow says the rest. */
const short = (label: string): string => label.replace(/^(\d{3}) INVITE$/, '$1');
