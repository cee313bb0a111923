import { expect } from 'chai';
import { noticesNow, shownPurposes } from '../../../lib/api/pages/my/consent-form.js';
import type { ConsentCatalogue, NoticeVersion } from '../../../lib/consent/catalogue.js';
import { type Entry, NOBODY, whyNot } from '../../../lib/consent/fold.js';
import type { ConsentState } from '../../../lib/consent/register.js';
import { check } from '../../../lib/consent/rules.js';

const notice: NoticeVersion = {
  ...{ version: 1, from: '2026-01-01', change: 'material', channels: ['sms'], retentionDays: 30 },
  ...{ title: { en: 'Offers' }, text: { en: 'Offers by text message' }, data: { en: ['the number'] } },
};
const catalogue: ConsentCatalogue = {
  languages: ['en'],
  channels: { sms: { en: 'text message' } },
  purposes: [{ id: 'offers', retired: '2026-12-01', notices: [notice] }],
};
const at = '2026-02-01T10:00:00.000Z';
const entry: Entry = { decision: 'granted', at, since: at, until: null, notice: 'offers@1:en', seq: 1 };
const ANNA = '+37120000001';
const LAST_MOMENT = Date.UTC(2026, 11, 1) - 1;

const stateAt = (moment: number): ConsentState => ({
  ...{ sid: 's', epoch: 0, asOf: new Date(moment).toISOString(), seq: 0, head: '', restricted: null, erased: null },
  pairs: [],
});

describe('A purpose that is retired from a day on', () => {
  const granted = (moment: number) =>
    check(
      catalogue,
      { act: 'grant', number: ANNA, pairs: ['offers:sms'], method: 'web', notice: 'offers@1', language: 'en' },
      'r1',
      ANNA.slice(1),
      moment,
    );

  it('is asked for, agreed to and counts until that day in UTC, and not from then on: on the page, in acts and at the gate', () => {
    for (const [moment, isOpen] of [
      [LAST_MOMENT, true],
      [LAST_MOMENT + 1, false],
    ] as const) {
      expect(shownPurposes(catalogue, stateAt(moment)).length, 'shown').to.equal(isOpen ? 1 : 0);
      expect([...noticesNow(catalogue, moment)], 'agreed to').to.deep.equal(isOpen ? ['offers@1'] : []);
      const folded = { ...NOBODY, seq: 1 };
      expect(whyNot(catalogue, folded, 'offers:sms', entry, moment), 'counts').to.equal(isOpen ? undefined : 'EXPIRED');
      if (isOpen) expect(granted(moment).act).to.equal('grant');
      else expect(() => granted(moment)).to.throw(/PURPOSE_RETIRED/);
    }
  });
});
