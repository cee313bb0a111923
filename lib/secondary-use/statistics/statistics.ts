/**
 * Statistics of traffic by region and hour, for research and planning: purpose 7 of the catalogue. They are computed once, of what is kept for
 * that purpose alone and of those who still agree, and stored: each question after that has the same answer.
 */
import { monthOf } from '../../charges/month.js';
import { canonical } from '../../consent/canonical.js';
import { noticeAt, purposeOf } from '../../consent/catalogue.js';
import type { Consent } from '../../consent/open.js';
import { statisticKey } from '../../store/consent/keys.js';
import { unavailable } from '../../store/errors.js';
import type { Regions } from '../regions.js';
import { refuseUse, type Uses } from '../use.js';
import { Grid, type Shown, suppressed, THRESHOLD } from './grid.js';

const METRIC = 'traffic';

export interface Statistic extends Shown {
  readonly metric: typeof METRIC;
  /** A month, as 2026-11. */
  readonly period: string;
  readonly timeZone: string;
  readonly threshold: number;
  /** ISO 8601, UTC. */
  readonly computed: string;
}

type Parts = Uses & Pick<Consent, 'metadata'>;

const DOCUMENT = 'document';
const DAY_MS = 86_400_000;

/** Rejects with UseRefusal PERIOD_UNPUBLISHED. */
export async function publishedStatistic({ link }: Pick<Uses, 'link'>, period: string): Promise<Statistic> {
  const text = (await link.command('HGET', [statisticKey(METRIC, period), DOCUMENT])) as string | null;
  if (text === null) return refuseUse('PERIOD_UNPUBLISHED', `${period} is not published`);
  return JSON.parse(text) as Statistic;
}

/**
 * Publishes a period that is over; of one that is published it gives what was published. Rejects with UseRefusal, and with
 * STORE_UNAVAILABLE where somebody cannot be asked for: half of them is no statistic.
 * @param pilots those who may be asked for
 */
export async function publishStatistic(
  parts: Parts,
  regions: Regions,
  pilots: readonly string[],
  period: string,
  timeZone: string,
): Promise<Statistic> {
  const { link } = parts;
  const { start, end } = monthOf(period, timeZone);
  if ((await link.command('HEXISTS', [statisticKey(METRIC, period), DOCUMENT])) === 1)
    return publishedStatistic(parts, period);
  if (end > link.now) refuseUse('PERIOD_OPEN', `${period} is not over yet`);
  if (start < link.now - keptDays(parts) * DAY_MS)
    refuseUse('PERIOD_PAST', `of the beginning of ${period} nothing is kept any more: it could only be half of it`);
  const grid = new Grid(regions.names);
  const hourOf = hoursIn(timeZone);
  for (const number of new Set(pilots)) {
    const used = await parts.metadata.use({ number, purpose: 'statistics', use: `statistics of ${period}` });
    if (!used.allowed) {
      if (used.reason === 'UNAVAILABLE')
        throw unavailable('the consent register did not answer in time: nothing is published');
      continue;
    }
    const times = used.entries.map(({ hour = '' }) => Date.parse(hour)).filter((time) => time >= start && time < end);
    grid.add(regions.regionOf(number), new Set(times.map(hourOf)));
  }
  const statistic: Statistic = {
    ...{ metric: METRIC, period, timeZone, threshold: THRESHOLD, computed: new Date(link.now).toISOString() },
    ...suppressed(grid.counts),
  };
  // Of two who publish at once the first one counts.
  await link.command('HSETNX', [statisticKey(METRIC, period), DOCUMENT, canonical(statistic)]);
  return publishedStatistic(parts, period);
}

function keptDays({ register, link }: Uses): number {
  const purpose = purposeOf(register.catalogue, 'statistics');
  return (purpose && noticeAt(purpose, link.now)?.retentionDays) ?? 0;
}

function hoursIn(timeZone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' });
  return (time) => Number(format.format(time));
}
