/** Comma-separated values (RFC 4180): CRLF behind each record, quotes only where they are needed. */

export const BOM = '\ufeff';

/** What a spreadsheet would compute: a caller may call himself so. A number with its plus is none. */
const FORMULA = /^[=@\t\r]|^[+-].*[(|!]/s;

/** Each cell as text, whoever wrote it. @param separator one char; a spreadsheet may want another one than the comma */
export function csvLine(values: readonly string[], separator = ','): string {
  const cells = values.map((text) => {
    const value = FORMULA.test(text) ? `'${text}` : text;
    return value.includes(separator) || /["\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  });
  return `${cells.join(separator)}\r\n`;
}

/** Records of CSV as RFC 4180 §2 writes them, each with the line on which it begins; also with LF alone. Throws SyntaxError. */
export function* csvRecords(text: string): Generator<{ readonly line: number; readonly values: readonly string[] }> {
  let [at, line] = [text.startsWith(BOM) ? 1 : 0, 1];
  while (at < text.length) {
    const begun = line;
    const values: string[] = [];
    for (;;) {
      const field = fieldAt(text, at, line);
      values.push(field.value);
      line += field.value.split('\n').length - 1;
      at = field.end;
      if (text[at] !== ',') break;
      at += 1;
    }
    if (text.startsWith('\r\n', at)) at += 2;
    else if (text[at] === '\n') at += 1;
    else if (at < text.length) throw new SyntaxError(`line ${line}: a quote stands within a field`);
    line += 1;
    yield { line: begun, values };
  }
}

const PLAIN = /[^",\r\n]*/y;
const QUOTED = /"((?:[^"]|"")*)"/y;

function fieldAt(text: string, from: number, line: number): { readonly value: string; readonly end: number } {
  const isQuoted = text[from] === '"';
  const form = isQuoted ? QUOTED : PLAIN;
  form.lastIndex = from;
  const [whole, inner = ''] = form.exec(text) ?? [];
  if (whole === undefined) throw new SyntaxError(`line ${line}: a quote is not closed`);
  return { value: isQuoted ? inner.replaceAll('""', '"') : whole, end: from + whole.length };
}
