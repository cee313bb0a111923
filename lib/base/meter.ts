/** Labels must come from small closed sets: each combination is kept for ever. */
export type Labels = Readonly<Record<string, string>>;

/** Where the parts of the service count. Names are Prometheus names without the `virkne_` prefix. */
export interface Meter {
  /** Adds one (or `by`) to the counter `name`. */
  count(name: string, labels?: Labels, by?: number): void;
  /** Registers a gauge that is read when somebody asks. */
  gauge(name: string, help: string, read: () => number): void;
  /** Adds an observation, in seconds, to the histogram `name`. */
  observe(name: string, seconds: number, labels?: Labels): void;
}

export const silentMeter: Meter = { count: () => {}, gauge: () => {}, observe: () => {} };
