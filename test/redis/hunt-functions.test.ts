import { expect } from 'chai';
import { messageOf } from '../../lib/base/errors.js';
import { recordOf } from '../../lib/store/flat.js';
import { ensureLibrary, renderLibrary } from '../../lib/store/functions/library.js';
import { readTurn } from '../../lib/store/turns.js';
import { CATALOGUE } from '../support/defaults.js';
import { fcallOn, suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const KEY = `hunt:{${PILOT}}`;
const A = '+37120000001';
const B = '+37120000002';
const C = '+37120000003';

describe('The function library: what redis-cli may and may not do', () => {
  const redis = suiteRedis({ functions: true });
  const fcall = fcallOn(redis, KEY);
  const refusal = (name: string, ...args: (string | number)[]): Promise<string> =>
    fcall(name, ...args).then(() => 'not refused', messageOf);
  const set = (...args: string[]): Promise<unknown> => fcall('hunt_set', ...args);
  const get = async (): Promise<Record<string, string>> => {
    const flat = (await fcall('hunt_get')) as string[];
    return recordOf(flat);
  };
  const turn = async (call: string): Promise<Record<string, unknown>> => {
    const flat = (await fcall('hunt_turn', call)) as unknown[];
    const reply = Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]]] : [])));
    return { ...reply, order: readTurn(PILOT, flat)?.order };
  };

  describe('hunt_set', () => {
    it('creates a group from its members alone, with the documented defaults', async () => {
      expect(await set('members', `${A},${B}`)).to.deep.equal(['OK', 1]);
      expect(await get()).to.deep.equal({
        policy: 'linear',
        ring: '20',
        plan: 'BIZNESS',
        enabled: 'yes',
        version: '1',
        members: `${A},${B}`,
        cursor: '0',
        turns: '0',
      });
    });

    it('changes only the fields that are named, and the version', async () => {
      await set('members', A, 'policy', 'circular', 'plan', 'VIRTUALAIS');
      expect(await set('ring', '30')).to.deep.equal(['OK', 2]);
      expect(await get()).to.include({ policy: 'circular', ring: '30', plan: 'VIRTUALAIS', members: A, version: '2' });
    });

    const many = Array.from({ length: 13 }, (_, i) => `+3712000${1000 + i}`).join(',');
    const refusals: [why: string, args: string[], text: string][] = [
      ['a ring time that is not offered', ['ring', '15'], 'RING ring "15" is not allowed: choose one of 10, 20, 30'],
      [
        'an unknown policy',
        ['policy', 'random'],
        'POLICY policy "random" is not allowed: choose one of linear, circular',
      ],
      [
        'a plan the product is not sold with',
        ['plan', 'PRIVATE'],
        'PLAN plan "PRIVATE" is not allowed: choose one of BIZNESS, EKONOMISKAIS, VIRTUALAIS',
      ],
      [
        'enabled other than yes and no',
        ['enabled', 'true'],
        'ENABLED enabled "true" is not allowed: choose one of yes, no',
      ],
      [
        'an unknown field',
        ['colour', 'red'],
        'FIELD field "colour" is unknown: choose one of policy, ring, plan, enabled, members, owner, confirm, whisper, waiting, farewell, language, spoken',
      ],
      ['a field given twice', ['ring', '10', 'ring', '20'], 'FIELD field "ring" is given twice: give it once'],
      [
        'a field without its value',
        ['ring'],
        'ARGUMENTS give pairs of field and value: one has no partner, or there is none. Fields: policy, ring, plan, enabled, members, owner, confirm, whisper, waiting, farewell, language, spoken',
      ],
      ['no members', ['members', ''], 'MEMBERS members is empty: name 1 to 12 numbers'],
      ['13 members', ['members', many], 'MEMBERS members has 13 numbers: at most 12 are allowed'],
      ['a member twice', ['members', `${B},${C},${B}`], `MEMBERS member "${B}" is named twice: name each once`],
      [
        'the pilot as a member',
        ['members', `${B},${PILOT}`],
        `MEMBERS member "${PILOT}" is the pilot itself: its own phone does not ring, leave it out`,
      ],
      ...[
        '20000002',
        '+0371200000',
        '+371200',
        '+3712000000000001',
        '+3712000 0002',
        '',
        'sip:',
        'sip:anna@',
        'sip:anna@host?X=1',
        'sip:@host',
        'sip:a@b@c',
        'tel:+37120000002',
      ].map((bad): [string, string[], string] => [
        `the member "${bad}"`,
        ['members', `${B},${bad}`],
        `MEMBERS member "${bad}" is not a number: write + and 7 to 15 digits, the first not 0, or a SIP URI`,
      ]),
    ];
    for (const [why, args, text] of refusals) {
      it(`refuses ${why}, and writes nothing`, async () => {
        await set('members', A, 'ring', '10');
        const before = await get();
        expect(await refusal('hunt_set', 'enabled', 'no', ...args)).to.equal(
          args[0] === 'enabled'
            ? 'ERR VIRKNE FIELD field "enabled" is given twice: give it once'
            : `ERR VIRKNE ${text}`,
        );
        expect(await refusal('hunt_set', ...args)).to.equal(`ERR VIRKNE ${text}`);
        expect(await get()).to.deep.equal(before);
      });
    }

    it('refuses a new group without members', async () => {
      expect(await refusal('hunt_set', 'ring', '10')).to.equal(
        'ERR VIRKNE MEMBERS members is missing: a new group needs 1 to 12 numbers',
      );
      expect(await redis.client.dbsize()).to.equal(0);
    });

    for (const key of [
      'hunt:+37167000000',
      'hunt:{67000000}',
      'hunt:{+0371}',
      'group:{+37167000000}',
      'hunt:{+37167000000}:x',
    ]) {
      it(`refuses the key ${key}`, async () => {
        const answer = await redis.client.call('FCALL', 'hunt_set', 1, key, 'members', A).then(() => '', messageOf);
        expect(answer).to.equal(
          `ERR VIRKNE KEY key "${key}" is not a group: write hunt:{+37167000000}, the number in E.164`,
        );
      });
    }

    it('refuses several keys', async () => {
      const answer = await redis.client.call('FCALL', 'hunt_get', 2, KEY, KEY).then(() => '', messageOf);
      expect(answer).to.equal('ERR VIRKNE KEY give exactly one key: FCALL hunt_get 1 hunt:{+37167000000}');
    });

    for (const uri of [
      'sip:anna@example.com',
      'sips:anna@10.0.0.1:5061;transport=tls',
      'sip:gw.example.com',
      'sip:a@[2001:db8::1]:5060',
    ]) {
      it(`takes ${uri} as a member, unless the catalogue says no`, async () => {
        expect(await set('members', uri)).to.deep.equal(['OK', 1]);
        await ensureLibrary(redis.client, renderLibrary({ ...CATALOGUE, sipUriMembers: false }));
        expect(await refusal('hunt_set', 'members', uri)).to.equal(
          `ERR VIRKNE MEMBERS member "${uri}" is a SIP URI, which is not allowed here: write a number in E.164`,
        );
      });
    }

    it('writes nothing when a key has another type', async () => {
      await redis.client.set(KEY, 'text');
      expect(await refusal('hunt_set', 'members', A)).to.contain('WRONGTYPE');
      expect(await redis.client.keys('*')).to.deep.equal([KEY]);
    });

    it('keeps the turn with the member with whom it was when the list changes', async () => {
      await set('members', `${A},${B},${C}`, 'policy', 'circular');
      await turn('1');
      await set('members', `${C},${A},${B}`);
      expect(await fcall('hunt_next')).to.deep.equal([B, C, A]);
    });
  });

  describe('hunt_members', () => {
    beforeEach(() => set('members', `${A},${B}`, 'policy', 'circular'));

    it('adds at the end, moves to a position from 1, removes, and raises the version each time', async () => {
      expect(await fcall('hunt_members', 'add', C)).to.deep.equal([A, B, C]);
      expect(await fcall('hunt_members', 'move', C, 1)).to.deep.equal([C, A, B]);
      expect(await fcall('hunt_members', 'remove', A)).to.deep.equal([C, B]);
      expect(await get()).to.include({ version: '4', members: `${C},${B}` });
    });

    it('gives the turn of a removed member to the next one', async () => {
      await fcall('hunt_members', 'add', C);
      await turn('1');
      await fcall('hunt_members', 'remove', B);
      expect(await fcall('hunt_next')).to.deep.equal([C, A]);
    });

    it('refuses to remove the last member, and says what to do', async () => {
      await fcall('hunt_members', 'remove', A);
      expect(await refusal('hunt_members', 'remove', B)).to.equal(
        `ERR VIRKNE MEMBERS member "${B}" is the last one: delete the group with hunt_del, or set enabled no`,
      );
    });

    const refusals: [string, (string | number)[], string][] = [
      ['a 13th … or second time', ['add', A], `MEMBERS member "${A}" is named twice: name each once`],
      [
        'what is no number',
        ['add', 'x'],
        'MEMBERS member "x" is not a number: write + and 7 to 15 digits, the first not 0, or a SIP URI',
      ],
      ['a stranger', ['remove', C], `MEMBERS member "${C}" is not in the group: it has ${A}, ${B}`],
      ['position 0', ['move', A, '0'], 'POSITION position "0" is not allowed: choose 1 to 2'],
      ['a position behind the end', ['move', A, 3], 'POSITION position "3" is not allowed: choose 1 to 2'],
      ['an unknown verb', ['swap', A], 'ARGUMENTS say one of: add MEMBER, remove MEMBER, move MEMBER POSITION'],
    ];
    for (const [why, args, text] of refusals) {
      it(`refuses ${why}`, async () => {
        expect(await refusal('hunt_members', ...args)).to.equal(`ERR VIRKNE ${text}`);
        expect(await get()).to.include({ version: '1', members: `${A},${B}` });
      });
    }
  });

  describe('hunt_get, hunt_del', () => {
    it('hunt_get of an unknown group says how to create it', async () => {
      expect(await refusal('hunt_get')).to.equal(
        `ERR VIRKNE GROUP there is no group "${KEY}": create it with hunt_set`,
      );
    });

    it('hunt_del leaves nothing of the group but its audit and, for a month, that it was deleted', async () => {
      await set('members', A, 'policy', 'circular');
      await turn('1');
      expect(await fcall('hunt_del')).to.equal(1);
      expect((await redis.client.keys('*')).sort()).to.deep.equal([`${KEY}:audit`, `${KEY}:deleted`]);
      expect(await fcall('hunt_del')).to.equal(0);
    });

    it('hunt_get and hunt_next are read-only: FCALL_RO takes them', async () => {
      await set('members', A);
      expect(await redis.client.call('FCALL_RO', 'hunt_next', 1, KEY)).to.deep.equal([A]);
      expect(await redis.client.call('FCALL_RO', 'hunt_get', 1, KEY)).to.include('BIZNESS');
    });
  });

  describe('hunt_turn', () => {
    beforeEach(() => set('members', `${A},${B},${C}`, 'policy', 'circular'));

    it('circular: each turn starts with the next member', async () => {
      expect((await turn('1')).order).to.deep.equal([A, B, C]);
      expect((await turn('2')).order).to.deep.equal([B, C, A]);
      expect((await turn('3')).order).to.deep.equal([C, A, B]);
      expect(await turn('4')).to.deep.include({ turn: 4, order: [A, B, C], members: [A, B, C], version: '1' });
    });

    it('linear: each turn starts with the first member, and is counted and written down too', async () => {
      await set('policy', 'linear');
      await turn('1');
      expect(await turn('2')).to.deep.include({ turn: 2, order: [A, B, C] });
      const entries = await redis.client.xrange(`${KEY}:turns`, '-', '+');
      expect(entries.map(([, fields]) => fields)).to.deep.equal([
        ['number', '1', 'call', '1', 'start', A, 'version', '2'],
        ['number', '2', 'call', '2', 'start', A, 'version', '2'],
      ]);
    });

    it('the same call again gets the same turn and takes no second one', async () => {
      await turn('1');
      const second = await turn('2');
      await turn('3');
      expect(await turn('2')).to.deep.equal(second);
      expect(await redis.client.xlen(`${KEY}:turns`)).to.equal(3);
      expect(await fcall('hunt_next')).to.deep.equal([A, B, C]);
    });

    for (const [cursor, start] of [
      ['1', B],
      ['5', C],
      ['-1', C],
      ['abc', A],
      ['1.5', A],
      ['9e99', A],
      ['99999999999999999999', A],
      ['', A],
    ] as const) {
      it(`cursor "${cursor}" set by hand: the next call starts with member ${start}, and the cursor is sound again`, async () => {
        await redis.client.set(`${KEY}:cursor`, cursor);
        const order = (await turn('1')).order as string[];
        expect(order[0]).to.equal(start);
        expect(Number(await redis.client.get(`${KEY}:cursor`))).to.equal(([A, B, C].indexOf(start) + 1) % 3);
      });
    }

    it('a call id is recognised as a whole, and a count spoilt by hand is begun anew', async () => {
      await turn('call-12');
      expect(await turn('call-1')).to.deep.include({ turn: 2 });
      await redis.client.hset(KEY, 'turns', 'inf', 'version', 'x');
      expect(await turn('call-2')).to.deep.include({ turn: 1 });
      expect(await set('ring', '10')).to.deep.equal(['OK', 1]);
    });

    it('a cursor of another type is repaired', async () => {
      await redis.client.rpush(`${KEY}:cursor`, 'x');
      expect((await turn('1')).order).to.deep.equal([A, B, C]);
      expect(await redis.client.get(`${KEY}:cursor`)).to.equal('1');
    });

    it('follows members that were pushed and removed by hand', async () => {
      await turn('1');
      await turn('2');
      await redis.client.rpop(`${KEY}:members`);
      expect((await turn('3')).order).to.deep.equal([A, B]);
      await redis.client.rpush(`${KEY}:members`, C);
      expect((await turn('4')).order).to.deep.equal([B, C, A]);
    });

    it('takes no turn for a group that is not enabled, has nobody, or does not exist', async () => {
      await set('enabled', 'no');
      expect(await turn('1')).to.deep.include({ turn: 0, order: [], enabled: 'no', members: [A, B, C] });
      await set('enabled', 'yes');
      await redis.client.del(`${KEY}:members`);
      expect(await turn('2')).to.deep.include({ turn: 0, order: [] });
      await fcall('hunt_del');
      expect(await fcall('hunt_turn', '3')).to.equal(null);
      expect(await redis.client.exists(`${KEY}:turns`)).to.equal(0);
    });

    it('a group with members and no settings yet takes no turn: the caller gets 480, not 404', async () => {
      await redis.client.del(KEY);
      expect(await turn('1')).to.deep.include({ turn: 0, order: [], enabled: 'no' });
    });

    it('keeps a bounded number of turns', async () => {
      await ensureLibrary(redis.client, renderLibrary({ ...CATALOGUE, turnsKept: 100 }));
      for (let i = 0; i < 500; i++) void fcall('hunt_turn', `c${i}`);
      expect(await redis.client.xlen(`${KEY}:turns`)).to.be.within(100, 200);
    });
  });

  describe('member_claim', () => {
    const CALLS = `member:{${A}}:calls`;
    const claim = (call: string, now: number): Promise<unknown> =>
      redis.client.call('FCALL', 'member_claim', 1, CALLS, call, '1000', String(now));

    it('refuses a member who is on another call, and lets the same call claim again', async () => {
      expect(await claim('one', 1_000)).to.equal(1);
      expect(await claim('two', 1_500)).to.equal(0);
      expect(await claim('one', 1_500)).to.equal(1);
    });

    it('a claim that nobody renews lapses with its lease', async () => {
      await claim('one', 1_000);
      expect(await claim('two', 1_999)).to.equal(0);
      expect(await claim('two', 2_000)).to.equal(1);
      expect(await redis.client.zrange(CALLS, '0', '-1')).to.deep.equal(['two']);
    });

    it('renewal prolongs the lease, release ends it', async () => {
      await claim('one', 1_000);
      await redis.client.call('FCALL', 'member_renew', 1, CALLS, 'one', '1000', '1900');
      expect(await claim('two', 2_500)).to.equal(0);
      await redis.client.call('FCALL', 'member_release', 1, CALLS, 'one');
      expect(await claim('two', 2_500)).to.equal(1);
    });

    it('the key goes with its last lease', async () => {
      await claim('one', 1_000);
      expect(await redis.client.pttl(CALLS)).to.be.within(1, 1000);
    });
  });

  describe('loading', () => {
    it('loads what is absent, older or of another catalogue, and leaves a newer version alone', async () => {
      const loaded = async (): Promise<unknown> =>
        ((await redis.client.call('FCALL_RO', ['virkne_version', '0'])) as unknown[])[0];
      const ours = renderLibrary(CATALOGUE);
      const other = renderLibrary({ ...CATALOGUE, rings: [15] });
      const newer = { ...ours, number: 1000, version: '1000 x', text: ours.text.replace(ours.version, '1000 x') };
      await redis.client.call('FUNCTION', 'FLUSH');
      await Promise.all([1, 2, 3, 4].map(() => ensureLibrary(redis.client, ours)));
      expect(await loaded()).to.equal(ours.version);
      await ensureLibrary(redis.client, other);
      expect(await loaded()).to.equal(other.version);
      expect(await refusal('hunt_set', 'members', A, 'ring', '20')).to.contain('choose one of 15');
      expect(await set('members', A)).to.deep.equal(['OK', 1]);
      expect((await get()).ring).to.equal('15');
      await ensureLibrary(redis.client, newer);
      await ensureLibrary(redis.client, ours);
      expect(await loaded()).to.equal('1000 x');
      await redis.client.call('FUNCTION', 'FLUSH');
    });
  });
});
