import { crc32 } from 'node:zlib';

const DIGITS = 8;

const checksum = (json: string): string => crc32(json).toString(16).padStart(DIGITS, '0');

/** One line: the CRC-32, as in gzip (ISO 3309), of the UTF-8 of what follows, in hexadecimal, a space, the value as JSON. */
export function encodeLine(value: unknown): string {
  const json = JSON.stringify(value);
  return `${checksum(json)} ${json}\n`;
}

/** The value of a line without its end; undefined where the line is torn or damaged. */
export function decodeLine(line: string): unknown {
  const json = line.slice(DIGITS + 1);
  if (line[DIGITS] !== ' ' || line.slice(0, DIGITS) !== checksum(json)) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
