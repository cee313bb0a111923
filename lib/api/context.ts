/** What routes and pages are given. */
import type { Ids } from '../base/ids.js';
import type { Log } from '../base/log.js';
import type { FeeRules } from '../charges/fees.js';
import type { Consent } from '../consent/open.js';
import type { Asked } from '../lookups/redis.js';
import { Problem } from './problems.js';

/** The part of the store that the API uses. */
export interface ApiStore {
  readonly link: Asked & {
    /** Milliseconds since 1970, by Redis's clock. */
    redisTime(): number;
  };
  readonly traces: {
    readonly days: number;
    find(call: string): Promise<string | null>;
  };
}

export interface ApiSettings {
  /** The operator's: months begin and end there, and explanations tell the time there. */
  readonly timeZone: string;
  /** For whom it matters whether he is on another call. */
  readonly claimMembers: 'numbers' | 'all' | 'none';
  readonly charges: FeeRules & { readonly timeZone: string };
}

export interface ApiContext extends ApiStore {
  /** Undefined: there is no register, or it is not open yet. */
  readonly consent: () => Consent | undefined;
  readonly settings: ApiSettings;
  readonly ids: Ids;
  readonly log: Log;
}

/** The open register. Throws the problem CONSENT_OFF where there is none. */
export function registerOf({ consent }: ApiContext): Consent {
  const opened = consent();
  if (opened === undefined) throw new Problem('CONSENT_OFF', 'this service has no consent register');
  return opened;
}
