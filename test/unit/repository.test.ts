import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';

/** What may stand at the top of the project. */
const TOP_LEVEL = [
  '.ci',
  '.gitignore',
  '.mocharc.json',
  '.npmrc',
  'CHANGELOG.md',
  '.gitattributes',
  'LICENSE',
  'README.md',
  '.oxlintrc.json',
  'biome.json',
  'config',
  'docker',
  'lib',
  'package-lock.json',
  'package.json',
  'sipp-scenarios',
  'test',
  'tsconfig.json',
];

const LINES_AIMED_AT = 300;
const LINES_ALLOWED = 400;

/** What belongs to the project: tracked, or new and not ignored. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '');
const code = files.filter((file) => /\.(ts|mjs|cjs|lua)$/.test(file)).flatMap((path) => read(path));

/** A file that was deleted and not yet committed is still listed. */
function read(path: string): { path: string; text: string }[] {
  try {
    return [{ path, text: readFileSync(path, 'utf8') }];
  } catch {
    return [];
  }
}

describe('The repository', () => {
  it('holds nothing at the top that is not expected there', () => {
    const top = new Set(files.map((file) => file.split('/')[0] as string));
    expect([...top].filter((entry) => !TOP_LEVEL.includes(entry))).to.deep.equal([]);
  });

  it(`has no file of code over ${LINES_ALLOWED} lines, and names those over ${LINES_AIMED_AT}`, () => {
    const long = code
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > LINES_AIMED_AT)
      .sort((a, b) => b.lines - a.lines);
    for (const { path, lines } of long) console.log(`      ${lines} lines: ${path}`);
    expect(long.filter(({ lines }) => lines > LINES_ALLOWED)).to.deep.equal([]);
  });

  it('has no comment that silences the compiler or the linter', () => {
    const silenced = /@ts-(?:ignore|nocheck|expect-error)|biome-ignore/;
    const wrong = code.filter(({ path, text }) => path !== 'test/unit/repository.test.ts' && silenced.test(text));
    expect(wrong.map(({ path }) => path)).to.deep.equal([]);
  });

  it('has no `any` in its types', () => {
    const wrong = code.flatMap(({ path, text }) =>
      text
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .split('\n')
        .filter((line) =>
          /(?:: |<|, |\bas |\| |=> )any(?:\[\]|[,;)>\s|&]|$)/.test(line.replace(/\/\/ .*$|'[^']*'|`[^`]*`/g, '')),
        )
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(wrong.filter((line) => !/\.(?:lua|mjs|cjs):/.test(line))).to.deep.equal([]);
  });

  it('runs the whole suite in continuous integration', () => {
    expect(readFileSync('.ci/run', 'utf8')).to.match(
      /^#!\/usr\/bin\/env bash\nset -euo pipefail\ncd [^\n]+\nnpm test\n$/,
    );
  });
});
