import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/base/clock.js';
import type { Consent } from '../../../lib/consent/open.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { type Said, virkne } from '../../support/command.js';
import { CONSENT, grant, openAt, withdraw } from '../../support/consent.js';
import { recordOf, UNSAID_OF_ATTEMPT } from '../../support/store.js';
import { recordsInto, suiteRedis } from '../../support/suite-redis.js';

const PILOT = '+37167000000';
const [A, B] = ['+37120000001', '+37120000002'] as const;

describe('virkne advice', function () {
  this.timeout(60_000);
  const redis = suiteRedis({ functions: true, appends: 'everysec' });
  let consent: Consent;
  const place = mkdtempSync(join(tmpdir(), 'virkne-advice-'));
  const file = join(place, 'virkne.json');
  const command = (...args: string[]): Promise<Said> => virkne({ REDIS_URL: redis.url, VIRKNE_CONFIG: file }, ...args);
  /** A call that A did not answer, and B did. */
  const call = (name: string, more: Partial<CallRecord> = {}): CallRecord => {
    const started = more.started ?? systemClock.wall();
    const attempt = { ...UNSAID_OF_ATTEMPT, started, rang: started, ended: started + 30_000, status: null };
    return {
      ...recordOf(name),
      ...{ pilot: PILOT, started, answered: started + 35_000, ended: started + 60_000, by: B, status: 200 },
      attempts: [
        { ...attempt, member: A, why: 'no-answer' },
        {
          ...attempt,
          member: B,
          why: 'answered',
          started: started + 30_000,
          rang: started + 30_000,
          ended: started + 35_000,
        },
      ],
      waited: 35_000,
      ...more,
    };
  };
  const add = recordsInto(redis);
  const asked = async (): Promise<{ use: string; verdict: string }[]> =>
    (await redis.client.lrange(`consent:{${consent.persons.sid(PILOT, 0)}}:asked`, 0, -1)).map((text) =>
      JSON.parse(text),
    );

  before(() => {
    writeFileSync(file, JSON.stringify({ consent: { ...CONSENT, gateMs: 1_000 } }));
  });
  beforeEach(async () => {
    consent = await openAt(redis.url, { gateMs: 1_000 });
    await redis.client.call(
      'FCALL',
      'hunt_set',
      1,
      `hunt:{${PILOT}}`,
      'members',
      `${A},${B}`,
      'ring',
      30,
      'policy',
      'linear',
    );
  });
  afterEach(() => consent.close());
  after(() => rmSync(place, { recursive: true }));

  it('advises from the calls since the consent, in English and Latvian, and leaves its trace', async () => {
    await add(...Array.from({ length: 30 }, (_, i) => call(`before-${i}`)));
    await consent.register.act(grant(PILOT, 'usage:data'));
    await add(...Array.from({ length: 21 }, (_, i) => call(`since-${i}`, { started: systemClock.wall() + 1_000 })));
    const said = await command('advice', PILOT);
    expect(said).to.include({ code: 0, err: '' });
    expect(said.out).to.contain(`${A} answers 0 % of the 21 calls`);
    expect(said.out).to.contain('With 10 s instead of 30 s your callers wait 20 s less on average');
    expect((await command('advice', PILOT, '--lang', 'lv')).out).to.contain(
      'Jūsu zvanītāji vidēji gaida par 20 s mazāk',
    );
    expect(JSON.parse((await command('advice', PILOT, '--json')).out)).to.deep.include({
      ...{ allowed: true, pilot: PILOT, calls: 21, answered: 21 },
      shorter: { ring: 10, saved: 20_000, late: 0, answers: 21 },
    });
    expect(await asked()).to.have.length(3);
    expect((await asked())[0]).to.include({ use: 'usage advice for a group', purpose: 'usage', verdict: 'ALLOWED' });
  });

  it('a call whose caller refused other use of it is none that is looked at: that beats any grant', async () => {
    await consent.register.act(grant(PILOT, 'usage:data'));
    const started = systemClock.wall() + 1_000;
    await add(...Array.from({ length: 20 }, (_, i) => call(`call-${i}`, { started })));
    await add(call('refused', { started, metadataRefused: true }));
    expect(JSON.parse((await command('advice', PILOT, '--json')).out).calls).to.equal(20);
  });

  it('without the consent `usage` no record is read: exit status 1 with the reason, by word and as JSON', async () => {
    expect(await command('advice', PILOT)).to.deep.equal({
      ...{ code: 1, out: '', err: `virkne: advice on ${PILOT} is not allowed: usage is UNKNOWN\n` },
    });
    await consent.register.act({ act: 'deny', number: PILOT, pairs: ['usage:data'], method: 'web' });
    const denied = await command('advice', PILOT, '--json');
    expect(denied.code).to.equal(1);
    expect(JSON.parse(denied.out)).to.deep.equal({ allowed: false, reason: 'DENIED' });
    await consent.register.act(grant(PILOT, 'usage:data'));
    await consent.register.act(withdraw(PILOT));
    expect((await command('advice', PILOT)).err).to.contain('usage is DENIED');
    expect((await asked()).map(({ verdict }) => verdict)).to.deep.equal(['DENIED', 'DENIED']);
  });

  it('no such group: exit status 1; the register away: 3, and where it is off: 1', async () => {
    await consent.register.act(grant(PILOT, 'usage:data'));
    await redis.client.del(`hunt:{${PILOT}}`);
    expect((await command('advice', PILOT)).code).to.equal(1);
    const off = await virkne({ REDIS_URL: redis.url }, 'advice', PILOT);
    expect(off.code).to.equal(1);
    expect(off.err).to.contain('REGISTER_OFF');
    const away = await virkne({ REDIS_URL: 'redis://127.0.0.1:1', VIRKNE_CONFIG: file }, 'advice', PILOT);
    expect(away.code).to.equal(3);
  });
});
