/**
 * test/README.md says which test proves what, as `file.test.ts: part of the title`. A text in a file proves nothing: each must have
 * run and passed.
 */
import { readFileSync } from 'node:fs';

const PROOF = /`([\w/.-]+\.test\.ts): ([^`]+)`/g;

/**
 * @param {URL | string} page test/README.md
 * @param {{ file: string, title: string }[]} passed
 * @returns {string[]} the proofs named in rows of tables that no passed test bears out
 */
export function unproven(page, passed) {
  const rows = readFileSync(page, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const named = rows.flatMap((row) => [...row.matchAll(PROOF)].map(([, file, title]) => ({ file, title })));
  return named
    .filter(({ file, title }) => !passed.some((test) => test.file === file && test.title.includes(title)))
    .map(({ file, title }) => `${file}: ${title}`);
}
