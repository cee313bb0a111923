import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDataDirectory } from '../../../lib/store/data-directory.js';

const MODULE = new URL('../../../lib/store/data-directory.js', import.meta.url).href;

describe('The data directory', () => {
  let path: string;
  const refusal = (directory: string): unknown => {
    try {
      openDataDirectory(directory).close();
      return undefined;
    } catch (thrown) {
      return thrown;
    }
  };

  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'virkne-data-'));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  it('belongs to one process at a time: the second one is refused and told who has it', () => {
    const first = openDataDirectory(path);
    expect(refusal(path)).to.include({ code: 'DATA_DIRECTORY_IN_USE' });
    expect(String(refusal(path)))
      .to.contain(`${path} is in use by process ${process.pid} on `)
      .and.contain('redis.dataDirectory');
    first.close();
    expect(refusal(path)).to.equal(undefined);
  });

  it('a process that is killed leaves no lock behind, though its note stays', async () => {
    const script = `import { openDataDirectory } from ${JSON.stringify(MODULE)};
      openDataDirectory(${JSON.stringify(path)});
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(String(refusal(path))).to.contain(`process ${child.pid} on `);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(refusal(path)).to.equal(undefined);
  });

  it('is made where absent, for its user alone', () => {
    const made = join(path, 'deep', 'data');
    openDataDirectory(made).close();
    expect(statSync(made).mode & 0o777).to.equal(0o700);
    expect(statSync(join(made, 'lock')).mode & 0o777).to.equal(0o600);
  });

  it('one that cannot be made is refused in a coded line', () => {
    writeFileSync(join(path, 'file'), '');
    const thrown = refusal(join(path, 'file', 'data'));
    expect(thrown).to.include({ code: 'DATA_DIRECTORY_UNUSABLE' });
    expect(String(thrown)).to.contain('redis.dataDirectory').and.contain('ENOTDIR');
  });
});
