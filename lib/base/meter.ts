/** Labels must come from small closed sets: each combination is kept for ever. */
export type Labels = Readonly<Record<string, string>>;

/** One counter with its labels, for where each message passes: adding to it looks nothing up. */
export interface Count {
  add(by?: number): void;
}

/** Where the parts of the service count. Names are Prometheus names without the `virkne_` prefix. */
export interface Meter {
  /** Adds one (or `by`) to the counter `name`. */
  count(name: string, labels?: Labels, by?: number): void;
  /** The same counter, looked up once. */
  counter(name: string, labels?: Labels): Count;
  /** Registers a gauge that is read when somebody asks; under one name there may be several, with other labels. */
  gauge(name: string, help: string, read: () => number, labels?: Labels): void;
  /** Adds an observation, in seconds, to the histogram `name`. */
  observe(name: string, seconds: number, labels?: Labels): void;
}

const SILENT: Count = { add: () => {} };

export const silentMeter: Meter = { count: () => {}, counter: () => SILENT, gauge: () => {}, observe: () => {} };
