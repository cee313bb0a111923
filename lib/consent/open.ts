/** Opens the consent register and its gate. */
import type { CountryCode } from 'libphonenumber-js/min';
import type { Clock } from '../base/clock.js';
import type { Ids } from '../base/ids.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { ConsentLink } from '../store/consent/link.js';
import type { Target } from '../store/url.js';
import type { ConsentCatalogue } from './catalogue.js';
import { prepareRegister } from './fitness.js';
import { RegisterGate } from './gate.js';
import { Metadata } from './metadata.js';
import { Persons } from './person.js';
import { type Controller, Signer } from './receipt.js';
import { RedisRegister } from './redis-register.js';

/** What the configuration says of the register. */
export interface ConsentSettings {
  readonly catalogue: ConsentCatalogue;
  readonly controller: Controller;
  readonly secret: string;
  /** Private key, PKCS #8 in PEM. */
  readonly signingKey: string;
  /** Public keys in PEM that have signed before. */
  readonly formerKeys: readonly string[];
  readonly country: CountryCode;
  readonly commandTimeoutMs: number;
  readonly gateMs: number;
  readonly askedDays: number;
  /** For how many days calls have records. */
  readonly recordDays: number;
}

export interface ConsentOptions {
  readonly settings: ConsentSettings;
  readonly target: Target;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly ids: Ids;
  /** A file elsewhere that gets signed heads of lists, and erasures at once. */
  readonly headsFile?: string | undefined;
}

export interface Consent {
  readonly register: RedisRegister;
  readonly gate: RegisterGate;
  readonly metadata: Metadata;
  readonly persons: Persons;
  readonly signer: Signer;
  readonly link: ConsentLink;
  readonly askedDays: number;
  readonly recordDays: number;
  /** Resolves when no ended call waits any more to be kept or not; at the latest after a moment. */
  finish(): Promise<void>;
  close(): void;
}

const FINISH_WITHIN_MS = 2_000;

/**
 * Resolves also with Redis away: it is there as soon as it can be. Rejects with REGISTER_UNFIT where Redis is there and is not what a
 * register may be kept in.
 */
export async function openConsent(options: ConsentOptions): Promise<Consent> {
  const { settings, target, clock, log, meter, ids, headsFile } = options;
  const { catalogue, controller, secret, signingKey, formerKeys, country, commandTimeoutMs, gateMs, askedDays } =
    settings;
  const persons = new Persons(secret, country);
  const signer = new Signer(signingKey, formerKeys, controller);
  const link: ConsentLink = new ConsentLink({
    target,
    clock,
    log,
    commandTimeout: commandTimeoutMs,
    prepare: (at) => prepareRegister(at, catalogue, persons.fingerprint, log),
  });
  if ((await link.open()) === 'unfit') {
    link.close();
    throw link.failure;
  }
  meter.gauge('consent_ready', 'Whether the consent register can be used', () => (link.state === 'ready' ? 1 : 0));
  const gate = new RegisterGate({ link, catalogue, persons, clock, log, meter, gateMs, askedDays });
  const metadata = new Metadata({ gate, link, catalogue, clock, log, meter });
  return {
    register: new RedisRegister({ link, catalogue, persons, signer, controller, ids, log, headsFile }),
    gate,
    metadata,
    persons,
    signer,
    link,
    askedDays,
    recordDays: settings.recordDays,
    finish: () => metadata.settled(FINISH_WITHIN_MS),
    close: () => link.close(),
  };
}
