import { expect } from 'chai';
import { commandOn, virkne } from '../support/command.js';
import { startCluster } from '../support/redis-sets.js';
import { recordOf } from '../support/store.js';
import { recordsInto, suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const KEY = `hunt:{${PILOT}}`;
const A = '+37120000001';
const B = '+37120000002';
const CALLER = '+37120000009';
const DESK = 'sip:desk@10.0.0.1';

describe('The command virkne: subject', function () {
  this.timeout(60_000);
  const redis = suiteRedis({ functions: true });
  const { command, json } = commandOn(redis);
  const add = recordsInto(redis);

  describe('subject', () => {
    beforeEach(async () => {
      await redis.client.call('FCALL', 'hunt_set', 1, KEY, 'members', `${A},${B}`);
      await add(recordOf('one'), { ...recordOf('two'), caller: B });
    });

    it('export: as JSON and for people, of a number and of a SIP URI; nothing kept is an answer, too', async () => {
      const all = await json('subject', 'export', '+371 20-000-001');
      expect(all.subject).to.equal(A);
      expect(all.calls.map(({ call }: { call: string }) => call)).to.deep.equal(['one', 'two']);
      expect(all.groups).to.have.length(1);
      const { out } = await command('subject', 'export', A);
      expect(out).to.contain(`What is kept of ${A}`).and.contain('What an erasure leaves').and.not.contain(CALLER);
      const nobody = await command('subject', 'export', DESK, '--json');
      expect(nobody.code).to.equal(0);
      expect(JSON.parse(nobody.out)).to.deep.include({ subject: DESK, calls: [], groups: [] });
    });

    it('erase: without --yes nothing goes, and it says what would (2); with it that goes, and what stays is said', async () => {
      const asked = await command('subject', 'erase', A);
      expect(asked).to.include({ code: 2, out: '' });
      expect(asked.err)
        .to.contain('+371*****001 would be erased')
        .and.contain('from 2 records of calls')
        .and.contain('from the members of 1 group')
        .and.contain('copies outside Redis')
        .and.contain('--yes');
      expect(await redis.client.lrange(`${KEY}:members`, 0, -1)).to.deep.equal([A, B]);
      const erased = await json('subject', 'erase', A, '--yes', '--by', 'officer');
      expect(erased).to.include({ records: 2, memberships: 1, histories: 1 });
      expect(await redis.client.lrange(`${KEY}:members`, 0, -1)).to.deep.equal([B]);
      const [change] = await json('group', 'audit', PILOT);
      expect(change).to.include({ by: 'officer', what: 'hunt_members' });
      expect((await command('subject', 'erase', A, '--yes')).out).to.contain('from 0 records');
      expect((await json('subject', 'export', A)).calls).to.deep.equal([]);
    });

    it('what would go is what goes: also of a pilot and of the only member of a group', async () => {
      await redis.client.call('FCALL', 'hunt_set', 1, 'hunt:{+37167000001}', 'members', A);
      for (const number of [PILOT, A, CALLER, '+37120000077']) {
        const plan = (await command('subject', 'erase', number)).err.split('\n').slice(1, 4);
        const done = (await command('subject', 'erase', number, '--yes')).out.split('\n').slice(1, 4);
        expect(plan, number).to.deep.equal(done);
      }
    });
  });

  it('in a Cluster every node is asked: a number that groups of all of them name is found and erased', async () => {
    const cluster = await startCluster();
    try {
      const env = { REDIS_URL: cluster.url };
      const pilots = Array.from({ length: 12 }, (_, i) => `+3716700010${i % 10}${i}`);
      for (const pilot of pilots)
        expect(await virkne(env, 'group', 'set', pilot, 'members', `${A},${B}`)).to.include({ code: 0 });
      const { groups } = JSON.parse((await virkne(env, 'subject', 'export', A, '--json')).out);
      expect(groups).to.have.length(pilots.length);
      const erased = JSON.parse((await virkne(env, 'subject', 'erase', A, '--yes', '--json')).out);
      expect(erased).to.include({ memberships: pilots.length });
      expect(await virkne(env, 'next', pilots[3] ?? '')).to.include({ code: 0 });
      expect(await virkne(env, 'calls', '--live')).to.include({ code: 0 });
      expect(await virkne(env, 'explain', '--last', pilots[3] ?? '')).to.include({ code: 1 });
    } finally {
      await cluster.stop();
    }
  });
});
