import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onLoopback, type SuiteHost } from './names.js';

/** The files of the suite that talk to a server; the others test the library alone. */
export const SUITE_FILES = ['b2b', 'reinvite-tests', 'uac', 'uas', 'refer', 'subscribe'] as const;

export interface SuiteCopy {
  readonly folder: string;
  remove(): void;
}

/**
 * Copies drachtio-srf with its tests into a temporary folder and rewrites what was made for docker: addresses, ports, SIPp.
 * @param library the folder of the installed library
 * @param ports application ports by the server's name in the suite's configuration
 */
export function copySuite(
  library: string,
  hosts: readonly SuiteHost[],
  ports: Readonly<Record<string, number>>,
): SuiteCopy {
  const root = mkdtempSync(join(tmpdir(), 'drachtio-suite-'));
  const folder = join(root, 'drachtio-srf');
  cpSync(library, folder, { recursive: true });
  symlinkSync(dirname(library), join(root, 'node_modules'));
  rewriteAll(join(folder, 'test'));
  writeFileSync(join(folder, 'test', 'sipp.js'), sippModule(hosts));
  const configuration = join(folder, 'config', 'test.json');
  const config = JSON.parse(readFileSync(configuration, 'utf8')) as Record<string, { port: number }>;
  for (const [name, port] of Object.entries(ports)) Object.assign(config[name] ?? {}, { port });
  writeFileSync(configuration, JSON.stringify(config));
  return { folder, remove: () => rmSync(root, { recursive: true }) };
}

/** An unescaped `<` in an attribute is no XML; newer SIPps read over it, 3.6 does not. */
const wellFormed = (xml: string): string =>
  xml.replace(/regexp="[^"]*"/g, (attribute) => attribute.replaceAll('<', '&lt;').replaceAll('>', '&gt;'));

function rewriteAll(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) rewriteAll(path);
    else if (/\.js$/.test(name)) writeFileSync(path, onLoopback(readFileSync(path, 'utf8')));
    else if (/\.xml$/.test(name)) writeFileSync(path, wellFormed(onLoopback(readFileSync(path, 'utf8'))));
  }
}

/** Takes the place of the suite's test/sipp.js, with the same exports: runs the installed SIPp instead of a container. */
const sippModule = (hosts: readonly SuiteHost[]): string => `
const { spawn } = require('node:child_process');
const addresses = ${JSON.stringify(Object.fromEntries(hosts.map(({ name, address }) => [name, address])))};
let output = '';
let count = 0;

function run(file, address, args) {
  output = '';
  return new Promise((resolve, reject) => {
    const sipp = spawn('sipp', ['-sf', __dirname + '/scenarios/' + file, '-m', '1', '-nostdin', '-i', address, ...args]);
    sipp.stdout.on('data', (data) => { output += data; });
    sipp.stderr.on('data', (data) => { output += data; });
    sipp.on('error', reject);
    sipp.on('exit', (code) => {
      if (code === 0) return resolve();
      console.log('# sipp ' + file + ' ended with ' + code);
      console.log(output.slice(-3000).replace(/^/gm, '# '));
      reject(code);
    });
  });
}

module.exports = () => ({
  output: () => output,
  sippUac: (file) => run(file, '127.29.1.' + ++count, ['-sleep', '1', '-cid_str', '%u-%p@%s-' + count, addresses['drachtio-sut'] + ':5060']),
  sippUas: (file, name) => run(file, addresses[name], ['-p', '5060']),
});
`;
