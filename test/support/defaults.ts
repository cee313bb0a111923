/** What the parts are given where nobody says otherwise: config/default.json is the one place that says it. */
import type { RingingSettings } from '../../lib/call/settings.js';
import type { PingSettings } from '../../lib/call/trunks/health.js';
import type { TrunkSettings } from '../../lib/call/trunks/trunk-group.js';
import { type Config, loadConfig } from '../../lib/config/load.js';
import type { EngineSettings } from '../../lib/engine/api.js';
import type { ConfiguredLimits, TlsSettings } from '../../lib/engine/transport/options.js';
import { callSettings, engineSettings, transportLimits } from '../../lib/settings.js';
import type { Catalogue } from '../../lib/store/functions/library.js';

export const CONFIG: Config = loadConfig({});

/** Of the certificates there are none. */
export const TLS: Pick<TlsSettings, 'minVersion' | 'ciphers'> = {
  minVersion: CONFIG.sip.tls.minVersion,
  ciphers: CONFIG.sip.tls.ciphers,
};

/** What a group may be. */
export const CATALOGUE: Catalogue = CONFIG.catalogue;

export const ENGINE_SETTINGS: EngineSettings = engineSettings(CONFIG);
export const LIMITS: ConfiguredLimits = transportLimits(CONFIG);
export const CALL_SETTINGS: RingingSettings = callSettings(CONFIG);

/** Of several trunks. */
export const PINGS: PingSettings = loadConfig({ TRUNKS: 'sip:a,sip:b' }).pings;

/** One of them; tests name others. */
export const TRUNK = loadConfig({ TRUNKS: 'sip:10.1.0.1:5060' }).trunks[0] as TrunkSettings;
