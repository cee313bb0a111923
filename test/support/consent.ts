import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { pino } from 'pino';
import { systemClock } from '../../lib/base/clock.js';
import { createIds } from '../../lib/base/ids.js';
import { silentMeter } from '../../lib/base/meter.js';
import { loadConfig } from '../../lib/config/load.js';
import type { ActRequest } from '../../lib/consent/act.js';
import type { ConsentCatalogue, NoticeVersion } from '../../lib/consent/catalogue.js';
import { type Consent, type ConsentOptions, type ConsentSettings, openConsent } from '../../lib/consent/open.js';
import type { Controller } from '../../lib/consent/receipt.js';
import { ConsentRefusal } from '../../lib/consent/refusal.js';
import { parseRedisUrl } from '../../lib/store/url.js';

export const newKey = (): { readonly key: string; readonly publicKey: string } => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
};

export const SECRET = 'a secret of the tests, long enough for anybody';
export const KEY = newKey();

export const CONTROLLER: Controller = {
  name: 'Operators SIA',
  registrationNumber: '40000000000',
  address: 'Brīvības iela 1, Rīga',
  email: 'dati@operator.example',
  phone: '+37167000001',
};

/** The section of the configuration with which there is a register. */
export const CONSENT = { secret: SECRET, signingKey: KEY.key, controller: CONTROLLER };

/** Whatever the register is given by a configuration file with this section. */
export function settingsOf(section: object = CONSENT): ConsentSettings {
  const config = loadConfig({ VIRKNE_CONFIG: 'consent.json' }, (path) =>
    path === 'consent.json' ? JSON.stringify({ consent: section }) : readFileSync(path, 'utf8'),
  );
  if (config.consent === undefined) throw new Error('there is no register');
  return config.consent.settings;
}

export const SETTINGS: ConsentSettings = settingsOf();
export const PURPOSES: ConsentCatalogue = SETTINGS.catalogue;

/** The shipped purposes, with another list of notices for one of them. */
export const withNotices = (
  id: string,
  change: (first: NoticeVersion) => readonly NoticeVersion[],
): ConsentCatalogue => ({
  ...PURPOSES,
  purposes: PURPOSES.purposes.map((purpose) =>
    purpose.id === id ? { ...purpose, notices: change(purpose.notices[0] as NoticeVersion) } : purpose,
  ),
});

export const openAt = (
  url: string,
  settings: Partial<ConsentSettings> = {},
  parts: Partial<ConsentOptions> = {},
): Promise<Consent> =>
  openConsent({
    // The machine of the tests may be busy with other things: what 50 ms are is tried by itself.
    settings: { ...SETTINGS, gateMs: 5_000, ...settings },
    target: parseRedisUrl(url),
    clock: systemClock,
    log: pino({ level: 'silent' }),
    meter: silentMeter,
    ids: createIds(),
    ...parts,
  });

/** What a customer does on the page. */
export const grant = (number: string, ...pairs: string[]): ActRequest => ({
  ...{ act: 'grant', number, pairs, method: 'web', language: 'lv' },
  notice: `${pairs[0]?.split(':', 1)[0]}@1`,
});

export const withdraw = (number: string, ...pairs: string[]): ActRequest => ({
  ...{ act: 'withdraw', number, method: 'web' },
  pairs: pairs.length === 0 ? 'all' : pairs,
});

/** Why the register does not take it. */
export async function refused(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (thrown) {
    expect(thrown).to.be.instanceOf(ConsentRefusal).and.include({ code: 'CONSENT_REFUSED' });
    return (thrown as ConsentRefusal).reason;
  }
  return 'taken';
}
