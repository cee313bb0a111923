import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';

/**
 * The one-way rule of lib/README.md: a part may import itself and the parts listed here, nothing else. A part is a folder of
 * lib, or a file directly in it.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  sip: ['base'],
  engine: ['base', 'sip'],
  drachtio: ['base', 'sip', 'engine'],
  store: ['base'],
  consent: ['base', 'store'],
  media: ['base', 'sip'],
  ringing: ['base', 'sip', 'store', 'consent'],
  http: ['base', 'store', 'consent'],
  config: ['base', 'sip', 'store'],
  demo: ['base', 'store'],
  embedded: ['base', 'sip', 'engine', 'drachtio', 'ringing'],
  rehearsal: ['base', 'sip', 'engine', 'drachtio', 'store', 'ringing', 'embedded'],
  setup: ['main'],
  shutdown: ['base'],
  'sip-side': ['base', 'engine', 'drachtio', 'ringing', 'config', 'embedded', 'shutdown'],
  compose: ['base', 'store', 'consent', 'media', 'ringing', 'http', 'config', 'rehearsal', 'shutdown', 'sip-side'],
  main: ['base', 'config', 'shutdown', 'compose'],
};

/** Who may know of process.env: config reads it, demo and setup hand it on to the processes they start. */
const READS_ENVIRONMENT = ['config', 'demo', 'setup'];
/** Who may know the time: everything else is given a Clock. The scripts of setup run before there is one. */
const READS_TIME = ['lib/base/clock.ts', 'lib/setup/run.mjs', 'lib/setup/prepare.mjs'];

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g;

interface Source {
  readonly path: string;
  readonly part: string;
  /** Without comments. */
  readonly code: string;
}

const partOf = (path: string): string => (path.split('/')[1] ?? '').replace(/\.[cm]?[jt]s$/, '');

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:])\/\/.*$/gm, '$1');

const sources: readonly Source[] = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|mjs|cjs)$/.test(file))
  .map((file) => join('lib', file))
  .map((path) => ({ path, part: partOf(path), code: withoutComments(readFileSync(path, 'utf8')) }));

const imports = sources.flatMap(({ path, part, code }) =>
  [...code.matchAll(IMPORT)].map((match) => {
    const target = normalize(join(dirname(path), match[1] as string)).replace(/^dist\//, '');
    return { path, part, target, targetPart: partOf(target) };
  }),
);

const offenders = (rule: RegExp, allowed: (source: Source) => boolean): string[] =>
  sources.filter((source) => rule.test(source.code) && !allowed(source)).map(({ path }) => path);

describe('Imports point one way', () => {
  it('the rule covers every part of lib, and reads their imports', () => {
    expect(
      [...new Set(sources.map(({ part }) => part))].filter((part) => MAY_IMPORT[part] === undefined),
    ).to.deep.equal([]);
    expect(imports.length).to.be.greaterThan(50);
  });

  for (const [part, allowed] of Object.entries(MAY_IMPORT)) {
    it(`${part} imports ${allowed.join(', ') || 'nothing'}`, () => {
      const wrong = imports.filter(
        ({ part: from, targetPart }) => from === part && targetPart !== part && !allowed.includes(targetPart),
      );
      expect(wrong.map(({ path, target }) => `${path} → ${target}`)).to.deep.equal([]);
    });
  }

  it('the rule itself has no way round: engine and ringing never reach each other, and there is no cycle', () => {
    const reach = (part: string, seen = new Set<string>()): Set<string> => {
      for (const next of MAY_IMPORT[part] ?? []) if (!seen.has(next)) reach(next, seen.add(next));
      return seen;
    };
    expect(reach('ringing').has('engine'), 'ringing → engine').to.equal(false);
    expect(reach('engine').has('ringing'), 'engine → ringing').to.equal(false);
    expect(Object.keys(MAY_IMPORT).filter((part) => reach(part).has(part))).to.deep.equal([]);
  });

  it('nothing of lib imports tests', () => {
    expect(imports.filter(({ target }) => !target.startsWith('lib/')).map(({ path }) => path)).to.deep.equal([]);
  });
});

describe('The outside world comes in at one place', () => {
  it('only the configuration reads the environment', () => {
    expect(offenders(/\bprocess\.env\b/, ({ part }) => READS_ENVIRONMENT.includes(part))).to.deep.equal([]);
  });

  it('only the clock knows the time and sets timers', () => {
    const rule = /(?<![.\w])(?:setTimeout|setInterval|Date\.now|performance\.now|new Date\(\))|\bnode:timers/;
    expect(offenders(rule, ({ path }) => READS_TIME.includes(path))).to.deep.equal([]);
  });
});
