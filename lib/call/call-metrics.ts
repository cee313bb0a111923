/** What a call that is over adds to the metrics: all of it is read from its record, so that both say the same. */
import type { Count, Meter } from '../base/meter.js';
import type { AttemptRecord, CallRecord } from '../store/types.js';
import { isAnswer, type Result } from './results.js';

/** Those of one metric, whose label has few values: each is looked up once. */
class Counts<Value> {
  readonly #known = new Map<Value, Count>();
  readonly #counter: (value: Value) => Count;

  constructor(counter: (value: Value) => Count) {
    this.#counter = counter;
  }

  of(value: Value): Count {
    let count = this.#known.get(value);
    if (count === undefined) {
      count = this.#counter(value);
      this.#known.set(value, count);
    }
    return count;
  }
}

export class EndMetrics {
  readonly #meter: Meter;
  readonly #calls: Counts<number>;
  readonly #attempts: Counts<string>;

  constructor(meter: Meter) {
    this.#meter = meter;
    this.#calls = new Counts((status) => meter.counter('calls_total', { status: String(status) }));
    this.#attempts = new Counts((why) => meter.counter('attempts_total', { why }));
  }

  count(record: CallRecord): void {
    const meter = this.#meter;
    const { started, answered, attempts } = record;
    this.#calls.of(record.status).add();
    let called: number | null = null;
    let heard = answered;
    for (const attempt of attempts) {
      this.#attempts.of(attempt.why).add();
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
}

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || (other !== null && other < one) ? other : one;

/** In milliseconds; undefined: it did not ring, or a fault hides for how long. */
function ringTime({ why, rang, ended }: AttemptRecord, answered: number | null): number | undefined {
  const until = isAnswer(why as Result) ? answered : ended;
  return rang === null || until === null ? undefined : Math.max(0, until - rang);
}
