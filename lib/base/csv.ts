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
