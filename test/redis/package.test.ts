import { type ExecFileOptions, execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { freePort } from '../support/ports.js';
import { startRedis } from '../support/redis.js';
import { until } from '../support/store.js';

const run = promisify(execFile);

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

/** What Node.js does not load. */
const UNREAD = /\.(?:[cm]?ts|map|md)$/;

/** What a user gets: packed, installed without the compiler, and run in a folder of its own. */
describe('npm pack: the package', function () {
  this.timeout(180_000);
  let folder: string;
  const options = (env: Readonly<Record<string, string>> = {}): ExecFileOptions => ({
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env },
  });
  const virkne = (args: readonly string[], env = {}) =>
    run(join(folder, 'node_modules/.bin/virkne'), args, options(env)).then(
      ({ stdout, stderr }) => ({ code: 0, stdout: String(stdout), stderr: String(stderr) }),
      (failed: { code: number; stdout: string; stderr: string }) => failed,
    );

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'virkne-package-'));
    // Without scripts: prepack would compile anew under the feet of the other tests.
    const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
    const [packed] = JSON.parse(stdout) as { filename: string }[];
    // What it depends on is there already, as in the cache of a user who has installed it before.
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
    for (const [path, { dev }] of Object.entries(packages)) {
      if (path === '' || dev || !existsSync(path)) continue;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      cpSync(path, join(folder, path), {
        recursive: true,
        filter: (from) => !from.slice(path.length).includes('node_modules') && !UNREAD.test(from),
      });
    }
    // With the cache of whoever runs the tests.
    const npm = options({ HOME: process.env.HOME ?? folder });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'somebody', private: true }));
    const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', ['install', ...quiet, `./${packed?.filename}`], npm);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has a bin that runs, and neither compiler nor tests', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await virkne(['--version'])).to.include({ code: 0, stdout: `${version}\n`, stderr: '' });
    const { stdout } = await run('find', [
      join(folder, 'node_modules/virkne'),
      '-name',
      '*.test.js',
      '-o',
      '-name',
      'tsc',
    ]);
    expect(stdout).to.equal('');
  });

  it('virkne serve --check reads the configuration that comes with it, and what VIRKNE_CONFIG names', async () => {
    expect(await virkne(['serve', '--check'])).to.include({ code: 0, stdout: 'the configuration is valid\n' });
    const file = join(folder, 'bad.json');
    writeFileSync(file, '{ "drian": {} }');
    const said = await virkne(['serve', '--check'], { VIRKNE_CONFIG: file });
    expect(said.code).to.equal(1);
    expect(said.stderr).to.contain('drian');
  });

  it('reaches Redis with the functions that it brings, and virkne | head ends quietly', async () => {
    const redis = await startRedis();
    const env = { REDIS_URL: redis.url };
    try {
      const set = ['group', 'set', '+37167000000', 'members', '+37120000001'];
      expect(await virkne(set, env)).to.include({ code: 0, stderr: '' });
      const { stdout, stderr } = await run(
        'sh',
        ['-c', 'node_modules/.bin/virkne group show +37167000000 | true; echo done'],
        options(env),
      );
      expect([stdout, stderr]).to.deep.equal(['done\n', '']);
      expect(await virkne(['group', 'show', '+37167000001'], env)).to.include({ code: 1, stdout: '' });
    } finally {
      await redis.stop();
    }
    expect(await virkne(['calls'], env)).to.include({ code: 3, stdout: '' });
  });

  it('virkne serve is the service: it serves, and SIGTERM ends it with 0', async () => {
    const port = await freePort();
    const env = {
      SIP_LISTEN: 'udp:127.0.0.1:0',
      HTTP_LISTEN: `127.0.0.1:${port}`,
      VIRKNE_CONFIG: join(folder, 'serve.json'),
    };
    writeFileSync(env.VIRKNE_CONFIG, JSON.stringify({ redis: { privatePort: 0 }, rehearsal: { calls: 0 } }));
    const serving = run(join(folder, 'node_modules/.bin/virkne'), ['serve'], options(env));
    const ended = serving.then(
      () => 0,
      (failed: { code: number }) => failed.code,
    );
    await until(() =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    // Its private Redis is reached in the same folder, and nowhere else is it named.
    expect(
      await virkne(['group', 'set', '+37167000000', 'members', '+37120000001'], { VIRKNE_CONFIG: env.VIRKNE_CONFIG }),
    ).to.include({ code: 0 });
    serving.child.kill('SIGTERM');
    expect(await ended).to.equal(0);
    expect(await virkne(['group', 'list'], { VIRKNE_CONFIG: env.VIRKNE_CONFIG })).to.include({ code: 3 });
  });
});
