import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import { RECORDS_KEY, traceKey } from '../keys.js';
import type { Link } from '../link.js';

interface TraceStoreParts {
  readonly link: Link;
  readonly log: Log;
  readonly meter: Meter;
  /** Their life. */
  readonly days: number;
  /** Beyond so many the oldest go. */
  readonly most: number;
}

const DAY_SECONDS = 86_400;

/** Keeps the courses of calls. They are no records: what Redis does not take is gone, and counted. */
export class TraceStore {
  readonly days: number;
  readonly #parts: TraceStoreParts;

  constructor(parts: TraceStoreParts) {
    this.#parts = parts;
    this.days = parts.days;
  }

  /** In one command. Resolves when Redis has them, or does not take them; never rejects. */
  async keep(traces: readonly (readonly [call: string, trace: string])[]): Promise<void> {
    const { link, log, meter, days, most } = this.#parts;
    try {
      await link.fcall('trace_add', RECORDS_KEY, [days * DAY_SECONDS, most, ...traces.flat()]);
      meter.count('traces_kept_total', {}, traces.length);
    } catch (thrown) {
      meter.count('traces_lost_total', {}, traces.length);
      log.debug({ traces: traces.length, reason: messageOf(thrown) }, 'Traces of calls are not kept');
    }
  }

  /** As it was kept; null: there is none any more, or there never was. Rejects with StoreError. */
  async find(call: string): Promise<string | null> {
    return (await this.#parts.link.command('GET', [traceKey(call)])) as string | null;
  }
}
