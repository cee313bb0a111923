import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';

/**
 * The one-way rule is the table of folders in lib/README.md: a part imports itself and the parts in its last column, nothing else. A
 * part is a folder, or a file directly in lib; `all` means every other part.
 */
const ROW = /^\| `([\w/.-]+)`(?:, `([\w/.-]+)`)* \| .+ \| ([^|]+) \|$/;

function readRule(): Map<string, readonly string[]> {
  const page = readFileSync('lib/README.md', 'utf8');
  const rule = new Map<string, readonly string[]>();
  for (const line of page.split('\n')) {
    if (!ROW.test(line)) continue;
    const [, names = '', , last = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const parts = [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => (name as string).replace(/\/$|\.ts$/, ''));
    const imports = last.split(',').map((name) => name.replace(/\(.*\)/, '').trim());
    for (const part of parts) rule.set(part, imports[0] === '–' ? [] : imports);
  }
  return rule;
}

/** Who may know of process.env: main hands it to the configuration, the demo hands it on to the processes it starts. */
const READS_ENVIRONMENT = /^lib\/(config|demo|setup)\/|^lib\/main\.ts$/;
/** Who may know the time: everything else is given a Clock. The scripts of setup run before there is one. */
const READS_TIME = ['lib/base/clock.ts', 'lib/setup/run.mjs', 'lib/setup/prepare.mjs'];

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g;

const EXPORTED = /^export (?:async |abstract )?(?:const|let|function\*?|class) (\w+)/gm;

interface Source {
  readonly path: string;
  readonly part: string;
  /** Without comments. */
  readonly code: string;
}

const RULE = readRule();
const PARTS = [...RULE.keys()].sort((a, b) => b.length - a.length);

/** The longest name of the table that begins the path. */
const partOf = (path: string): string => {
  const inLib = path.replace(/^lib\//, '').replace(/\.[cm]?[jt]sx?$/, '');
  return PARTS.find((part) => inLib === part || inLib.startsWith(`${part}/`)) ?? inLib;
};

const mayImport = (from: string, to: string): boolean => {
  const allowed = RULE.get(from) ?? [];
  return from === to || allowed.includes(to) || allowed[0] === 'all';
};

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:])\/\/.*$/gm, '$1');

const sourcesIn = (folder: string): readonly Source[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(tsx?|mjs|cjs)$/.test(file))
    .map((file) => join(folder, file))
    .map((path) => ({ path, part: partOf(path), code: withoutComments(readFileSync(path, 'utf8')) }));
const sources = sourcesIn('lib');

const importsOf = ({ path, part, code }: Source) =>
  [...code.matchAll(IMPORT)].map((match) => {
    const script = normalize(join(dirname(path), match[1] as string)).replace(/^dist\//, '');
    const target = ['.ts', '.tsx'].map((end) => script.replace(/\.js$/, end)).find(existsSync) ?? script;
    return { path, part, target, targetPart: partOf(target) };
  });

/** Of types as well: whoever reads a file has to know those that it names. */
const imports = sources.flatMap(importsOf);

/** Files that reach themselves by their imports, each circle once (Tarjan's strongly connected components). */
function circles(): string[][] {
  const targets = new Map<string, string[]>();
  for (const { path, target } of imports) targets.set(path, [...(targets.get(path) ?? []), target]);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (path: string): void => {
    index.set(path, index.size);
    low.set(path, index.get(path) as number);
    stack.push(path);
    for (const target of targets.get(path) ?? []) {
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(path, Math.min(low.get(path) as number, low.get(target) as number));
    }
    if (low.get(path) !== index.get(path)) return;
    const circle = stack.splice(stack.indexOf(path));
    if (circle.length > 1 || targets.get(path)?.includes(path)) found.push(circle.sort());
  };
  for (const { path } of sources) if (!index.has(path)) visit(path);
  return found;
}

const offenders = (rule: RegExp, allowed: (path: string) => boolean): string[] =>
  sources.filter(({ path, code }) => rule.test(code) && !allowed(path)).map(({ path }) => path);

describe('Imports point one way', () => {
  it('the table of lib/README.md covers every part of lib, names only parts that are there, and their imports are read', () => {
    const present = new Set(sources.map(({ part }) => part));
    expect([...present].filter((part) => !RULE.has(part))).to.deep.equal([]);
    expect([...RULE.keys()].filter((part) => !present.has(part))).to.deep.equal([]);
    expect([...RULE.values()].flat().filter((part) => part !== 'all' && !RULE.has(part))).to.deep.equal([]);
    expect(imports.length).to.be.greaterThan(50);
  });

  for (const [part, allowed] of RULE) {
    it(`${part} imports ${allowed.join(', ') || 'nothing'}`, () => {
      const wrong = imports.filter(({ part: from, targetPart }) => from === part && !mayImport(part, targetPart));
      expect(wrong.map(({ path, target }) => `${path} → ${target}`)).to.deep.equal([]);
    });
  }

  it('the rule itself has no way round: engine and call never reach each other, and there is no circle of parts', () => {
    const reach = (part: string, seen = new Set<string>()): Set<string> => {
      for (const next of RULE.get(part) ?? []) if (next !== 'all' && !seen.has(next)) reach(next, seen.add(next));
      return seen;
    };
    expect(reach('call').has('engine'), 'call → engine').to.equal(false);
    expect(reach('engine').has('call'), 'engine → call').to.equal(false);
    expect([...RULE.keys()].filter((part) => reach(part).has(part))).to.deep.equal([]);
  });

  it('no file reaches itself, by types neither', () => {
    expect(circles().map((circle) => circle.join(' ↔ '))).to.deep.equal([]);
  });

  it('every function, class and constant that is exported is imported by another file', () => {
    const importers = new Map<string, Source[]>();
    for (const source of [...sources, ...sourcesIn('test')]) {
      for (const { target } of importsOf(source)) importers.set(target, [...(importers.get(target) ?? []), source]);
    }
    const needless = sources.flatMap(({ path, code }) =>
      [...code.matchAll(EXPORTED)]
        .map(([, name]) => name as string)
        .filter((name) => !importers.get(path)?.some((other) => new RegExp(`\\b${name}\\b`).test(other.code)))
        .map((name) => `${path}: ${name}`),
    );
    expect(needless).to.deep.equal([]);
  });

  it('nothing of lib imports tests', () => {
    expect(imports.filter(({ target }) => !target.startsWith('lib/')).map(({ path }) => path)).to.deep.equal([]);
  });
});

describe('The outside world comes in at one place', () => {
  it('only the configuration reads the environment', () => {
    expect(offenders(/\bprocess\.env\b/, (path) => READS_ENVIRONMENT.test(path))).to.deep.equal([]);
  });

  it('only the clock knows the time and sets timers', () => {
    const rule = /(?<![.\w])(?:setTimeout|setInterval|Date\.now|performance\.now|new Date\(\))|\bnode:timers/;
    expect(offenders(rule, (path) => READS_TIME.includes(path))).to.deep.equal([]);
  });
});
