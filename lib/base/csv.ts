/** Comma-separated values (RFC 4180): CRLF behind each record, quotes only where they are needed. */

export const BOM = '\ufeff';

/** @param separator one char; a spreadsheet may want another one than the comma */
export function csvLine(values: readonly string[], separator = ','): string {
  const cells = values.map((value) =>
    value.includes(separator) || /["\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value,
  );
  return `${cells.join(separator)}\r\n`;
}
