import { expect } from 'chai';
import { pino } from 'pino';
import { eraseSubject } from '../../lib/privacy/erase.js';
import { exportSubject } from '../../lib/privacy/export.js';
import type { Asked } from '../../lib/privacy/redis.js';
import { Subject } from '../../lib/privacy/subject.js';
import { erasureText, exportText } from '../../lib/privacy/text.js';
import { LiveCalls } from '../../lib/store/live-calls.js';
import type { Store } from '../../lib/store/open-store.js';
import { readRecord } from '../../lib/store/records/fields.js';
import type { CallRecord, LiveCall } from '../../lib/store/types.js';
import { FakeClock } from '../support/fake-clock.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const OTHER_PILOT = '+37167000001';
const CALLER = '+37120000009';
const A = '+37120000001';
const B = '+37120000002';
const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 25);

describe('A subject: what is kept of a number, shown to whose it is, and erased', function () {
  this.timeout(30_000);
  const redis = suiteRedis();
  let path: string;
  let store: Store;
  let asked: Asked;
  const fcall = (name: string, key: string, ...args: (string | number)[]): Promise<unknown> =>
    redis.client.call('FCALL', name, 1, key, ...args);
  const whole = (number: string) => exportSubject(asked, new Subject(number), NOW);
  const erase = (number: string) => eraseSubject(asked, new Subject(number), NOW, 'anna');
  /** Every value that Redis holds, of whatever type. */
  const everything = async (): Promise<string> => {
    const found: unknown[] = [];
    for (const key of await redis.client.keys('*')) {
      const type = await redis.client.type(key);
      const read = { hash: 'HGETALL', list: 'LRANGE', zset: 'ZRANGE', stream: 'XRANGE', string: 'GET' }[type] ?? 'TYPE';
      const range = { list: ['0', '-1'], zset: ['0', '-1'], stream: ['-', '+'] }[type] ?? [];
      found.push(key, await redis.client.call(read, key, ...range));
    }
    return JSON.stringify(found);
  };
  const callsOf = async (role: string, number: string): Promise<(CallRecord | undefined)[]> =>
    ((await fcall('hunt_calls', 'records', role, number)) as [string, string[]][]).map(([, flat]) => readRecord(flat));

  beforeEach(async () => {
    path = directory();
    store = await open(redis.url, path, { retentionDays: 36_500 });
    const command: Asked['command'] = (name, args) => redis.client.call(name, ...args);
    asked = { command, fcall: (name, key, args = []) => fcall(name, key, ...args), nodes: [{ command }] };
    await fcall('hunt_set', `hunt:{${PILOT}}`, 'policy', 'circular', 'members', `${A},${B}`, 'by', 'anna');
    await fcall('hunt_away', `hunt:{${PILOT}}`, A, '2h', 'lunch');
    for (const call of ['1', '2', '3']) await store.takeTurn(PILOT, call);
    await store.write(recordOf('one'));
    await store.write({ ...recordOf('two'), caller: B, hidden: true });
    await store.write({ ...recordOf('three'), pilot: OTHER_PILOT, attempts: [] });
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });

  it('export: every call with the part that it had, its groups, absences, turns and changes; others are masked', async () => {
    const all = await whole(A);
    expect(all.calls.map(({ call, roles, caller }) => [call, roles, caller])).to.deep.equal([
      ['one', ['member'], '+371*****009'],
      ['two', ['member'], 'withheld'],
    ]);
    const [group, ...none] = all.groups;
    expect(none).to.deep.equal([]);
    expect(group).to.deep.include({ pilot: '+371*****000', isPilot: false, isMember: true, exists: true });
    expect(group?.away.map(({ reason }) => reason)).to.deep.equal(['lunch']);
    expect(group?.changes.map(({ what, away }) => [what, away])).to.deep.equal([
      ['hunt_set', null],
      ['hunt_away', { member: A, until: group?.away[0]?.until.replace(/\.\d+/, '') }],
    ]);
    expect(group?.turns).to.have.length(2);
    const text = JSON.stringify(all) + exportText(all);
    for (const other of [B, CALLER, PILOT]) expect(text, other).not.to.contain(other.slice(1));
  });

  it('export: as a caller, and as a pilot with what billing keeps said', async () => {
    expect((await whole(CALLER)).calls.map(({ call, roles }) => [call, roles])).to.deep.equal([
      ['one', ['caller']],
      ['three', ['caller']],
    ]);
    const pilot = await whole(PILOT);
    expect(pilot.calls).to.have.length(2);
    expect(pilot.stays.map(({ what }) => what)).to.deep.equal(['group', 'audit', 'charges', 'copies']);
    expect(exportText(pilot)).to.contain('the law on accounts wants it kept');
    expect((await whole('+37120000099')).calls).to.deep.equal([]);
  });

  it('erase: the member is nowhere in Redis any more, and what others have stays whole', async () => {
    const turns = (await redis.client.xrange(`hunt:{${PILOT}}:turns`, '-', '+')).map(([id]) => id);
    const erasure = await erase(A);
    expect(erasure).to.deep.include({ records: 2, memberships: 1, histories: 1, subject: '+371*****001' });
    expect(await everything()).not.to.contain(A.slice(1));
    expect((await callsOf('caller', CALLER)).map((one) => one?.call)).to.have.members(['one', 'three']);
    expect((await callsOf('pilot', PILOT)).map((one) => one?.attempts[0]?.member)).to.deep.equal(['erased', 'erased']);
    expect((await callsOf('call', 'one')).map((one) => one?.call)).to.deep.equal(['one']);
    expect((await callsOf('call', 'member-leg-of-one')).map((one) => one?.call)).to.deep.equal(['one']);
    expect(await redis.client.lrange(`hunt:{${PILOT}}:members`, 0, -1)).to.deep.equal([B]);
    expect((await redis.client.xrange(`hunt:{${PILOT}}:turns`, '-', '+')).map(([id]) => id)).to.deep.equal(turns);
    expect((await redis.client.xrange(`hunt:{${PILOT}}:audit`, '-', '+')).map(([, flat]) => flat[3])).to.deep.equal([
      'hunt_set',
      'hunt_away',
      'hunt_members',
    ]);
    expect(erasureText(erasure)).to.contain('from 2 records of calls');
  });

  it('erase: done again it finds nothing, and another number can be erased from the same records', async () => {
    await erase(A);
    expect(await erase(A)).to.deep.include({ records: 0, memberships: 0, histories: 0 });
    expect(await erase(CALLER)).to.deep.include({ records: 2 });
    expect(await everything()).not.to.contain(CALLER.slice(1));
    expect(await redis.client.keys('{records}:caller:*')).to.deep.equal([`{records}:caller:${B}`]);
    expect(await redis.client.xlen('records')).to.equal(3);
  });

  it('erase: of a pilot the group and its audit stay, and it says so; the only member of a group stays, too', async () => {
    const erasure = await erase(PILOT);
    expect(erasure.stays.map(({ what }) => what)).to.deep.equal(['group', 'audit', 'charges', 'copies']);
    expect(await callsOf('pilot', PILOT)).to.deep.equal([]);
    expect(await redis.client.keys('{records}:pilot:erased')).to.deep.equal([]);
    expect((await redis.client.xrange(`hunt:{${PILOT}}:audit`, '-', '+')).length).to.equal(2);
    await erase(A);
    const last = await erase(B);
    expect(last.stays.find(({ what }) => what === 'onlyMember')?.groups).to.deep.equal(['+371*****000']);
    expect(await redis.client.lrange(`hunt:{${PILOT}}:members`, 0, -1)).to.deep.equal([B]);
  });

  it('while calls of the number go on: they are in the export, and the erasure says that they are to come', async () => {
    const call: LiveCall = {
      ...{
        id: 'now',
        pilot: PILOT,
        caller: CALLER,
        hidden: true,
        started: NOW,
        answered: null,
        member: A,
        isOver: false,
      },
    };
    const clock = new FakeClock();
    const live = new LiveCalls({
      link: store.link,
      clock,
      log: pino({ level: 'silent' }),
      node: 'n',
      calls: () => [call],
    });
    await store.claim(A, 'now');
    await until(async () => {
      clock.advance(2000);
      return (await whole(A)).live.length === 1;
    });
    const { live: shown, claims } = await whole(A);
    expect(shown[0]).to.deep.include({ call: 'now', caller: 'withheld', member: A });
    expect(claims).to.deep.equal(['now']);
    expect((await erase(A)).stays.map(({ what }) => what)).to.include('live');
    await store.write({ ...recordOf('now') });
    await live.close();
    const again = await erase(A);
    expect(again.records).to.equal(1);
    expect(again.stays.map(({ what }) => what)).not.to.include('live');
  });

  it('a reader that goes on behind the last id gets each record that was written again meanwhile, with its revision and when', async () => {
    const [last = ''] = (await redis.client.xrange('records', '-', '+')).at(-1) ?? [];
    await erase(A);
    const [[, entries = []] = []] = (await redis.client.xread('STREAMS', 'records', last)) as [
      string,
      [string, string[]][],
    ][];
    const changed = entries.map(([, flat]) =>
      Object.fromEntries(flat.flatMap((name, i) => (i % 2 ? [] : [[name, flat[i + 1]]]))),
    );
    expect(changed.map(({ call }) => call)).to.have.members(['one', 'two']);
    for (const { revision, revised } of changed) {
      expect(revision).to.equal('1');
      expect(Number(revised)).to.equal(NOW);
    }
  });

  it('a record that was written again keeps the day on which its life ends', async () => {
    await redis.client.xadd('records', '1000-1', 'call', 'never').catch(() => {});
    await redis.client.flushall();
    await redis.client.xadd(
      'records',
      `${Date.now() - 100 * DAY}-1`,
      ...['call', 'old', 'pilot', PILOT, 'caller', CALLER],
    );
    await store.write(recordOf('new'));
    expect((await erase(CALLER)).records).to.equal(2);
    const reply = (await fcall('record_sweep', 'records', 90)) as number[];
    expect(reply.slice(0, 2)).to.deep.equal([1, 2]);
    expect((await callsOf('pilot', PILOT)).map((one) => one?.call)).to.deep.equal(['new']);
    expect(Date.now() - (reply[2] ?? 0)).to.be.within(0, 60_000);
    await fcall('record_sweep', 'records', 0);
    expect(await redis.client.keys('{records}*')).to.deep.equal([]);
  });

  it('a past of thousands of entries is written again in pieces, and what comes meanwhile is not lost', async () => {
    for (let i = 0; i < 1200; i++) void fcall('hunt_set', `hunt:{${PILOT}}`, 'ring', i % 2 ? '10' : '20');
    const key = `hunt:{${PILOT}}`;
    expect(await fcall('group_forget', key, A, 'audit')).to.equal(1);
    await fcall('hunt_members', key, 'remove', A, 'by', 'meanwhile');
    expect(await fcall('group_forget', key, B, 'audit').catch(String)).to.contain('BUSY');
    let pieces = 2;
    while ((await fcall('group_forget', key, A, 'audit')) === 1) pieces++;
    expect(pieces, 'of 150 entries each').to.equal(9);
    const entries = await redis.client.xrange(`${key}:audit`, '-', '+');
    expect(entries).to.have.length(1203);
    expect(JSON.stringify(entries)).not.to.contain(A.slice(1));
    expect(entries.at(-1)?.[1]?.[1]).to.equal('meanwhile');
    expect(await redis.client.keys(`${key}:cop*`)).to.deep.equal([]);
    expect(await redis.client.ttl(`${key}:audit`)).to.equal(-1);
  });
});
