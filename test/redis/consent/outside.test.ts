import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { systemClock } from '../../../lib/base/clock.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { filePartner } from '../../../lib/consent/files.js';
import type { Consent } from '../../../lib/consent/open.js';
import { type Change, Outbox } from '../../../lib/consent/outbox.js';
import { Rounds } from '../../../lib/consent/rounds.js';
import { logKey, stateKey } from '../../../lib/store/consent/keys.js';
import { grant, openAt, withdraw } from '../../support/consent.js';
import { directory, remove, until } from '../../support/store.js';
import { suiteRedis } from '../../support/suite-redis.js';

const ANNA = '+37120000001';
const BERT = '+37120000002';

describe('The consent register: what leaves it', function () {
  this.timeout(30_000);
  const log = pino({ level: 'silent' });
  const shared = { clock: systemClock, log, meter: silentMeter };
  const redis = suiteRedis({ appends: 'always' });
  let consent: Consent;
  let path: string;

  beforeEach(async () => {
    consent = await openAt(redis.url);
    path = directory();
  });
  afterEach(() => {
    consent.close();
    remove(path);
  });

  it('changes are told in order, again until they are taken, and what is taken is gone from the outbox', async () => {
    const told: Change[] = [];
    let refuses = 2;
    const partner = {
      deliver: async (change: Change): Promise<void> => {
        if (refuses-- > 0) throw new Error('the partner is away');
        told.push(change);
      },
    };
    await consent.register.act(grant(ANNA, 'offers:sms', 'offers:call'));
    await consent.register.act(withdraw(ANNA, 'offers:sms'));
    // Each wait of the outbox is over at once.
    const clock = {
      ...systemClock,
      after: (delay: number, action: () => void) => systemClock.after(Math.min(delay, 5), action),
    };
    const outbox = new Outbox({ link: consent.link, partner, ...shared, clock });
    outbox.start();
    await until(async () => (await redis.client.xlen('consent:outbox')) === 0);
    outbox.close();
    expect(told.map(({ act, pairs, seq }) => [act, pairs, seq])).to.deep.equal([
      ['grant', ['offers:call', 'offers:sms'], 1],
      ['withdraw', ['offers:sms'], 2],
    ]);
    expect(JSON.stringify(told)).not.to.contain('20000001');
  });

  it('a file is a partner: a JSON document a line', async () => {
    const file = join(path, 'changes');
    const outbox = new Outbox({ link: consent.link, partner: filePartner(file), ...shared });
    await consent.register.act(grant(ANNA, 'usage:data'));
    outbox.start();
    await until(async () => (await redis.client.xlen('consent:outbox')) === 0);
    outbox.close();
    expect(JSON.parse(readFileSync(file, 'utf8'))).to.include({ act: 'grant', sid: consent.persons.sid(ANNA, 0) });
  });

  it('a round verifies everybody, and by the signed heads kept elsewhere finds lists that were shortened, changed or removed whole', async () => {
    const headsFile = join(path, 'heads');
    const { link, register, signer } = consent;
    const round = () => new Rounds({ link, register, signer, ...shared, headsFile, everyMs: 1 }).round();
    for (const number of [ANNA, BERT]) {
      await register.act(grant(number, 'usage:data'));
      await register.act(withdraw(number, 'usage:data'));
    }
    expect(await round()).to.deep.equal([]);
    await register.act(grant(ANNA, 'usage:data'));
    expect(await round()).to.deep.equal([]);
    // Somebody with all rights puts back list and state as they were before the withdrawal: by itself that is whole.
    const sid = consent.persons.sid(BERT, 0);
    const [first = ''] = await redis.client.lrange(logKey(sid), 0, 0);
    await redis.client.flushall();
    const other = await openAt(redis.url);
    await other.register.act(grant(BERT, 'usage:data'));
    other.close();
    expect(await register.verify(BERT)).to.include({ valid: true, records: 1 });
    const found = await round();
    expect(found.map(({ what }) => what).sort()).to.deep.equal(['has 1 acts, and had 2', 'is gone as a whole']);
    // A line that nobody of ours has signed counts for nothing.
    appendFileSync(headsFile, `${JSON.stringify({ sid, seq: 1, head: 'x', key: 'y', signature: 'z' })}\n`);
    expect((await round()).length).to.equal(2);
    await redis.client.lset(logKey(sid), 0, first.replace('web', 'app'));
    expect((await round()).map(({ what }) => what)).to.include.members(['is gone as a whole']);
    expect(await redis.client.exists(stateKey(sid))).to.equal(1);
  });

  it('a list whose key is something else is found as well, and a line of the heads that is none counts for nothing', async () => {
    const headsFile = join(path, 'heads');
    const { link, register, signer } = consent;
    for (const number of [ANNA, BERT]) await register.act(grant(number, 'usage:data'));
    appendFileSync(headsFile, 'null\n17\n');
    const key = logKey(consent.persons.sid(ANNA, 0));
    await redis.client.del(key);
    await redis.client.set(key, 'no list');
    const found = await new Rounds({ link, register, signer, ...shared, headsFile, everyMs: 1 }).round();
    expect(found.map(({ sid }) => sid)).to.deep.equal([consent.persons.sid(ANNA, 0)]);
    expect(found[0]?.what).to.contain('WRONGTYPE');
  });
});
