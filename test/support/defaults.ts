/** What the parts are given where nobody says otherwise: config/default.json is the one place that says it. */
import { type Config, loadConfig } from '../../lib/config/load.js';
import type { Catalogue } from '../../lib/store/functions/library.js';

export const CONFIG: Config = loadConfig({});

/** What a group may be. */
export const CATALOGUE: Catalogue = CONFIG.catalogue;
