/** What a call that is over adds to the metrics: all of it is read from its record, so that both say the same. */
import type { Count, Meter } from '../base/meter.js';
import type { AttemptRecord, CallRecord } from '../store/types.js';
import { isAnswer, type Result } from './results.js';

export class EndMetrics {
  readonly #meter: Meter;
  /** Both by few values: looked up once. */
  readonly #calls = new Map<number, Count>();
  readonly #attempts = new Map<string, Count>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  count(record: CallRecord): void {
    const meter = this.#meter;
    const { started, answered, attempts } = record;
    this.#callsWith(record.status).add();
    let called: number | null = null;
    let heard = answered;
    for (const attempt of attempts) {
      this.#attemptsWith(attempt.why).add();
      called = earlier(called, attempt.started);
      heard = earlier(heard, attempt.rang);
      const rang = ringTime(attempt, answered);
      if (rang !== undefined) meter.observe('ring_seconds', rang / 1000);
    }
    if (called !== null) meter.observe('setup_seconds', (called - started) / 1000);
    if (heard !== null) meter.observe('post_dial_delay_seconds', (heard - started) / 1000);
    if (answered === null) return;
    meter.observe('answer_seconds', record.waited / 1000);
    meter.observe('talk_seconds', record.talked / 1000);
  }

  #callsWith(status: number): Count {
    const known = this.#calls.get(status);
    if (known !== undefined) return known;
    const count = this.#meter.counter('calls_total', { status: String(status) });
    this.#calls.set(status, count);
    return count;
  }

  #attemptsWith(why: string): Count {
    const known = this.#attempts.get(why);
    if (known !== undefined) return known;
    const count = this.#meter.counter('attempts_total', { why });
    this.#attempts.set(why, count);
    return count;
  }
}

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || (other !== null && other < one) ? other : one;

/** In milliseconds; undefined: it did not ring, or a fault hides for how long. */
function ringTime({ why, rang, ended }: AttemptRecord, answered: number | null): number | undefined {
  const until = isAnswer(why as Result) ? answered : ended;
  return rang === null || until === null ? undefined : Math.max(0, until - rang);
}
