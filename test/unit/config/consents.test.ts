import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { secretsOf } from '../../../lib/config/secrets.js';
import { CONSENT, newKey } from '../../support/consent.js';
import { load, mistakes, withFile } from './loading.js';

type Catalogue = Record<string, unknown> & { purposes: Record<string, unknown>[] };
const shipped = (): Catalogue => JSON.parse(readFileSync('config/consents.json', 'utf8'));
const notices = ({ purposes: [offers] }: Catalogue): Record<string, Record<string, unknown>>[] =>
  (offers as { notices: Record<string, Record<string, unknown>>[] }).notices;
const first = (catalogue: Catalogue): Record<string, Record<string, unknown>> => notices(catalogue)[0] ?? {};
const withPurposes = (change: (catalogue: Catalogue) => void) => {
  const file = shipped();
  change(file);
  return load(
    { VIRKNE_CONFIG: 'site.json' },
    { 'site.json': { consent: { ...CONSENT, catalogue: 'own.json' } }, 'own.json': file },
  );
};
const wrong = (change: (catalogue: Catalogue) => void): string => mistakes(() => withPurposes(change)).join('\n');

describe('Configuration: the consent register', () => {
  it('is off without a secret, and the service runs', () => {
    expect(load().consent).to.equal(undefined);
  });

  it('with a secret it has a key and a controller, and each that lacks is named', () => {
    const { secret, signingKey } = CONSENT;
    expect(withFile({ consent: CONSENT }).consent?.settings).to.include({ secret, signingKey, gateMs: 50 });
    const lacking = mistakes(() => withFile({ consent: { secret } })).join('\n');
    expect(lacking).to.contain('consent.signingKey = missing').and.contain('consent.controller = missing');
    expect(mistakes(() => withFile({ consent: { signingKey } })).join()).to.contain('consent.secret = missing');
  });

  it('secret and key come from the environment, or from files that it names; no mistake and no log line shows them', () => {
    const { controller } = CONSENT;
    const env = { CONSENT_SECRET_FILE: 'secret', CONSENT_SIGNING_KEY_FILE: 'key', VIRKNE_CONFIG: 'site.json' };
    const files = { secret: `${CONSENT.secret}\n`, key: CONSENT.signingKey, 'site.json': { consent: { controller } } };
    const config = load(env, files);
    expect(config.consent?.settings.secret).to.equal(CONSENT.secret);
    expect(secretsOf(config)).to.include(CONSENT.secret).and.include(config.consent?.settings.signingKey);
    const told = mistakes(() => load(env, { ...files, secret: 'short', key: 'no key at all' })).join('\n');
    expect(told).to.contain('consent.secret').and.contain('consent.signingKey');
    expect(told).not.to.contain('short').and.not.contain('no key');
  });

  it('keys are for Ed25519, and a Cluster holds no register: one act is one step', () => {
    const { publicKey } = newKey();
    expect(withFile({ consent: { ...CONSENT, formerKeys: [publicKey] } }).consent?.settings.formerKeys).to.have.length(
      1,
    );
    expect(mistakes(() => withFile({ consent: { ...CONSENT, formerKeys: ['x'] } })).join()).to.contain(
      'consent.formerKeys[0]',
    );
    const env = { REDIS_URL: 'redis+cluster://a:1,b:2' };
    expect(mistakes(() => withFile({ consent: CONSENT }, env)).join()).to.contain('consent.redis.url');
    const own = { ...CONSENT, redis: { url: 'redis://register:6379/0' } };
    expect(withFile({ consent: own }, env).consent?.target?.shown).to.equal('redis://register:6379/0');
  });

  it('ships the seven purposes in order, offers with five channels, the others with data; loyalty for two years', () => {
    const catalogue = withFile({ consent: CONSENT }).consent?.settings.catalogue;
    const purposes = catalogue?.purposes ?? [];
    expect(purposes.map(({ id }) => id)).to.deep.equal([
      ...['offers', 'usage', 'profiling', 'credit', 'location', 'loyalty', 'statistics'],
    ]);
    const [offers, ...others] = purposes.map(({ notices }) => notices[0]?.channels);
    expect(offers).to.deep.equal(['email', 'sms', 'call', 'post', 'web']);
    expect(others).to.deep.equal(others.map(() => ['data']));
    expect(purposes.find(({ id }) => id === 'loyalty')?.notices[0]?.retentionDays).to.equal(730);
  });

  it('a missing translation is an error: of a title, a text, the data, a channel', () => {
    for (const name of ['title', 'text', 'data'])
      expect(wrong((all) => delete first(all)[name]?.en)).to.contain(`purposes[0].notices[0].${name}.en`);
    expect(wrong((all) => delete (all.channels as Record<string, Record<string, string>>).sms?.lv)).to.contain(
      'channels.sms.lv',
    );
    expect(wrong((all) => (all.languages as string[]).push('de'))).to.contain('purposes[6].notices[0].text.de');
  });

  it('ids are never used again, versions count from 1, days go forward, channels are known', () => {
    expect(wrong((all) => all.purposes.push(all.purposes[0] as Record<string, unknown>))).to.contain('purposes[7].id');
    expect(wrong((all) => Object.assign(first(all), { version: 2 }))).to.contain('purposes[0].notices[0].version');
    expect(wrong((all) => Object.assign(first(all), { channels: ['fax'] }))).to.contain(
      'purposes[0].notices[0].channels[0]',
    );
    const older = (all: Catalogue) =>
      notices(all).push(Object.assign(structuredClone(first(all)), { version: 2, from: '2025-01-01' }));
    expect(wrong(older)).to.contain('purposes[0].notices[1].from');
  });
});
