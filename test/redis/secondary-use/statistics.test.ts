import { expect } from 'chai';
import { monthNameAt, monthOf } from '../../../lib/charges/month.js';
import type { Consent } from '../../../lib/consent/open.js';
import type { Statistic } from '../../../lib/secondary-use/statistics/statistics.js';
import { metadataKey } from '../../../lib/store/consent/keys.js';
import { grant, openAt, withdraw } from '../../support/consent.js';
import { PATIENT, placeOf } from '../../support/secondary-use.js';
import { suiteRedis } from '../../support/suite-redis.js';

const ZONE = 'Europe/Riga';
const HOUR = 3_600_000;
const numbersOf = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(6, '0')}`);

describe('virkne stats', function () {
  this.timeout(120_000);
  const redis = suiteRedis({ functions: true, appends: 'everysec' });
  let consent: Consent;
  const place = placeOf(redis);
  const regions = place.file('regions.csv', 'prefix,region\n+37163,Kurzeme\n+37167,Rīga\n');
  const now = monthNameAt(Date.now(), ZONE);
  const period = monthNameAt(monthOf(now, ZONE).start - HOUR, ZONE);
  const { start, end } = monthOf(period, ZONE);
  const publish = (...args: string[]) => place.command('stats', 'publish', period, '--regions', regions, ...args);
  const json = async (): Promise<Statistic> => JSON.parse((await place.command('stats', 'show', period, '--json')).out);
  const cell = ({ cells }: Statistic, region: string, hour: number) =>
    cells.find((one) => one.region === region && one.hour === hour)?.persons;
  /** A call was kept for this purpose alone. */
  const keep = (number: string, time: number): Promise<unknown> =>
    redis.client.xadd(
      metadataKey(consent.persons.sid(number, 0), 'statistics'),
      ...['*', 'hour', `${new Date(time).toISOString().slice(0, 13)}:00Z`, 'answered', 'yes', 'talked', '60'],
    );
  const person = async (number: string, ...times: number[]): Promise<void> => {
    await redis.client.call('FCALL', 'hunt_set', 1, `hunt:{${number}}`, 'members', '+37120000001');
    await consent.register.act(grant(number, 'statistics:data'));
    for (const time of times) await keep(number, time);
  };

  beforeEach(async () => {
    consent = await openAt(redis.url, PATIENT);
  });
  afterEach(() => consent.close());
  after(() => place.remove());

  it('12. counts of persons over a fixed grid of a closed period, under 20 suppressed, once and for ever', async () => {
    // By the clock of the operator: the first hour of the month, and the hour before its end.
    for (const number of numbersOf('+37167', 21)) await person(number, start, start, end - HOUR, end, start - HOUR);
    for (const number of numbersOf('+37163', 19)) await person(number, start);
    const before = { others: numbersOf('+37167', 1)[0] as string };
    await consent.register.act(withdraw(before.others));
    await keep(before.others, start);
    const said = await publish();
    expect(said.code, said.err).to.equal(0);
    const first = await json();
    expect(first).to.include({ metric: 'traffic', period, timeZone: ZONE, threshold: 20 });
    expect(first.cells).to.have.length(3 * 24);
    expect(cell(first, 'Rīga', 0), '20 who agree; 19 elsewhere would be told by the total').to.equal(null);
    expect(first.totals[0]).to.equal(39);
    expect(cell(first, 'Rīga', 23)).to.equal(null);
    expect([first.totals[23], first.totals[1]]).to.deep.equal([20, null]);
    expect(await redis.client.keys('stat:*')).to.deep.equal([`stat:traffic:${period}`]);
    const kept = await redis.client.hget(`stat:traffic:${period}`, 'document');
    expect(kept).not.to.contain('+371').and.not.contain('"persons":19');
    for (const { persons } of first.cells) if (persons !== null) expect(persons).to.be.at.least(20);
    // Later changes change nothing of it.
    for (const number of numbersOf('+37163', 25)) await person(number, start);
    await publish();
    expect(await json()).to.deep.equal(first);
    expect((await place.asked(consent.persons.sid(numbersOf('+37163', 1)[0] as string, 0)))[0]).to.include({
      ...{ use: `statistics of ${period}`, purpose: 'statistics', verdict: 'ALLOWED' },
    });
  });

  it('a month that is not over, that is half gone, that is none, and one that is not published are refused', async () => {
    const open = await place.command('stats', 'publish', now);
    expect([open.code, open.out]).to.deep.equal([1, '']);
    expect(open.err).to.contain('PERIOD_OPEN');
    expect((await place.command('stats', 'publish', '2020-01')).err).to.contain('PERIOD_PAST');
    expect((await place.command('stats', 'publish', '2026-13')).code).to.equal(2);
    const absent = await place.command('stats', 'show', period);
    expect([absent.code, absent.out]).to.deep.equal([1, '']);
    expect(absent.err).to.contain('PERIOD_UNPUBLISHED');
    expect(await redis.client.keys('stat:*')).to.deep.equal([]);
  });

  it('without the consent `statistics` nobody counts: what is kept of him is not even read', async () => {
    for (const number of numbersOf('+37167', 25)) {
      await redis.client.call('FCALL', 'hunt_set', 1, `hunt:{${number}}`, 'members', '+37120000001');
      await keep(number, start);
    }
    await publish();
    expect((await json()).totals).to.deep.equal(new Array(24).fill(null));
  });

  it('50. as a table, CSV, JSON and chart it is the same suppressed document', async () => {
    for (const number of numbersOf('+37167', 20)) await person(number, start + 10 * HOUR);
    await publish();
    const { cells, totals } = await json();
    expect(cells.every(({ persons }) => persons === null)).to.equal(true);
    expect(totals.filter((total) => total !== null)).to.deep.equal([20]);
    const show = (...args: string[]) => place.command('stats', 'show', period, ...args);
    expect((await show()).out).to.match(/^10 +few +few +few +20$/m);
    expect((await show('--csv')).out)
      .to.contain(`traffic,${period},all,10,20,no\r\n`)
      .and.contain('Rīga,10,,yes\r\n');
    expect((await show('--svg')).out).to.match(/^<svg .*<\/svg>\n$/s);
    expect((await show('--svg', '--csv')).code).to.equal(2);
  });

  it('the register away: nothing is published, exit status 3', async () => {
    expect((await place.away('stats', 'publish', period)).code).to.equal(3);
    expect((await place.away('stats', 'show', period)).code).to.equal(3);
  });
});
