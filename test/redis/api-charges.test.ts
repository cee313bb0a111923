import { expect } from 'chai';
import { suiteApi } from '../support/real-api.js';

const PILOT = '+37167000000';
const A = '+37120000001';
const B = '+37120000002';

describe('The API on a real Redis: charges', function () {
  this.timeout(30_000);
  const real = suiteApi();

  const make = (members: readonly string[] = [A, B]) =>
    real.ask('operator', 'putGroup', `/api/v1/groups/${PILOT}`, { json: { members } });

  const month = new Date().toISOString().slice(0, 7);
  const last = '2025-01';
  const path = (name: string, rest = '') => `/api/v1/charges/${name}${rest}`;

  it('are given as JSON and CSV, the same bytes each time', async () => {
    await make();
    const json = await real.ask<{ total: number; lines: { group: string }[] }>('reader', 'getCharges', path(month));
    expect(json.json.lines.map(({ group }) => group)).to.deep.equal([PILOT]);
    expect(json.json.total).to.equal(300);
    expect(json.headers.get('virkne-month')).to.equal('open');
    expect((await real.ask('reader', 'getCharges', path(month))).text).to.equal(json.text);
    const csv = await real.ask('billing', 'getCharges', path(month), { headers: { accept: 'text/csv' } });
    expect(csv.text.split('\r\n')).to.have.length(3);
    expect(csv.headers.get('content-disposition')).to.equal(`attachment; filename="charges-${month}.csv"`);
  });

  it('a month is closed and corrected by role billing alone', async () => {
    const after = JSON.stringify({ plan: 'BIZNESS', enabled: 'yes', owner: 'C-1' });
    await real.redis.client.call(
      'XADD',
      `hunt:{${PILOT}}:audit`,
      '1735776000000-0',
      'what',
      'hunt_set',
      'before',
      '',
      'after',
      after,
    );
    for (const role of ['reader', 'support', 'operator', 'privacy'] as const) {
      expect((await real.ask(role, 'closeMonth', path(last, '/close'))).status, role).to.equal(403);
      expect((await real.ask(role, 'correctMonth', path(last, '/corrections'), { json: {} })).status, role).to.equal(
        403,
      );
    }
    expect((await real.ask('billing', 'closeMonth', path(month, '/close'))).json).to.include({
      code: 'CHARGES_REFUSED',
      status: 409,
    });
    const closed = await real.ask('billing', 'closeMonth', path(last, '/close'));
    expect(closed.status).to.equal(200);
    expect(closed.headers.get('virkne-month')).to.equal('closed');
    expect((await real.ask('billing', 'closeMonth', path(last, '/close'))).text).to.equal(closed.text);
    const json = { group: PILOT, cents: -300, reason: 'never used' };
    const correct = () => real.ask('billing', 'correctMonth', path(last, '/corrections'), { json });
    expect([(await correct()).status, (await correct()).status]).to.deep.equal([201, 200]);
    expect(
      (await real.ask<{ corrections: object }>('reader', 'getCharges', path(month))).json.corrections,
    ).to.deep.equal({
      count: 1,
      sum: -300,
    });
  });

  it('a month that is none, or has not begun, is refused', async () => {
    expect((await real.ask('reader', 'getCharges', path('2026-13'))).json).to.include({
      code: 'INVALID',
      place: 'path.month',
    });
    expect((await real.ask('reader', 'getCharges', path('2999-01'))).json).to.include({ code: 'CHARGES_REFUSED' });
  });
});
