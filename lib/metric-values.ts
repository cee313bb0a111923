/** What metrics are told of the other parts: the values that their labels may have. */
import type { KnownValues } from './api/metric-labels.js';
import type { Labels } from './base/meter.js';
import { programVersion } from './base/version.js';
import { REFUSED_WORDS } from './call/refusals.js';
import { ALL_RESULTS } from './call/results.js';
import { nameOf } from './call/trunks/account.js';
import type { Config } from './config/load.js';
import { DENIALS } from './consent/gate.js';
import { DROP_REASONS } from './engine/transport/drops.js';

export const knownValues = ({
  trunks,
  consent,
}: Pick<Config, 'trunks'> & Partial<Pick<Config, 'consent'>>): KnownValues => ({
  results: ALL_RESULTS,
  refusals: REFUSED_WORDS,
  trunks: trunks.map(({ uri }) => nameOf(uri)),
  drops: DROP_REASONS,
  purposes: [...(consent?.settings.catalogue.purposes ?? []).map(({ id }) => id), 'other'],
  verdicts: ['ALLOWED', ...DENIALS],
});

export const buildInfo = (): Labels => ({ version: programVersion(), node_version: process.version });
