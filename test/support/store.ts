import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../../lib/base/clock.js';
import { silentMeter } from '../../lib/base/meter.js';
import { openStore, type Store, type StoreOptions } from '../../lib/store/open-store.js';
import type { CallRecord } from '../../lib/store/types.js';
import { parseRedisUrl } from '../../lib/store/url.js';
import { CONFIG } from './defaults.js';

export const directory = (): string => mkdtempSync(join(tmpdir(), 'virkne-store-'));
export const remove = (path: string): void => rmSync(path, { recursive: true, force: true });

export const open = (url: string, path: string, more: Partial<StoreOptions> = {}): Promise<Store> =>
  openStore({
    target: parseRedisUrl(url),
    directory: path,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    meter: silentMeter,
    catalogue: CONFIG.catalogue,
    commandTimeout: 400,
    retentionDays: CONFIG.records.retentionDays,
    maskAfterDays: CONFIG.records.maskAfterDays,
    billingMonths: CONFIG.charges.retentionMonths,
    traces: CONFIG.traces,
    ...more,
  });

/** What few tests ask of a record. */
export const UNSAID = {
  ...{ node: 'one', callId: '', presented: '', hidden: false, diverted: [], owner: null, cause: null, refused: null },
  ...{ endReason: null, endEstimated: false },
  ...{ waited: 0, talked: 0 },
};

/** What few tests ask of an attempt. */
export const UNSAID_OF_ATTEMPT = { trunk: null, callIds: [], said: null, local: null };

export const recordOf = (call: string): CallRecord => ({
  call,
  pilot: '+37167000000',
  caller: '+37120000009',
  started: 1_767_600_000_000,
  answered: null,
  ended: 1_767_600_030_000,
  status: 480,
  by: null,
  released: null,
  policy: 'circular',
  turn: 1,
  version: 1,
  attempts: [
    {
      member: '+37120000001',
      started: 1_767_600_000_000,
      rang: null,
      ended: 1_767_600_030_000,
      why: 'no-answer',
      status: 487,
      trunk: 'sip:127.0.0.1',
      callIds: [`member-leg-of-${call}`],
      said: { status: 487, phrase: 'Request Terminated', reason: null, warning: null },
      local: null,
    },
  ],
  node: 'one',
  callId: `caller-leg-of-${call}`,
  presented: '',
  hidden: false,
  diverted: [],
  owner: null,
  cause: 19,
  refused: null,
  endReason: null,
  endEstimated: false,
  waited: 30_000,
  talked: 0,
});

/** Polls a condition of the real world (another process), as often as the event loop turns. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise<void>((resolve) => systemClock.after(10, resolve));
}
