/** The way to the consent register for one command. */

import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { createIds } from '../base/ids.js';
import { createLog } from '../base/log.js';
import { silentMeter } from '../base/meter.js';
import type { Config } from '../config/load.js';
import { type Consent, openConsent } from '../consent/open.js';
import { refuse } from '../consent/refusal.js';
import { unavailable } from '../store/errors.js';
import { targetOf } from './session.js';

/** Runs an action on a connection of its own, and closes it. */
export const withConsent =
  (config: () => Config, clock: Clock) =>
  async <Result>(action: (consent: Consent) => Promise<Result>): Promise<Result> => {
    const all = config();
    if (all.consent === undefined) return refuse('REGISTER_OFF', 'there is no consent register without consent.secret');
    const target = all.consent.target ?? targetOf(all);
    const { headsFile } = all.consent;
    const parts = { headsFile, clock, log: createLog('silent'), meter: silentMeter, ids: createIds() };
    const consent = await openConsent({ settings: all.consent.settings, target, ...parts });
    try {
      if (consent.link.state !== 'ready')
        throw unavailable(`the consent register at ${target.shown} cannot be used: ${messageOf(consent.link.failure)}`);
      return await action(consent);
    } finally {
      consent.close();
    }
  };
