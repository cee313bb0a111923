import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { ensureLibrary, renderLibrary } from '../../lib/store/functions/library.js';
import { startPrivateRedis } from '../../lib/store/private-redis.js';
import { commandOn, virkne } from '../support/command.js';
import { CATALOGUE } from '../support/defaults.js';
import { freePort } from '../support/ports.js';
import { startCluster } from '../support/redis-sets.js';
import { fcallOn, suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const OTHER = '+37167000001';
const KEY = `hunt:{${PILOT}}`;
const A = '+37120000001';
const B = '+37120000002';
const C = '+37120000003';

describe('The command virkne', function () {
  this.timeout(60_000);
  const redis = suiteRedis({ functions: true });
  let directory: string;
  const { command, json } = commandOn(redis);
  const fcall = fcallOn(redis, KEY);

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'virkne-command-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  describe('ends with a code', () => {
    it('0 done: also help, version, and lists in which there is nothing, which stdout and stderr keep apart', async () => {
      for (const args of [['--help'], ['--version'], ['group', '--help'], ['calls', '--help'], ['help', 'next']])
        expect(await command(...args), args.join(' ')).to.include({ code: 0, err: '' });
      expect((await command('--version')).out).to.match(/^\d+\.\d+\.\d+\n$/);
      expect(await command('calls')).to.deep.equal({ code: 0, out: '', err: 'no call is known\n' });
      expect(await command('calls', '--json')).to.deep.equal({ code: 0, out: '[]\n', err: '' });
      expect(await command('group', 'list', '--json')).to.deep.equal({ code: 0, out: '[]\n', err: '' });
      expect(await command('group', 'audit', PILOT, '--json')).to.deep.equal({ code: 0, out: '[]\n', err: '' });
    });

    it('1 refused or not found: the refusal of Redis in its own words, on stderr', async () => {
      const refused = await command('group', 'set', PILOT, 'members', A, 'ring', '99');
      expect(refused).to.include({ code: 1, out: '' });
      expect(refused.err).to.contain('RING ring "99" is not allowed: choose one of 10, 20, 30');
      for (const name of ['next', 'verify-turns'])
        expect(await command(name, PILOT), name).to.include({ code: 1, out: '' });
      expect((await command('group', 'show', PILOT)).err).to.contain('there is no group');
    });

    it('2 wrong usage: an unknown command, option or filter, a missing or bad value; nothing is ignored', async () => {
      const wrong = [
        [],
        ['frobnicate'],
        ['calls', '--colour', 'red'],
        ['calls', 'extra'],
        ['calls', '--limit', '0'],
        ['calls', '--limit', 'many'],
        ['calls', '--since', '2026-11-25T18:00'],
        ['calls', '--since', '2026-02-30'],
        ['calls', '--before', 'x'],
        ['calls', '--all', '--limit', '3'],
        ['calls', '--csv', '--json'],
        ['calls', '--pilot', '67000000'],
        ['group', 'set', PILOT, 'ring'],
        ['group', 'show'],
        ['next', '12'],
      ];
      for (const args of wrong) {
        const said = await command(...args);
        expect(said, args.join(' ')).to.include({ code: 2, out: '' });
        expect(said.err, args.join(' ')).to.not.equal('');
      }
    });

    it('3 Redis away: nobody at the port, no private Redis yet, one that is stopped', async () => {
      const port = await freePort();
      const nobody = await virkne({ REDIS_URL: `redis://:secret@127.0.0.1:${port}/0` }, 'calls');
      expect(nobody).to.include({ code: 3, out: '' });
      expect(nobody.err).to.contain(`127.0.0.1:${port}`).and.not.contain('secret');
      const file = join(directory, 'none.json');
      writeFileSync(file, JSON.stringify({ redis: { dataDirectory: join(directory, 'none') } }));
      expect(await virkne({ VIRKNE_CONFIG: file }, 'group', 'list')).to.include({ code: 3, out: '' });
    });

    it('a configuration that is not valid is refused, with each mistake', async () => {
      const file = join(directory, 'bad.json');
      writeFileSync(file, JSON.stringify({ drain: { deadlineSeconds: 'long' } }));
      const said = await virkne({ VIRKNE_CONFIG: file }, 'serve', '--check');
      expect(said).to.include({ code: 1, out: '' });
      expect(said.err).to.contain('CONFIG_INVALID').and.contain('drain.deadlineSeconds');
      expect(await command('serve', '--check')).to.include({ code: 0, out: 'the configuration is valid\n' });
      expect(await json('serve', '--check')).to.include({ valid: true });
    });
  });

  it('reaches the private Redis of the service by its directory and password file, and is away when that is stopped', async () => {
    const data = join(directory, 'data');
    const file = join(directory, 'private.json');
    writeFileSync(file, JSON.stringify({ redis: { dataDirectory: data } }));
    const server = await startPrivateRedis({ directory: data, log: pino({ level: 'silent' }) });
    try {
      expect(await virkne({ VIRKNE_CONFIG: file }, 'group', 'set', PILOT, 'members', A)).to.include({
        code: 0,
        err: '',
      });
      expect((await virkne({ VIRKNE_CONFIG: file }, 'group', 'list')).out).to.contain(PILOT);
    } finally {
      await server.stop();
    }
    expect(await virkne({ VIRKNE_CONFIG: file }, 'group', 'list')).to.include({ code: 3, out: '' });
  });

  it('leaves the functions of the service alone, whatever its own catalogue, and loads them where there are none', async () => {
    const own = renderLibrary({ ...CATALOGUE, rings: [11, 12] });
    await redis.client.call('FUNCTION', 'LOAD', 'REPLACE', own.text);
    expect((await command('group', 'set', PILOT, 'members', A, 'ring', '11')).code).to.equal(0);
    expect(((await redis.client.call('FCALL_RO', 'virkne_version', 0)) as string[])[0]).to.equal(own.version);
    await redis.client.call('FUNCTION', 'FLUSH');
    expect((await command('group', 'list')).code).to.equal(0);
    expect((await command('group', 'set', OTHER, 'members', A, 'ring', '10')).code).to.equal(0);
  });

  describe('group', () => {
    it('set, show, audit: what is set is shown, and who did it stands in the audit', async () => {
      expect(
        await json('group', 'set', '+371 67 000-000', 'members', `${A},${B}`, 'policy', 'circular', 'owner', 'C-17'),
      ).to.deep.equal({
        pilot: PILOT,
        version: 1,
      });
      await command('group', 'set', PILOT, 'ring', '30', '--by', 'bruno');
      await fcall('hunt_away', B, '2h', 'by', 'clara', 'lunch; and more');
      const shown = await json('group', 'show', PILOT);
      expect(shown).to.deep.include({
        pilot: PILOT,
        policy: 'circular',
        ring: 30,
        enabled: true,
        owner: 'C-17',
        version: 2,
        members: [A, B],
        faults: [],
      });
      expect(shown.away).to.have.length(1);
      expect(shown.away[0]).to.include({ member: B, reason: 'lunch; and more' });
      const changes = await json('group', 'audit', PILOT);
      expect(changes.map(({ by, what }: Record<string, string>) => [by, what])).to.deep.equal([
        ['clara', 'hunt_away'],
        ['bruno', 'hunt_set'],
        ['anna', 'hunt_set'],
      ]);
      expect(changes[0].at).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(changes[2].before).to.equal(null);
      const { out } = await command('group', 'audit', PILOT);
      expect(out)
        .to.contain('ring 20 → 30')
        .and.match(/hunt_away\s+\+37120000002 away until 20\S+Z/);
      expect((await command('group', 'show', PILOT)).out).to.contain(`${A} (starts next)`);
    });

    it('show says what is wrong with a group that was written by hand', async () => {
      await command('group', 'set', PILOT, 'members', A);
      await redis.client.hset(KEY, 'ring', '7');
      expect((await json('group', 'show', PILOT)).faults.join()).to.contain('ring "7" is not allowed');
    });

    it('show warns of a member outside whom nobody asks to press 1, where media servers could', async () => {
      await command('group', 'set', PILOT, 'members', 'sip:anna@example.com');
      expect((await command('group', 'show', PILOT)).out).to.not.contain('warning');
      await ensureLibrary(redis.client, renderLibrary({ ...CATALOGUE, ownNumbers: [] }));
      expect((await command('group', 'show', PILOT)).out)
        .to.match(/^warning +UNCONFIRMED "sip:anna@example.com" is outside/m)
        .and.not.contain('wrong');
    });

    it('list has every group once, also in many pages', async () => {
      const pilots = Array.from({ length: 1200 }, (_, i) => `+3716${String(i).padStart(7, '0')}`);
      await Promise.all(
        pilots.map((pilot) => redis.client.call('FCALL', 'hunt_set', 1, `hunt:{${pilot}}`, 'members', A)),
      );
      const listed = (await json('group', 'list')).map(({ pilot }: { pilot: string }) => pilot);
      expect(listed.sort()).to.deep.equal(pilots);
    });

    it('export, import: the same groups again, to the byte; a second import changes nothing and leaves no line in the audit', async () => {
      await command('group', 'set', PILOT, 'members', `${A},${B}`, 'policy', 'circular', 'owner', 'Õ "x"');
      await command('group', 'set', OTHER, 'members', C, 'plan', 'VIRTUALAIS');
      const lines = (text: string): string[] =>
        text
          .replaceAll(/^\[|,?$|^\]/gm, '')
          .split('\n')
          .filter((line) => line !== '')
          .sort();
      const file = join(directory, 'groups.json');
      const { out } = await command('group', 'export');
      expect(JSON.parse(out)).to.have.length(2);
      writeFileSync(file, out);
      await redis.client.flushall();
      expect(await json('group', 'import', file)).to.deep.equal({ new: 2, changed: 0, unchanged: 0, refused: 0 });
      expect(lines((await command('group', 'export')).out)).to.deep.equal(lines(out));
      expect(await json('group', 'import', file)).to.deep.equal({ new: 0, changed: 0, unchanged: 2, refused: 0 });
      expect(await json('group', 'audit', PILOT)).to.have.length(1);
      expect(JSON.parse((await command('group', 'export', OTHER)).out)).to.have.length(1);
    });

    it('import: a group that is refused is named and stops no other; a file that breaks off is told', async () => {
      const file = join(directory, 'mixed.json');
      const groups = [{ pilot: PILOT, members: [] }, { members: [A] }, { pilot: OTHER, members: [A] }];
      writeFileSync(file, JSON.stringify(groups));
      const said = await command('group', 'import', file, '--json');
      expect(said.code).to.equal(1);
      expect(JSON.parse(said.out)).to.deep.equal({ new: 1, changed: 0, unchanged: 0, refused: 2 });
      expect(said.err).to.contain(`${PILOT} is refused: MEMBERS`);
      writeFileSync(file, JSON.stringify(groups).slice(0, -4));
      expect((await command('group', 'import', file)).err).to.contain('cut off');
      expect(await command('group', 'import', join(directory, 'absent.json'))).to.include({ code: 1, out: '' });
    });
  });

  it('next: who would ring, in which order, and why not the others; no turn is taken', async () => {
    await fcall('hunt_set', 'members', `${A},${B},${C}`, 'policy', 'circular');
    await fcall('hunt_turn', 'one');
    await fcall('hunt_away', A, '2h', 'lunch');
    await redis.client.call('FCALL', 'member_claim', 1, `member:{${C}}:calls`, 'one', 60_000);
    const shown = await json('next', PILOT);
    expect(shown).to.include({ pilot: PILOT, enabled: true, policy: 'circular' });
    expect(
      shown.members.map(({ member, position, why }: Record<string, unknown>) => [member, position, why]),
    ).to.deep.equal([
      [B, 1, null],
      [C, null, 'on-a-call'],
      [A, null, 'away'],
    ]);
    const { out } = await command('next', PILOT);
    expect(out)
      .to.contain(`${B} would ring as number 1.`)
      .and.contain('away until')
      .and.contain('lunch')
      .and.contain('on another call');
    expect(await redis.client.xlen(`${KEY}:turns`)).to.equal(1);
    await fcall('hunt_set', 'enabled', 'no');
    expect((await json('next', PILOT)).members.map(({ why }: { why: string }) => why)).to.deep.equal([
      'disabled',
      'disabled',
      'disabled',
    ]);
  });

  it('in a Cluster all nodes are asked', async () => {
    const cluster = await startCluster();
    try {
      const env = { REDIS_URL: cluster.url };
      const pilots = Array.from({ length: 12 }, (_, i) => `+3716700010${i % 10}${i}`);
      for (const pilot of pilots)
        expect(await virkne(env, 'group', 'set', pilot, 'members', A)).to.include({ code: 0 });
      const listed = JSON.parse((await virkne(env, 'group', 'list', '--json')).out) as { pilot: string }[];
      expect(listed.map(({ pilot }) => pilot).sort()).to.deep.equal(pilots.toSorted());
    } finally {
      await cluster.stop();
    }
  });
});
