/**
 * npm test: every stage, or those named: node lib/setup/test.mjs [lint] [types] [unit] [flow] …
 * The last line is `N passed, N failed` over all stages; lint and types count as one test each. The exit code is 0 only if
 * nothing failed and every stage had something to run.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, orRefuse, prepare } from './prepare.mjs';
import { unproven } from './proofs.mjs';
import { ROOT, run, say } from './run.mjs';

const STAGE_LIMIT_MS = 15 * 60_000;
const module = (...path) => join(ROOT, 'node_modules', ...path);

/** The tests that have passed in this run, of all stages. */
const proven = [];

/** A check that is not mocha's. Like every stage it is given where its output goes; undefined: to the screen. */
const check = (action) => async (output) => {
  const passed = (await action(output)) === 0;
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1 };
};

/** Biome for form and rules; oxlint for those that need types, which it takes from the compiler: a tenth of what Biome's own cost. */
async function lint(output) {
  const failed = await run('', process.execPath, [module('@biomejs/biome/bin/biome'), 'check', '.'], { output });
  return failed || run('', process.execPath, [module('oxlint/bin/oxlint'), 'lib', 'test'], { output });
}

/** The tests below dist/test/FOLDER. `env` is added to the environment. */
const mocha = (folder, packages = [], env = {}) =>
  Object.assign(
    async (output) => {
      const numbers = join(mkdtempSync(join(tmpdir(), 'virkne-test-')), 'numbers.json');
      const reporter = ['--reporter', join(ROOT, 'lib/setup/reporter.cjs'), '--reporter-option', `numbers=${numbers}`];
      const args = [module('mocha/bin/mocha.js'), ...reporter, `dist/test/${folder}/**/*.test.js`];
      const options = { limitMs: STAGE_LIMIT_MS, env: { ...process.env, ...env }, output };
      const code = await run('', process.execPath, args, options);
      const { passes, failures, pending, passed } = existsSync(numbers)
        ? JSON.parse(readFileSync(numbers, 'utf8'))
        : { passes: 0, failures: 0, pending: 0, passed: [] };
      proven.push(...passed);
      rmSync(join(numbers, '..'), { recursive: true, force: true });
      if (pending > 0) say(`${folder}: ${pending} skipped`);
      // A run that dies, is killed, or finds no test is a failure that mocha could not count.
      const uncounted = failures === 0 && (code !== 0 || passes === 0) ? 1 : 0;
      return { passed: passes, failed: failures + uncounted };
    },
    { packages },
  );

const STAGES = {
  lint: check(lint),
  types: check(compile),
  unit: mocha('unit'),
  flow: mocha('flow'),
  // The same calls again, with drachtio-srf between service and engine.
  protocol: mocha('flow/{call,trunks}', [], { WIRE_LINK: 'protocol' }),
  redis: mocha('redis', ['redis-server']),
  // What customers see, in a real browser.
  pages: mocha('pages', ['redis-server', 'chromium']),
  media: mocha('media'),
  drachtio: mocha('drachtio'),
  sipp: mocha('sipp', ['redis-server', 'sip-tester', 'tshark']),
  prometheus: mocha('prometheus', ['redis-server', 'sip-tester', 'prometheus']),
  hostile: mocha('hostile', ['redis-server', 'sip-tester']),
  // Last: what test/README.md names as proof must have passed in this very run.
  proofs: check(() => {
    const missing = unproven(join(ROOT, 'test/README.md'), proven);
    for (const proof of missing) say(`test/README.md names a test that has not passed: ${proof}`);
    return missing.length;
  }),
};

/**
 * One after the other; the lanes of a step side by side, because the second of them mostly waits for time to pass. The first writes on the
 * screen, another lane what a stage of it printed when that is over.
 */
const STEPS = [
  [['types']],
  [
    ['unit', 'flow', 'protocol', 'drachtio', 'lint', 'media', 'pages', 'hostile'],
    ['redis', 'prometheus', 'sipp'],
  ],
  [['proofs']],
];

async function test(names) {
  const stages = names.length > 0 ? names : Object.keys(STAGES);
  const unknown = stages.filter((name) => STAGES[name] === undefined);
  if (unknown.length > 0) throw new TypeError(`no such stage: ${unknown}; there are ${Object.keys(STAGES).join(', ')}`);
  await forgotten();
  await orRefuse(() => prepare([...new Set(stages.flatMap((name) => STAGES[name].packages ?? []))], { build: false }));
  if (stages.some((name) => STAGES[name].packages) && !stages.includes('types')) stages.unshift('types');

  let passed = 0;
  let failed = 0;
  for (const lanes of STEPS) {
    const busy = lanes.map((lane) => lane.filter((name) => stages.includes(name))).filter((lane) => lane.length > 0);
    await Promise.all(
      busy.map(async (lane, index) => {
        for (const name of lane) {
          say(index > 0 ? `${name}, beside …` : `${name} …`);
          const output = index > 0 ? [] : undefined;
          const result = await STAGES[name](output);
          if (output) process.stdout.write(`${output.join('')}\n`);
          if (result.failed > 0) say(`${name}: ${result.passed} passed, ${result.failed} failed`);
          passed += result.passed;
          failed += result.failed;
        }
      }),
    );
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

/** A folder of tests that no stage runs would be green for ever; so would a stage that is in no step. */
async function forgotten() {
  const idle = Object.keys(STAGES).filter((name) => !STEPS.flat(2).includes(name));
  if (idle.length > 0) throw new Error(`in no step: ${idle.join(', ')}`);
  for (const entry of await readdir(join(ROOT, 'test'), { withFileTypes: true })) {
    if (!entry.isDirectory() || STAGES[entry.name] !== undefined) continue;
    const files = await readdir(join(ROOT, 'test', entry.name), { recursive: true });
    if (files.some((file) => file.endsWith('.test.ts')))
      throw new Error(`test/${entry.name} has tests but is no stage here`);
  }
}

await test(process.argv.slice(2));
