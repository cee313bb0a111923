import { expect } from 'chai';
import fc from 'fast-check';
import { messageOf } from '../../lib/base/errors.js';
import { readChange } from '../../lib/lookups/audit.js';
import { entriesOf } from '../../lib/lookups/entries.js';
import { recordOf } from '../../lib/store/flat.js';
import { ensureLibrary, renderLibrary } from '../../lib/store/functions/library.js';
import { readTurn } from '../../lib/store/turns.js';
import { CATALOGUE } from '../support/defaults.js';
import { fcallOn, suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const KEY = `hunt:{${PILOT}}`;
const A = '+37120000001';
const B = '+37120000002';
const UNTIL = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 3_600_000).toISOString().replace(/:00\.000/, '');

describe('Groups as people administer them', () => {
  const redis = suiteRedis({ functions: true });
  const fcall = fcallOn(redis, KEY);
  const refusal = (name: string, ...args: (string | number)[]): Promise<string> =>
    fcall(name, ...args).then(() => 'not refused', messageOf);
  const whole = (name: string, ...args: (string | number)[]): Promise<unknown> =>
    redis.client.call('FCALL', name, 0, ...args);
  const audit = async (...args: (string | number)[]): Promise<Record<string, string>[]> =>
    ((await fcall('hunt_audit', ...args)) as [string, string[]][]).map(([id, flat]) => ({
      id,
      ...recordOf(flat),
    }));

  describe('hunt_audit', () => {
    it('tells each change with who, before and after, the newest first, whichever function made it', async () => {
      await fcall('hunt_set', 'members', A, 'owner', 'C-17', 'by', 'anna');
      await fcall('hunt_set', 'ring', '30');
      await fcall('hunt_members', 'add', B, 'by', 'web:bruno');
      await fcall('hunt_del', 'by', 'anna');
      const changes = await audit();
      const shown = changes.map(({ by, what, before, after }) => [by, what, before, after].map((one) => one ?? ''));
      const state = (text = ''): Record<string, unknown> => (text === '' ? {} : JSON.parse(text));
      expect(shown.map(([by, what]) => [by, what])).to.deep.equal([
        ['anna', 'hunt_del'],
        ['web:bruno', 'hunt_members'],
        ['', 'hunt_set'],
        ['anna', 'hunt_set'],
      ]);
      expect(state(shown[3]?.[2])).to.deep.equal({});
      expect(state(shown[3]?.[3])).to.include({ owner: 'C-17', plan: 'BIZNESS', enabled: 'yes', version: '1' });
      expect(state(shown[2]?.[2])).to.include({ ring: '20' });
      expect(state(shown[2]?.[3])).to.include({ ring: '30', version: '2' });
      expect(state(shown[1]?.[3]).members).to.deep.equal([A, B]);
      expect(state(shown[0]?.[3])).to.deep.equal({});
      for (let i = 1; i < shown.length; i++) expect(shown[i - 1]?.[2]).to.equal(shown[i]?.[3]);
    });

    it('a refused change, and one that changes nothing of a group that is not there, leave no line', async () => {
      await refusal('hunt_set', 'ring', '15');
      await refusal('hunt_set', 'members', A, 'by', 'x'.repeat(65));
      await refusal('hunt_members', 'add', B, 'by', 'a\nb');
      expect(await fcall('hunt_del')).to.equal(0);
      expect(await audit()).to.deep.equal([]);
    });

    it('is paged: so many, and those before an id', async () => {
      await fcall('hunt_set', 'members', A);
      for (let i = 0; i < 5; i++) await fcall('hunt_set', 'ring', i % 2 ? '10' : '30');
      const first = await audit(2);
      const second = await audit(10, first[1]?.id ?? '');
      expect([...first, ...second].map(({ after = '{}' }) => JSON.parse(after).version)).to.deep.equal([
        ...['6', '5', '4', '3', '2', '1'],
      ]);
      expect(await refusal('hunt_audit', '0')).to.contain('COUNT count "0" is not allowed: choose 1 to 200');
      expect(await refusal('hunt_audit', '5', 'x')).to.contain('ID id "x" is none of a change');
    });
  });

  describe('hunt_away and hunt_back', () => {
    beforeEach(() => fcall('hunt_set', 'members', `${A},${B}`));
    const turn = async (call: string) => readTurn(PILOT, await fcall('hunt_turn_json', call));

    it('who is away is in the order of a turn, is named as away, and would not ring', async () => {
      expect(await fcall('hunt_away', A, '2h', 'at', 'lunch')).to.have.length(2);
      const { order, away } = (await turn('1')) ?? {};
      expect(order).to.deep.equal([A, B]);
      expect(away?.map(({ member, reason }) => [member, reason])).to.deep.equal([[A, 'at lunch']]);
      expect(await fcall('hunt_next')).to.deep.equal([B]);
      expect(((await fcall('hunt_get')) as string[]).at(-1)).to.match(/^\+37120000001 until 20.*Z: at lunch$/);
      expect(await fcall('hunt_back', A)).to.equal(1);
      expect(await fcall('hunt_back', A)).to.equal(0);
      expect(await turn('2')).not.to.have.property('away');
    });

    it('the audit says who was said to be away and back, by whom and until when; why is not kept there', async () => {
      await fcall('hunt_away', A, UNTIL, 'by', 'anna', 'at', 'lunch');
      expect(((await fcall('hunt_get')) as string[]).at(-1)).to.match(/: at lunch$/);
      await fcall('hunt_away', B, UNTIL, 'by foot');
      await fcall('hunt_back', A, 'by', 'bert');
      expect(await fcall('hunt_back', A, 'by', 'bert')).to.equal(0);
      expect(await refusal('hunt_back', A, 'bert')).to.contain('say: FCALL hunt_back 1');
      expect(await refusal('hunt_away', A, '1h', 'by', 'x'.repeat(65))).to.contain('BY by');
      const text = JSON.stringify(await fcall('hunt_audit'));
      expect(text).to.not.contain('lunch').and.not.contain('foot');
      const till = UNTIL.replace('Z', ':00Z');
      const told = entriesOf(await fcall('hunt_audit')).map(readChange);
      expect(told.map(({ what, by, away }) => [what, by, away])).to.deep.equal([
        ['hunt_back', 'bert', { member: A, until: null }],
        ['hunt_away', '', { member: B, until: till }],
        ['hunt_away', 'anna', { member: A, until: till }],
        ['hunt_set', '', null],
      ]);
      for (const { what, before, after } of told) if (what !== 'hunt_set') expect(before, what).to.deep.equal(after);
    });

    it('both answers of a turn say the same of it', async () => {
      await fcall('hunt_away', B, UNTIL);
      const text = readTurn(PILOT, await fcall('hunt_turn_json', 'one'));
      expect(readTurn(PILOT, await fcall('hunt_turn', 'one'))).to.deep.equal(text);
      expect(text?.away).to.deep.equal([{ member: B, until: Date.parse(UNTIL), reason: '' }]);
    });

    it("by Redis's clock it is over when it is over, and said again it is counted anew", async () => {
      const past = [{ member: A, till: Date.now() - 1, reason: 'over' }];
      await redis.client.hset(KEY, 'away', JSON.stringify(past));
      expect(await fcall('hunt_next')).to.deep.equal([A, B]);
      await fcall('hunt_away', A, '10m');
      await fcall('hunt_away', A, '1d');
      expect(await redis.client.hget(KEY, 'away').then((text) => JSON.parse(text ?? '[]'))).to.have.length(1);
    });

    it('what is no time, no member or too far ahead is refused', async () => {
      expect(await refusal('hunt_away', A, 'soon')).to.contain('say 10m, 2h, 3d or 2026-11-25T18:00Z');
      expect(await refusal('hunt_away', A, '2020-01-01T00:00Z')).to.contain('is not ahead of us');
      expect(await refusal('hunt_away', A, '9999d')).to.contain('at most 366 days');
      expect(await refusal('hunt_away', '+37129999999', '1h')).to.contain(`it has ${A}, ${B}`);
      expect(await refusal('hunt_away', A)).to.contain('say: FCALL hunt_away 1');
      expect(await refusal('hunt_away', A, '1h', 'x'.repeat(65))).to.contain('REASON reason');
    });

    it('what an operator wrote by hand there never breaks a turn', async () => {
      for (const text of ['', '{', '1', '{"a":1}', '[1,"x",{}]', '[{"member":1,"till":"x"}]']) {
        await redis.client.hset(KEY, 'away', text);
        expect((await turn(`call ${text}`))?.order, text).to.deep.equal([A, B]);
      }
    });

    it('times are those of the calendar', async () => {
      const now = Date.now();
      const year = 366 * 86_400_000;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: now + 60_000, max: now + year - 60_000 }), async (at) => {
          const text = new Date(at).toISOString().replace(/\.\d+/, '');
          expect(await fcall('hunt_away', A, text)).to.deep.equal(['OK', text]);
        }),
        { numRuns: 50 },
      );
    });
  });

  describe('hunt_export and hunt_import', () => {
    it('what was exported is imported as it was, into an empty Redis too', async () => {
      await fcall(
        'hunt_set',
        'members',
        `${A},${B}`,
        'policy',
        'circular',
        'ring',
        '30',
        'owner',
        'C-1',
        'enabled',
        'no',
      );
      const text = (await fcall('hunt_export')) as string;
      expect(JSON.parse(text)).to.deep.equal({
        ...{ pilot: PILOT, policy: 'circular', ring: '30', plan: 'BIZNESS', enabled: 'no', owner: 'C-1' },
        members: [A, B],
      });
      await redis.client.del(KEY, `${KEY}:members`);
      expect(await fcall('hunt_import', text, 'by', 'restore')).to.deep.equal(['OK', 1]);
      expect(await fcall('hunt_export')).to.equal(text);
      expect((await audit())[0]).to.include({ by: 'restore', before: '' });
    });

    it('goes by the rules of hunt_set, and names what is no group', async () => {
      const bad: [text: string, says: string][] = [
        ['{', 'ARGUMENTS that is no JSON object'],
        ['[1]', 'ARGUMENTS that is no JSON object'],
        ['"x"', 'ARGUMENTS that is no JSON object'],
        [`{"pilot":"${A}"}`, 'PILOT the JSON is of group'],
        ['{"members":"x"}', 'MEMBERS members is no list'],
        ['{"members":[1]}', 'MEMBERS members has something that is no text'],
        [`{"members":["${A}"],"ring":15}`, 'RING ring "15" is not allowed'],
        [`{"members":["${A}"],"colour":"red"}`, 'FIELD field "colour" is unknown'],
        [`{"members":["${A}"],"ring":{}}`, 'FIELD field "ring" is no text'],
        [`{"members":["${PILOT}"]}`, 'is the pilot itself'],
      ];
      for (const [text, says] of bad) expect(await refusal('hunt_import', text), text).to.contain(says);
      expect(await redis.client.dbsize()).to.equal(0);
    });
  });

  describe('hunt_list', () => {
    it('goes through all groups, page by page, and names nothing else', async () => {
      const pilots = Array.from({ length: 300 }, (_, i) => `+3716700${1000 + i}`);
      for (const pilot of pilots) await redis.client.call('FCALL', 'hunt_set', 1, `hunt:{${pilot}}`, 'members', A);
      for (let i = 0; i < 500; i++) await redis.client.set(`other:${i}`, i);
      const found = new Set<string>();
      let cursor = '0';
      do {
        const [next = '0', ...page] = (await whole('hunt_list', cursor, 100)) as string[];
        for (const pilot of page) found.add(pilot);
        cursor = next;
      } while (cursor !== '0');
      expect([...found].sort()).to.deep.equal(pilots);
      expect(await whole('hunt_list', 'x').catch(messageOf)).to.contain('CURSOR cursor "x" is no number');
      expect(await whole('hunt_list', '0', '5000').catch(messageOf)).to.contain('choose 1 to 1000');
    });
  });

  describe('hunt_check', () => {
    it('says nothing of a group that hunt_set made', async () => {
      await fcall('hunt_set', 'members', A, 'policy', 'circular');
      await fcall('hunt_turn', '1');
      expect(await fcall('hunt_check')).to.deep.equal([]);
    });

    it('names each fault of a group that was written by hand', async () => {
      await redis.client.hset(KEY, { policy: 'random', ring: '15', enabled: 'maybe', plan: 'PRIVATE', version: 'x' });
      await redis.client.rpush(`${KEY}:members`, A, A);
      await redis.client.set(`${KEY}:cursor`, 'soon');
      await redis.client.hset(KEY, 'away', JSON.stringify([{ member: B, till: Date.now() + 60_000, reason: '' }]));
      const words = ((await fcall('hunt_check')) as string[]).map((line) => line.split(' ')[0]);
      expect(words).to.deep.equal(['POLICY', 'RING', 'PLAN', 'ENABLED', 'VERSION', 'MEMBERS', 'CURSOR', 'AWAY']);
    });

    it('where media servers can ask, warns of members outside whom nobody asks to press 1: SIP URIs, and numbers of others', async () => {
      const unconfirmed = async (): Promise<string[]> =>
        ((await fcall('hunt_check')) as string[]).map(
          (line) => /^UNCONFIRMED "(.*?)" is outside/.exec(line)?.[1] ?? line,
        );
      const uri = 'sip:anna@example.com';
      await fcall('hunt_set', 'members', `${A},${uri},+4915112345678`);
      expect(await unconfirmed(), 'without media servers').to.deep.equal([]);
      await ensureLibrary(redis.client, renderLibrary({ ...CATALOGUE, ownNumbers: [] }));
      expect(await unconfirmed(), 'any number may be ours').to.deep.equal([uri]);
      await ensureLibrary(redis.client, renderLibrary({ ...CATALOGUE, ownNumbers: [A.slice(0, 6), '+3716'] }));
      expect(await unconfirmed()).to.deep.equal([uri, '+4915112345678']);
      await fcall('hunt_set', 'confirm', 'yes');
      expect(await unconfirmed()).to.deep.equal([]);
      await fcall('hunt_set', 'confirm', 'no', 'whisper', 'yes');
      expect(await unconfirmed()).to.deep.equal([uri, '+4915112345678']);
    });

    it('names a key of another type, and how to be rid of it', async () => {
      await redis.client.set(`${KEY}:members`, 'oops');
      expect(await fcall('hunt_check')).to.deep.equal([
        `TYPE "${KEY}:members" is a string and must be a list: RENAME it away`,
      ]);
    });
  });

  it('hunt_help names every function for people, and no other', async () => {
    const lines = (await whole('hunt_help')) as string[];
    const named = [...new Set(lines.map((line) => /^FCALL (\w+) [01]/.exec(line)?.[1]))].sort();
    const [, , , , , functions] = ((await redis.client.call('FUNCTION', 'LIST')) as unknown[][])[0] ?? [];
    const all = (functions as unknown[][]).map(([, name]) => String(name));
    const ours =
      /^(member_|record_|node_|trace_|live_|group_|audit_|charges_|page_|virkne_version|hunt_turn|hunt_replay|hunt_notice)/;
    expect(named).to.deep.equal(all.filter((name) => !ours.test(name)).sort());
  });

  it('reading functions are read-only: FCALL_RO takes them, on a replica too', async () => {
    await fcall('hunt_set', 'members', A);
    for (const name of ['hunt_audit', 'hunt_export', 'hunt_check']) await redis.client.call('FCALL_RO', name, 1, KEY);
    for (const name of ['hunt_list', 'hunt_help']) await redis.client.call('FCALL_RO', name, 0);
  });
});
