/** The few statistics that the benchmark needs. Empty input gives NaN. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @param sorted ascending; @param share 0 … 1 */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const ascending = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b);

export function median(values: Iterable<number>): number {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function spread(values: Iterable<number>): Spread {
  const sorted = ascending(values);
  return { median: median(sorted), min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** Standard error of the slope; NaN with fewer than three points. */
  readonly slopeError: number;
}

export type Point = readonly [x: number, y: number];

/** Least squares. */
export function regression(points: readonly Point[]): Line {
  const mean = (pick: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const x0 = mean(([x]) => x);
  const y0 = mean(([, y]) => y);
  let xx = 0;
  let xy = 0;
  for (const [x, y] of points) {
    xx += (x - x0) ** 2;
    xy += (x - x0) * (y - y0);
  }
  const slope = xy / xx;
  const intercept = y0 - slope * x0;
  const rest = points.reduce((sum, [x, y]) => sum + (y - intercept - slope * x) ** 2, 0);
  const slopeError = points.length > 2 ? Math.sqrt(rest / (points.length - 2) / xx) : Number.NaN;
  return { slope, intercept, slopeError };
}
