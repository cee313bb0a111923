import { expect } from 'chai';
import { type Logger, pino } from 'pino';
import type { Store } from '../../lib/store/open-store.js';
import { directory, open, remove } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const KEY = `hunt:{${PILOT}}`;
const MEMBERS = ['+37120000001', '+37120000002', '+37120000003'];

describe('What somebody has written past the functions', function () {
  this.timeout(20_000);
  const redis = suiteRedis();
  let path: string;
  let store: Store;
  let lines: { refused?: string; msg: string; pilot?: string }[];

  beforeEach(async () => {
    path = directory();
    lines = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) }) as Logger;
    store = await open(redis.url, path, { log });
    await store.groups.set(PILOT, { policy: 'circular', members: MEMBERS });
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });

  const told = () => lines.filter(({ refused }) => refused !== undefined);

  it('a member that would lead elsewhere, and one with control characters, are not rung; the others are', async () => {
    await redis.client.lset(`${KEY}:members`, 1, '+37120000002@203.0.113.66:5060;x=');
    await redis.client.rpush(`${KEY}:members`, 'sip:a@h\r\nRoute: <sip:x>', 'sip:b@h\u0001');
    const orders = [];
    for (const call of ['1', '2', '3', '4', '5']) orders.push((await store.takeTurn(PILOT, call))?.order);
    expect(orders.map((order) => [...(order ?? [])].sort())).to.deep.equal(
      Array.from({ length: 5 }, () => [MEMBERS[0], MEMBERS[2]]),
    );
    expect(told(), 'one line, not one a call').to.have.length(1);
    expect(told()[0]).to.deep.include({
      pilot: '+371*****000',
      refused: '2, 4, 5'
        .split(', ')
        .map((at) => `member ${at} is neither E.164 nor a SIP URI`)
        .join(', '),
    });
  });

  it('50,000 members: the first twelve ring, and no more than thirteen are read', async () => {
    const many = Array.from({ length: 50_000 }, (_, i) => `+371${20_000_000 + i}`);
    await redis.client.del(`${KEY}:members`);
    for (let at = 0; at < many.length; at += 10_000)
      await redis.client.rpush(`${KEY}:members`, ...many.slice(at, at + 10_000));
    const turn = await store.takeTurn(PILOT, '1');
    expect([...(turn?.order ?? [])].sort()).to.deep.equal(many.slice(0, 12));
    const [, , , , , , , members] = JSON.parse(
      (await redis.client.call('FCALL', 'hunt_turn_json', 1, KEY, '2')) as string,
    );
    expect(members).to.have.length(13);
    expect(told()[0]?.refused).to.equal('there are more members than 12');
  });

  it('ring 1e308 is 20 s, and a version that is no number is 0', async () => {
    await redis.client.hset(KEY, 'ring', '1e308', 'version', 'x');
    const { group } = (await store.takeTurn(PILOT, '1')) ?? {};
    expect([group?.ring, group?.version]).to.deep.equal([20, 0]);
    expect(told()[0]?.refused).to.equal('ring is not 1 to 180 seconds, version is no number');
  });

  it('absences that hunt_away would not have written count for nothing, and cost the call nothing', async () => {
    const away = (member: unknown, till: string) => `{"member":${JSON.stringify(member)},"till":${till},"reason":""}`;
    const hour = String(Date.now() + 3_600_000);
    for (const text of [
      'x',
      `[${away(MEMBERS[0], '1e308')}]`,
      `[${away(MEMBERS[0], '1e400')}]`,
      `[${away(7, hour)}, 7, null]`,
      `[${Array.from({ length: 20_000 }, () => away(MEMBERS[0], hour)).join()}]`,
    ]) {
      await redis.client.hset(KEY, 'away', text);
      const turn = await store.takeTurn(PILOT, text.slice(0, 40));
      expect([turn?.order.length, turn?.away], text.slice(0, 80)).to.deep.equal([3, undefined]);
    }
    await redis.client.hset(KEY, 'away', `[${away(MEMBERS[0], hour)}]`);
    expect((await store.takeTurn(PILOT, 'last'))?.away).to.deep.equal([
      { member: MEMBERS[0], until: Number(hour), reason: '' },
    ]);
  });

  it('so it is from memory, while Redis is away', async () => {
    await redis.client.lset(`${KEY}:members`, 0, 'x');
    await redis.client.hset(KEY, 'ring', '1e308');
    await store.takeTurn(PILOT, '1');
    await redis.client.call('FUNCTION', 'FLUSH');
    const turn = await store.takeTurn(PILOT, '2');
    expect([turn?.group.ring, [...(turn?.order ?? [])].sort()]).to.deep.equal([20, MEMBERS.slice(1)]);
  });
});
