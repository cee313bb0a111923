import { expect } from 'chai';
import { systemClock } from '../../lib/base/clock.js';
import { monthNameAt, monthOf } from '../../lib/charges/month.js';
import { loadConfig } from '../../lib/config/load.js';
import { type Said, virkneWith } from '../support/command.js';
import { freePort } from '../support/ports.js';
import { suiteRedis } from '../support/suite-redis.js';

const ZONE = 'Europe/Riga';
const PILOT = '+37167000000';
const PRICES = {
  currency: 'EUR',
  vat: 'excluded' as const,
  prices: [{ plan: 'BIZNESS', cents: 300, from: '2000-01-01' }],
};

describe('virkne charges', function () {
  this.timeout(30_000);
  const redis = suiteRedis({ functions: true });
  let [present, last] = ['', ''];

  // Prices that hold in whatever year the test runs.
  const virkne = (url: string, ...args: string[]): Promise<Said> =>
    virkneWith(() => ({ ...loadConfig({ REDIS_URL: url }), prices: PRICES }), 'charges', ...args);
  const charges = (...args: string[]) => virkne(redis.url, ...args);
  const wrote = (at: number): Promise<unknown> => {
    const after = JSON.stringify({ plan: 'BIZNESS', enabled: 'yes', owner: 'C-1' });
    return redis.client.call(
      'XADD',
      `hunt:{${PILOT}}:audit`,
      `${at}-0`,
      'what',
      'hunt_set',
      'before',
      '',
      'after',
      after,
    );
  };

  beforeEach(async () => {
    present = monthNameAt(systemClock.now(), ZONE);
    last = monthNameAt(monthOf(present, ZONE).start - 1, ZONE);
    await wrote(monthOf(last, ZONE).start);
  });

  it('prints a month as JSON, the same bytes each time, before and after it is closed', async () => {
    const first = await charges(last, '--json');
    expect(first).to.include({ code: 0, err: '' });
    expect(JSON.parse(first.out)).to.deep.include({ month: last, timeZone: ZONE, total: 300 });
    expect((await charges(last, '--json')).out).to.equal(first.out);
    expect((await charges(last, '--json', '--close')).out).to.equal(first.out);
    await redis.client.del(`hunt:{${PILOT}}:audit`);
    expect((await charges(last, '--json')).out).to.equal(first.out);
  });

  it('as CSV, also for Excel, and as a table whose sum stands beside it', async () => {
    const { out } = await charges(last, '--csv');
    expect(out.split('\r\n')[1]).to.match(
      new RegExp(`^${last},fee,\\${PILOT},C-1,BIZNESS,.*,300,3\\.00,EUR,active on`),
    );
    const excel = await charges(last, '--csv', '--bom', '--separator', ';');
    expect(excel.out.startsWith('\ufeffmonth;kind;')).to.equal(true);
    const table = await charges(last);
    expect(table.out).to.contain('3.00 EUR').and.contain(PILOT);
    expect(table.err).to.equal('1 lines, 3.00 EUR without VAT, open\n');
  });

  it('a correction goes into an open month, once', async () => {
    const correction = [last, '--correct', PILOT, '--cents=-300', '--reason', 'never used'];
    expect(await charges(...correction)).to.include({ code: 1 });
    await charges(last, '--close');
    expect(await charges(...correction)).to.include({ code: 0, err: 'corrected\n', out: '' });
    expect(await charges(...correction)).to.include({ code: 0, err: 'the very same correction was there before\n' });
    const { lines, corrections } = JSON.parse((await charges(present, '--json')).out);
    expect(corrections).to.deep.equal({ count: 1, sum: -300 });
    expect(lines.at(-1)).to.include({ of: last, owner: 'C-1', reason: 'never used' });
  });

  it('ends with 1 where it is refused, 2 where it is written wrongly, 3 with Redis away', async () => {
    expect((await charges(present, '--close')).err).to.contain('is not over');
    expect((await charges(present, '--close')).code).to.equal(1);
    expect((await charges('2999-01')).code).to.equal(1);
    for (const args of [
      ['2026-13'],
      ['november'],
      [],
      [last, '--json', '--csv'],
      [last, '--correct', PILOT],
      [last, '--cents', '0.5'],
    ]) {
      expect(await charges(...args), args.join(' ')).to.include({ code: 2, out: '' });
    }
    expect(await virkne(`redis://127.0.0.1:${await freePort()}/0`, last)).to.include({ code: 3, out: '' });
  });
});
