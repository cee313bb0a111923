import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { loadConfig } from '../../../lib/config/load.js';

const text = readFileSync('docker/virkne.service', 'utf8');
const values = (name: string): string[] =>
  text.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  bin: { virkne: string };
  scripts: { start: string };
};
const options = manifest.scripts.start.match(/--\S+/g) ?? [];

describe('systemd: the unit', () => {
  const [start = ''] = values('ExecStart');

  it('runs the bin of the package with the options of npm start', () => {
    expect(start).to.contain(`/node_modules/virkne/${manifest.bin.virkne} serve`);
    expect(options).to.not.be.empty;
    for (const option of options) expect(start).to.contain(option);
  });

  it('the README names the same options for other service managers', () => {
    expect(readFileSync('README.md', 'utf8')).to.contain(`\`node ${options.join(' ')} dist/lib/main.js\``);
  });

  it('waits longer than a drain takes, and lets the service end its private Redis itself', () => {
    expect(Number(values('TimeoutStopSec')[0])).to.be.greaterThan(loadConfig({}).drain.deadlineSeconds);
    expect(values('KillMode')).to.deep.equal(['mixed']);
  });

  it('systemd itself finds nothing wrong with it', function () {
    if (!existsSync('/usr/bin/systemd-analyze') || !existsSync('/usr/bin/node')) this.skip();
    expect(execFileSync('systemd-analyze', ['verify', 'docker/virkne.service'], { stdio: 'pipe' }).toString()).to.equal(
      '',
    );
  });
});
