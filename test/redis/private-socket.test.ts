import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { type PrivateRedis, startPrivateRedis } from '../../lib/store/private-redis.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';

const log = pino({ level: 'silent' });
const PILOT = '+37167000000';

describe('The Unix socket of the private Redis', function () {
  this.timeout(30_000);
  let path: string;
  let server: PrivateRedis | undefined;

  beforeEach(() => {
    path = directory();
  });
  afterEach(async () => {
    await server?.stop();
    server = undefined;
    remove(path);
  });

  it('serves turns and records, which redis-cli sees over TCP', async () => {
    server = await startPrivateRedis({ directory: path, log });
    expect(server.ownUrl)
      .to.match(/^redis\+unix:\/\/:\w+@/)
      .and.contain(`@${path}/redis.sock`);
    const ours = await open(server.ownUrl, join(path, 'spool'));
    const theirs = await open(server.url, join(path, 'other'));
    await theirs.groups.set(PILOT, { members: ['+37120000001'] });
    expect((await ours.takeTurn(PILOT, 'one'))?.number).to.equal(1);
    await ours.write(recordOf('one'));
    expect(await theirs.link.command('XLEN', ['records'])).to.equal(1);
    await ours.close();
    await theirs.close();
  });

  it('has the database that the URL names', async () => {
    server = await startPrivateRedis({ directory: path, log });
    const ours = await open(`${server.ownUrl}?db=3`, join(path, 'spool'));
    await ours.link.command('SET', ['key', 'here']);
    const theirs = await open(server.url.replace(/0$/, '3'), join(path, 'other'));
    expect(await theirs.link.command('GET', ['key'])).to.equal('here');
    await ours.close();
    await theirs.close();
  });

  it('is there again when the server has died and was started again', async () => {
    server = await startPrivateRedis({ directory: path, log });
    const ours = await open(server.ownUrl, join(path, 'spool'));
    const info = String(await ours.link.command('INFO', ['server']));
    process.kill(Number(/process_id:(\d+)/.exec(info)?.[1]), 'SIGKILL');
    await until(() => ours.state === 'away');
    await until(() => ours.state === 'ready');
    await ours.close();
  });

  it('gives way to TCP where its path would be too long', async () => {
    const long = join(path, 'x'.repeat(110));
    mkdirSync(long);
    server = await startPrivateRedis({ directory: long, log });
    expect(server.ownUrl).to.equal(server.url);
  });
});
