const TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 as in gzip (ISO 3309), over the UTF-8 of the text. */
export function crc32(text: string): number {
  let crc = -1;
  for (const byte of Buffer.from(text)) crc = (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

const DIGITS = 8;

const checksum = (json: string): string => crc32(json).toString(16).padStart(DIGITS, '0');

/** One line: the CRC-32 in hexadecimal, a space, the value as JSON. */
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
