import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { systemClock } from '../../../lib/base/clock.js';
import { silentMeter } from '../../../lib/base/meter.js';
import type { Consent } from '../../../lib/consent/open.js';
import { Rounds } from '../../../lib/consent/rounds.js';
import { metadataKey } from '../../../lib/store/consent/keys.js';
import { virkne } from '../../support/command.js';
import { CONSENT, grant, KEY, openAt, withdraw } from '../../support/consent.js';
import { directory, remove } from '../../support/store.js';
import { suiteRedis } from '../../support/suite-redis.js';

const ANNA = '+37120000001';
const BERT = '+37120000002';
const CARL = '+37120000003';

describe('The consent register: a backup that is put back does not bring back who was erased since', function () {
  this.timeout(60_000);
  const redis = suiteRedis({ appends: 'always' });
  let consent: Consent;
  let path: string;
  let headsFile: string;

  const isAllowed = async (number: string): Promise<string> => {
    const verdict = await consent.gate.ask({ number, purpose: 'usage', use: 'a test' });
    return verdict.allowed ? 'ALLOWED' : verdict.reason;
  };
  const sid = (number: string): string => consent.persons.sid(number, 0);
  /** Redis's own DUMP and RESTORE of every key. */
  const backup = async (): Promise<() => Promise<void>> => {
    const kept: [string, Buffer][] = [];
    for (const key of await redis.client.keys('*')) kept.push([key, (await redis.client.dumpBuffer(key)) as Buffer]);
    return async () => {
      await redis.client.flushall();
      for (const [key, dump] of kept) await redis.client.restore(key, 0, dump);
    };
  };
  const round = () => {
    const { link, register, signer } = consent;
    const shared = { clock: systemClock, log: pino({ level: 'silent' }), meter: silentMeter };
    return new Rounds({ link, register, signer, ...shared, headsFile, everyMs: 1 }).round();
  };

  beforeEach(async () => {
    path = directory();
    headsFile = join(path, 'heads');
    consent = await openAt(redis.url, {}, { headsFile });
  });
  afterEach(() => {
    consent.close();
    remove(path);
  });

  it('an erasure is told outside at once; after the backup is put back it is done again, once, and nobody else is touched', async () => {
    const { register } = consent;
    for (const number of [ANNA, BERT, CARL]) await register.act(grant(number, 'usage:data'));
    await register.act({ act: 'correct', number: ANNA, corrects: 1, text: 'Nē', method: 'web' });
    await redis.client.xadd(metadataKey(sid(ANNA), 'usage'), '*', 'call', 'one');
    const putBack = await backup();
    await register.act(withdraw(ANNA));
    await register.act({ act: 'erase', number: ANNA, method: 'web' });
    await register.act({ act: 'erase', number: CARL, method: 'shop', cause: 'reassigned' });
    expect(readFileSync(headsFile, 'utf8')).not.to.contain('2000000');
    await putBack();
    expect([await isAllowed(ANNA), await isAllowed(CARL)]).to.deep.equal(['ALLOWED', 'ALLOWED']);
    expect((await round()).map(({ what }) => what).sort()).to.deep.equal([
      'has 1 acts, and had 2',
      'has 2 acts, and had 4',
    ]);
    const { told, again } = await register.eraseAgain('operator:anna');
    expect({ told, again: [...again].sort() }).to.deep.equal({ told: 2, again: [sid(ANNA), sid(CARL)].sort() });
    expect(await isAllowed(ANNA)).to.equal('PENDING');
    expect(await isAllowed(CARL)).to.equal('UNKNOWN');
    expect(await isAllowed(BERT)).to.equal('ALLOWED');
    expect(await redis.client.keys('meta:*')).to.deep.equal([]);
    expect(await redis.client.keys('*:words')).to.deep.equal([]);
    expect(await register.verify(ANNA)).to.include({ valid: true, records: 3 });
    expect((await register.state(CARL)).epoch).to.equal(1);
    expect(await round()).to.deep.equal([]);
    await register.act(grant(ANNA, 'usage:data'));
    expect((await register.eraseAgain('operator:anna')).again).to.deep.equal([]);
    expect(await isAllowed(ANNA)).to.equal('ALLOWED');
  });

  it('an erasure that somebody made without that file is told by the next round that verifies everybody', async () => {
    await consent.register.act(grant(ANNA, 'usage:data'));
    const putBack = await backup();
    const elsewhere = await openAt(redis.url);
    await elsewhere.register.act({ act: 'erase', number: ANNA, method: 'cli' });
    elsewhere.close();
    expect(await round()).to.deep.equal([]);
    await putBack();
    expect((await consent.register.eraseAgain('operator:anna')).again).to.deep.equal([sid(ANNA)]);
  });

  it('of whom the backup knows nothing is nothing erased; a line that none of our keys has signed counts for nothing', async () => {
    const putBack = await backup();
    await consent.register.act(grant(ANNA, 'usage:data'));
    await consent.register.act({ act: 'erase', number: ANNA, method: 'web' });
    await consent.register.act(grant(BERT, 'usage:data'));
    const forged = { sid: sid(BERT), seq: 2, head: 'x', erased: 'request', key: 'y', signature: 'z' };
    writeFileSync(headsFile, `${readFileSync(headsFile, 'utf8')}${JSON.stringify(forged)}\n7\nnull\n`);
    expect(await consent.register.eraseAgain('operator:anna')).to.deep.equal({ told: 1, again: [] });
    await putBack();
    expect(await consent.register.eraseAgain('operator:anna')).to.deep.equal({ told: 1, again: [] });
    expect(await redis.client.keys('consent:*:log')).to.deep.equal([]);
  });

  it('virkne consent replay-erasures does it', async () => {
    await consent.register.act(grant(ANNA, 'usage:data'));
    const putBack = await backup();
    await consent.register.act({ act: 'erase', number: ANNA, method: 'web' });
    await putBack();
    const file = join(path, 'site.json');
    const replay = async (section: object) => {
      writeFileSync(file, JSON.stringify({ consent: { ...CONSENT, signingKey: KEY.key, ...section } }));
      return virkne({ VIRKNE_CONFIG: file, REDIS_URL: redis.url }, 'consent', 'replay-erasures');
    };
    expect(await replay({})).to.include({ code: 1 });
    expect(await replay({ headsFile })).to.include({ code: 0, out: '1 erasures were told, 1 had to be done again\n' });
    expect(await isAllowed(ANNA)).to.equal('PENDING');
  });
});
