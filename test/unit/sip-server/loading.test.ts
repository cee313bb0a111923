import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const lib = fileURLToPath(new URL('../../../lib/', import.meta.url));

/** Whether a process that imports this has drachtio-srf, and whether its environment is still the live one. */
async function afterImporting(...modules: readonly string[]): Promise<{ hasLibrary: boolean; isLive: boolean }> {
  const program = `
    import { createRequire } from 'node:module';
    const before = process.env;
    ${modules.map((module) => `await import(${JSON.stringify(`${lib}${module}`)});`).join('\n')}
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    const hasLibrary = loaded.some((path) => path.includes('/drachtio-srf/'));
    console.log(JSON.stringify({ hasLibrary, isLive: process.env === before }));
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
  return JSON.parse(stdout);
}

describe('drachtio-srf is loaded only where it is used', () => {
  it('not by the service on the embedded engine, nor by its warm-up', async function () {
    this.timeout(20_000);
    const modules = ['compose.js', 'sip-side.js', 'warm-up/warm-up.js', 'drachtio/server.js'];
    expect(await afterImporting(...modules)).to.deep.equal({ hasLibrary: false, isLive: true });
  });

  it('but by the service on a drachtio-server, so that this would be noticed', async function () {
    this.timeout(20_000);
    expect((await afterImporting('sip-server/drachtio/server.js')).hasLibrary).to.equal(true);
  });
});
