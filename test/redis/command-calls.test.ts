import { expect } from 'chai';
import type { CallRecord } from '../../lib/store/types.js';
import { commandOn } from '../support/command.js';
import { recordOf } from '../support/store.js';
import { fcallOn, recordsInto, suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const OTHER = '+37167000001';
const KEY = `hunt:{${PILOT}}`;
const A = '+37120000001';
const B = '+37120000002';
const C = '+37120000003';

describe('The command virkne: calls and turns', function () {
  this.timeout(60_000);
  const redis = suiteRedis({ functions: true });
  const { command, json } = commandOn(redis);
  const fcall = fcallOn(redis, KEY);
  const add = recordsInto(redis);

  describe('calls', () => {
    const at = (minute: number): Pick<CallRecord, 'started' | 'ended'> => {
      const started = Date.now() - (60 - minute) * 60_000;
      return { started, ended: started + 30_000 };
    };
    const calls = async (...args: string[]): Promise<string[]> =>
      (await json('calls', ...args)).map(({ call }: { call: string }) => call);

    it('are found by group, member and caller together, the newest first; since is inclusive, until is not', async () => {
      const records = Array.from({ length: 5 }, (_, i) => ({ ...recordOf(`call-${i}`), ...at(10 * i) }));
      const [first = recordOf('x'), second = first] = records;
      await add(first, { ...second, pilot: OTHER }, ...records.slice(2));
      expect(await calls()).to.deep.equal(['call-4', 'call-3', 'call-2', 'call-1', 'call-0']);
      expect(await calls('--pilot', PILOT)).to.deep.equal(['call-4', 'call-3', 'call-2', 'call-0']);
      expect(await calls('--member', A, '--pilot', OTHER)).to.deep.equal(['call-1']);
      expect(await calls('--caller', '+37120000009', '--limit', '2')).to.deep.equal(['call-4', 'call-3']);
      expect(await calls('--caller', C)).to.deep.equal([]);
      const iso = (record: CallRecord): string => new Date(record.started).toISOString();
      expect(await calls('--since', iso(second), '--until', iso(records[3] as CallRecord))).to.deep.equal([
        'call-2',
        'call-1',
      ]);
      expect(await calls('--since', '35m')).to.deep.equal(['call-4', 'call-3']);
    });

    it('all of many, none twice and none left out, and on behind the last one that was seen', async () => {
      for (let i = 0; i < 5; i++)
        await add(...Array.from({ length: 50 }, (_, j) => ({ ...recordOf(`call-${50 * i + j}`), ...at(0) })));
      const all = Array.from({ length: 250 }, (_, i) => `call-${249 - i}`);
      expect(await calls('--all')).to.deep.equal(all);
      expect(await calls('--all', '--pilot', PILOT)).to.deep.equal(all);
      const page = await json('calls', '--limit', '120');
      expect(await calls('--limit', '120', '--before', page.at(-1).id)).to.deep.equal(all.slice(120, 240));
      const table = await command('calls', '--all');
      expect(table.out.split('\n').filter((line) => line.includes(PILOT))).to.have.length(250);
    });

    it('JSON has each field always, times in UTC with their offset; CSV has a line each, with BOM and separator by switch', async () => {
      await add({ ...recordOf('one'), owner: 'a "b"; c,d', ...at(0) });
      const [shown] = await json('calls');
      expect(shown).to.include({
        call: 'one',
        pilot: PILOT,
        answered: null,
        by: null,
        owner: 'a "b"; c,d',
        status: 480,
        waited: 30_000,
      });
      expect(shown.started).to.match(/Z$/);
      expect(shown.attempts[0].started).to.match(/Z$/);
      const { out } = await command('calls', '--csv', '--separator', ';', '--bom');
      expect(out.startsWith('\ufeffid;call;pilot;')).to.equal(true);
      expect(out.split('\r\n')).to.have.length(3);
      expect(out).to.contain('"a ""b""; c,d"');
      expect((await command('calls', '--csv')).out.split('\r\n')[1]?.split(',').slice(1, 4)).to.deep.equal([
        'one',
        PILOT,
        '+37120000009',
      ]);
    });

    it('how many, and whether there are more, is said on stderr, beside what a program reads', async () => {
      await add(...Array.from({ length: 23 }, (_, i) => ({ ...recordOf(`call-${i}`), ...at(i) })));
      const said = async (...args: string[]) => (await command('calls', ...args)).err;
      expect(await said()).to.equal('20 calls, and there are more\n');
      expect(await said('--csv')).to.equal('20 calls, and there are more\n');
      expect(await said('--csv', '--all')).to.equal('23 calls, which are all\n');
      expect(await said('--json', '--limit', '23')).to.equal('23 calls, which are all\n');
      expect(await said('--json', '--limit', '1')).to.equal('1 call, and there are more\n');
      expect(await said('--all'), 'a table is seen to end').to.equal('');
      const { out } = await command('calls', '--csv', '--all');
      expect(out.split('\r\n')).to.have.length(1 + 23 + 1);
    });

    it('a caller who asked not to be shown is in no column, and is not found by his number', async () => {
      await add({ ...recordOf('one'), hidden: true, presented: '+37120000008', ...at(0) });
      for (const form of [[], ['--json'], ['--csv']]) {
        const { out } = await command('calls', ...form);
        expect(out, form.join()).to.contain('one').and.not.contain('+37120000009').and.not.contain('+37120000008');
      }
      expect((await json('calls'))[0]).to.include({ hidden: true, caller: null });
      expect(await calls('--caller', '+37120000009')).to.deep.equal([]);
    });

    it('what moves the cursor of a terminal does not reach one', async () => {
      await add({ ...recordOf('one'), caller: 'evil\u001b[2J\u202e', ...at(0) });
      expect((await command('calls')).out.replaceAll('\n', ''))
        .to.contain('evil')
        .and.not.match(/[\p{Cc}\u202e]/u);
    });

    it('an entry that is no record is no reason to stop', async () => {
      await add({ ...recordOf('one'), ...at(0) });
      await redis.client.xadd('records', '*', 'foo', 'bar');
      expect(await calls()).to.deep.equal(['one']);
    });
  });

  describe('verify-turns', () => {
    const take = async (count: number): Promise<void> => {
      for (let i = 1; i <= count; i++)
        await fcall('hunt_turn', `call-${(await redis.client.hget(KEY, 'turns').then(Number)) + 1}`);
    };
    const record = (turn: number, call = `call-${turn}`): CallRecord => ({ ...recordOf(call), turn });
    const kinds = async (): Promise<string[]> =>
      (await json('verify-turns', PILOT)).findings.map(({ kind }: { kind: string }) => kind);

    beforeEach(() => fcall('hunt_set', 'members', `${A},${B},${C}`, 'policy', 'circular'));

    it('turns, records and cursor that agree are fair, also when the list changed and a turn was taken from memory', async () => {
      await take(4);
      await fcall('hunt_members', 'move', C, 1);
      await take(2);
      await fcall('hunt_replay', 'call-7', B, String(Date.now()), '0');
      await take(2);
      await fcall('hunt_members', 'remove', B);
      await take(3);
      await add(...[1, 2, 3, 4, 5, 6, 7].map((turn) => record(turn)));
      const said = await command('verify-turns', PILOT, '--json');
      const verdict = JSON.parse(said.out);
      expect(verdict.findings).to.deep.equal([]);
      expect(verdict).to.deep.include({ fair: true, turns: { first: 1, last: 12, count: 12, unchecked: 2 } });
      expect(verdict.withoutRecord).to.have.length(5);
      expect(said.code).to.equal(0);
    });

    it('a turn that is gone, a cursor set by hand, records that claim one turn or that of another: each is told, and the code is 1', async () => {
      await take(6);
      expect((await command('verify-turns', PILOT)).code).to.equal(0);
      await add(record(1), record(2), record(2, 'other'), { ...record(3, 'third'), provisional: true });
      expect((await kinds()).sort()).to.deep.equal(['double', 'record']);
      const [, , gone] = await redis.client.xrange(`${KEY}:turns`, '-', '+');
      await redis.client.xdel(`${KEY}:turns`, gone?.[0] ?? '');
      expect(await kinds())
        .to.include('gap')
        .and.include('unfair');
      await redis.client.set(`${KEY}:cursor`, 2);
      expect(await kinds()).to.include('cursor');
      const said = await command('verify-turns', PILOT);
      expect(said.code).to.equal(1);
      expect(said.out).to.contain('not as it must be');
    });
  });
});
