import { readFileSync } from 'node:fs';
import { expect } from 'chai';

const ROOT = new URL('../../../', import.meta.url);
const LINES = 85;

interface MatrixRow {
  line: number;
  status: string;
  proof: string;
}

/** Rows of the table in test/README.md: `| line | rule | status | proof |`. */
function matrix(): MatrixRow[] {
  const rows: MatrixRow[] = [];
  for (const text of readFileSync(new URL('test/README.md', ROOT), 'utf8').split('\n')) {
    const match = /^\| (\d+) \| .+? \| (.+?) \| (.+) \|$/.exec(text);
    if (match) rows.push({ line: Number(match[1]), status: match[2] as string, proof: match[3] as string });
  }
  return rows;
}

describe('test/README.md: the matrix of edge cases', () => {
  it('has exactly one row for each of the 85 lines, in order', () => {
    expect(matrix().map((row) => row.line)).to.deep.equal(Array.from({ length: LINES }, (_, i) => i + 1));
  });

  it('says covered, gap or not a goal on each row, and why where it is not covered', () => {
    for (const row of matrix()) {
      expect(row.status, `line ${row.line}`).to.match(/^(covered|gap|not a goal)$/);
      if (row.status !== 'covered') expect(row.proof, `line ${row.line}`).to.match(/because/);
    }
  });

  it('names a test for each covered row; that it has passed is checked at the end of npm test, by lib/setup/proofs.mjs', () => {
    for (const row of matrix().filter((candidate) => candidate.status === 'covered'))
      expect(row.proof, `line ${row.line}`).to.match(/`[\w/.-]+\.test\.ts: [^`]+`/);
  });
});
