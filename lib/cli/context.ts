/** What every command is given. */
import type { Clock } from '../base/clock.js';
import type { Config } from '../config/load.js';
import type { Consent } from '../consent/open.js';
import type { Output } from './output.js';
import type { Session } from './session.js';

export interface Context {
  readonly out: Output;
  readonly clock: Clock;
  /** Read when it is asked for. Throws CONFIG_INVALID. */
  config(): Config;
  /** Who types: for the audit. */
  readonly user: string;
  /** Runs `action` on a connection to Redis, and closes it. */
  withRedis<Result>(action: (session: Session) => Promise<Result>): Promise<Result>;
  /** Runs `action` on a connection to the consent register, and closes it. */
  withRegister<Result>(action: (consent: Consent) => Promise<Result>): Promise<Result>;
  /** Runs the service in this process. */
  serve(): Promise<void>;
}
