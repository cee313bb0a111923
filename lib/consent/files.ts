/** What leaves the register for files: one JSON document a line, on the disk before anything else happens. */
import { open, readFile } from 'node:fs/promises';
import type { Change, Partner } from './outbox.js';

export async function appendLines(path: string, lines: readonly object[]): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Lines that can be read; none where there is no file. */
export async function readLines(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '';
    throw thrown;
  });
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as unknown];
    } catch {
      return [];
    }
  });
}

/** The partner who reads a file. */
export const filePartner = (path: string): Partner => ({
  deliver: (change: Change) => appendLines(path, [change]),
});
