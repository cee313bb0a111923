/**
 * Makes a fresh clone ready: node lib/setup/prepare.mjs [redis-server] [sip-tester] [kamailio] [tshark] [prometheus] [chromium]
 * Checks Node, installs the npm packages and the named Debian packages where they are missing, and compiles where the sources
 * are newer. Plain Node without dependencies: it runs before anything is installed.
 */
import { accessSync, chmodSync, constants, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal, ROOT, run, say } from './run.mjs';

/** Debian package → the programs that it must bring. */
const PROGRAMS = {
  'redis-server': ['redis-server', 'redis-cli'],
  'sip-tester': ['sipp'],
  kamailio: ['kamailio'],
  tshark: ['tshark'],
  prometheus: ['prometheus', 'promtool'],
  chromium: ['chromium'],
};

const inRoot = (...path) => join(ROOT, ...path);
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** @param {string[]} packages names of Debian packages, of those in PROGRAMS */
export async function prepare(packages, { build = true } = {}) {
  checkNode();
  await installModules();
  await installPrograms(packages);
  if (build) await compileIfStale();
}

function checkNode() {
  const wanted = readJson(inRoot('package.json')).engines.node;
  const [major, minor] = wanted.match(/\d+/g).map(Number);
  const [ourMajor, ourMinor] = process.versions.node.split('.').map(Number);
  if (ourMajor > major || (ourMajor === major && ourMinor >= minor)) return;
  throw new Refusal(`Node ${wanted} is needed; this is ${process.versions.node}`);
}

async function installModules() {
  if (modulesMatchLock()) return;
  say('installing npm packages …');
  const code = await run('installing npm packages', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund']);
  if (code !== 0) throw new Refusal('npm ci failed; what it says is above');
}

/** Compares what npm noted down when it installed with what is wanted. Times say nothing: git sets them at will. */
function modulesMatchLock() {
  const note = inRoot('node_modules', '.package-lock.json');
  if (!existsSync(note)) return false;
  const installed = readJson(note).packages;
  const wanted = readJson(inRoot('package-lock.json')).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    const found = installed[path];
    return path === '' || (found === undefined ? optional === true : found.version === version);
  });
}

async function installPrograms(packages) {
  const unknown = packages.filter((name) => !(name in PROGRAMS));
  if (unknown.length > 0)
    throw new Refusal(`unknown: ${unknown.join(', ')}; known are ${Object.keys(PROGRAMS).join(', ')}`);
  const missing = packages.filter((name) => !PROGRAMS[name].every(hasProgram));
  if (missing.length === 0) return;

  const remedy = `install it with: apt-get install ${missing.join(' ')}`;
  if (!hasProgram('apt-get')) throw new Refusal(`missing here: ${missing.join(', ')}. On Debian, ${remedy}`);
  const becomeRoot = process.getuid() === 0 ? [] : ['sudo', '-n'];
  if (becomeRoot.length > 0 && (!hasProgram('sudo') || (await run('', 'sudo', ['-n', 'true'])) !== 0)) {
    throw new Refusal(`missing here: ${missing.join(', ')}. As root, ${remedy}`);
  }
  say(`installing ${missing.join(', ')} with apt-get …`);
  const [program, ...args] = [...becomeRoot, 'sh', '-c', INSTALL, 'sh', ...missing];
  await run(`installing ${missing.join(', ')}`, program, args);
  const still = missing.filter((name) => !PROGRAMS[name].every(hasProgram));
  if (still.length > 0) throw new Refusal(`apt-get could not install ${still.join(', ')}; what it says is above`);
}

function hasProgram(name) {
  return `${process.env.PATH}${delimiter}/usr/sbin`.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * The programs are run by us, so the distribution's services of the same name must not start: policy-rc.d forbids it (Debian
 * policy §9.3.3), for as long as this script runs. A package list that cannot be renewed may still do.
 */
const INSTALL = `
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    trap 'exit 1' INT TERM HUP
    printf '#!/bin/sh\\nexit 101\\n' > $policy && chmod 755 $policy
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -o DPkg::Lock::Timeout=120 update
  apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 --no-install-recommends install "$@" || exit 1
  if [ -d /run/systemd/system ]; then
    for name in "$@"; do systemctl --quiet disable "$name" 2>/dev/null || true; done
  fi
`;

const STAMP = inRoot('dist', '.sources');

async function compileIfStale() {
  const sources = await sourceList();
  if (!isStale(sources)) return;
  const code = await compile();
  if (code !== 0) throw new Refusal('the sources do not compile; what tsc says is above');
}

/**
 * Compiles lib and test into an empty dist, so that nothing of a deleted source stays, and joins Redis's function library there.
 * @returns {Promise<number>} 0 where all of it succeeded
 */
export async function compile() {
  say('compiling …');
  const sources = await sourceList();
  rmSync(inRoot('dist'), { recursive: true, force: true });
  const code = await run('compiling', process.execPath, [
    inRoot('node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    '.',
  ]);
  const failed = code || (await run('', process.execPath, [inRoot('dist', 'lib', 'setup', 'write-library.js')]));
  if (failed === 0) chmodSync(inRoot('dist', 'lib', 'cli', 'main.js'), 0o755); // the package's bin, for npx in a checkout
  if (failed === 0) writeFileSync(STAMP, sources.join('\n'));
  return failed;
}

async function sourceList() {
  const folders = await Promise.all(
    ['lib', 'test'].map(async (folder) =>
      (await readdir(inRoot(folder), { recursive: true })).map((file) => join(folder, file)),
    ),
  );
  return [
    ...folders.flat().filter((file) => /\.(ts|lua)$/.test(file)),
    'config/default.json',
    'config/charges.json',
    'tsconfig.json',
    'package-lock.json',
  ].sort();
}

function isStale(sources) {
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== sources.join('\n')) return true;
  const compiled = statSync(STAMP).mtimeMs;
  return sources.some((file) => statSync(inRoot(file)).mtimeMs > compiled);
}

/** Runs `action`; a refusal is told in one line, with exit code 1. */
export async function orRefuse(action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(`✗ ${error.message}`);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await orRefuse(() => prepare(process.argv.slice(2)));
