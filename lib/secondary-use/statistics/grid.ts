/** Persons counted over a fixed grid, regions by hours of the day, and what of it may be shown. Pure. */

/** Smaller groups are not shown. */
export const THRESHOLD = 20;
export const HOURS = 24;
/** Where no region is known. */
export const ELSEWHERE = 'other';

/** How many persons had calls: by region, then by hour of the day. */
type Counts = ReadonlyMap<string, readonly number[]>;

/** A person counts once in an hour, however many calls he had in it. */
export class Grid {
  readonly #counts: Map<string, number[]>;

  constructor(regions: readonly string[]) {
    this.#counts = new Map([...regions, ELSEWHERE].map((region) => [region, new Array<number>(HOURS).fill(0)]));
  }

  add(region: string | undefined, hours: ReadonlySet<number>): void {
    const counts = this.#counts.get(region ?? ELSEWHERE) ?? this.#counts.get(ELSEWHERE);
    for (const hour of hours) if (counts?.[hour] !== undefined) counts[hour] += 1;
  }

  get counts(): Counts {
    return this.#counts;
  }
}

interface Cell {
  readonly region: string;
  /** From 0, in the time zone of the operator. */
  readonly hour: number;
  /** Null: too few, or it would tell how few there are elsewhere. */
  readonly persons: number | null;
}

export interface Shown {
  readonly cells: readonly Cell[];
  /** Of all regions, by hour. */
  readonly totals: readonly (number | null)[];
}

/** Only this leaves the computation: what is suppressed here is nowhere else. */
export function suppressed(counts: Counts, threshold = THRESHOLD): Shown {
  const regions = [...counts.keys()];
  const byHour = Array.from({ length: HOURS }, (_, hour) =>
    hourSuppressed(
      regions.map((region) => counts.get(region)?.[hour] ?? 0),
      threshold,
    ),
  );
  return {
    cells: regions.flatMap((region, at) =>
      byHour.map(({ persons }, hour) => ({ region, hour, persons: persons[at] ?? null })),
    ),
    totals: byHour.map(({ total }) => total),
  };
}

/**
 * The total less what is shown is the sum of what is not: that has to be a group that might be shown, and of more than one region. So the
 * smallest that are left are suppressed as well, until it is.
 */
function hourSuppressed(
  counts: readonly number[],
  threshold: number,
): { readonly persons: readonly (number | null)[]; readonly total: number | null } {
  const isShown = counts.map((count) => count >= threshold);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total >= threshold)
    for (;;) {
      const hidden = counts.filter((_, at) => !isShown[at]);
      const sum = hidden.reduce((all, count) => all + count, 0);
      if (hidden.length === 0 || (hidden.length > 1 && sum >= threshold)) break;
      const left = counts.filter((_, at) => isShown[at]);
      isShown[counts.findIndex((count, at) => isShown[at] && count === Math.min(...left))] = false;
    }
  return {
    persons: counts.map((count, at) => (isShown[at] ? count : null)),
    total: total >= threshold ? total : null,
  };
}
