/** Usage advice for a group from its own records: purpose 2 of the catalogue, asked of the holder of the number. */
import type { Lang } from '../../explain/language.js';
import { Times } from '../../explain/times.js';
import { callsOf } from '../../lookups/calls.js';
import { first } from '../../lookups/entries.js';
import { readGroup } from '../../lookups/group-view.js';
import type { Asked } from '../../lookups/redis.js';
import { groupKey } from '../../store/keys.js';
import type { CallRecord, Policy } from '../../store/types.js';
import { mayUse, type NotAllowed, type Uses } from '../use.js';
import { sentencesOf } from './sentences.js';
import { type Usage, usageOf } from './usage.js';

interface Advice extends Usage {
  readonly allowed: true;
  readonly pilot: string;
  /** Seconds. */
  readonly ring: number;
  /** ISO 8601, UTC: what was before is not looked at. */
  readonly since: string;
  readonly sentences: readonly string[];
}

export interface AdviceQuestion {
  readonly lang: Lang;
  readonly timeZone: string;
  /** The seconds among which the customer may choose. */
  readonly ringTimes: readonly number[];
}

/** The calls of the last four weeks, each day of the week as often. */
const WINDOW_MS = 28 * 86_400_000;
const MOST_CALLS = 10_000;

/**
 * Rejects with STORE_REFUSED where there is no such group.
 * @param now milliseconds since 1970
 */
export async function adviseOn(
  uses: Pick<Uses, 'gate'>,
  redis: Asked,
  pilot: string,
  now: number,
  { lang, timeZone, ringTimes }: AdviceQuestion,
): Promise<Advice | NotAllowed> {
  const ruling = await mayUse(uses, { number: pilot, purpose: 'usage', use: 'usage advice for a group' });
  if (!ruling.allowed) return ruling;
  const granted = Date.parse(ruling.grounds.entry?.since ?? '');
  // The consent binds from its receipt: what was before is not looked at.
  const since = Math.max(now - WINDOW_MS, Number.isNaN(granted) ? now : granted);
  const { policy, ring, members } = readGroup(pilot, await redis.fcall('hunt_get', groupKey(pilot), []));
  const calls: CallRecord[] = [];
  for await (const { record } of first(callsOf(redis, { pilot, since }), MOST_CALLS))
    if (record.refused === null && !record.metadataRefused) calls.push(record);
  const settings = { policy: policy as Policy, ring, members };
  const usage = usageOf(settings, calls, ringTimes);
  const day = new Times(timeZone).whole(since).slice(0, 10);
  return {
    allowed: true,
    ...{ pilot, ring, since: new Date(since).toISOString() },
    ...usage,
    sentences: sentencesOf(usage, settings, day, lang),
  };
}
