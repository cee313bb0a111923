/** In which region a number is: a port. The adapter that is shipped reads a file; a location feed would be another one. */
import { readTable } from './table-file.js';
import { refuseUse } from './use.js';

export interface Regions {
  /** Undefined: it is not known. */
  regionOf(number: string): string | undefined;
  /** Every region there is, in order. */
  readonly names: readonly string[];
}

const PREFIX = /^\+[1-9]\d{0,14}$/;
/** Nothing that a spreadsheet would take for a formula. */
const NAME = /^\p{L}[\p{L}\p{M}\p{N} .-]{0,63}$/u;
const LONGEST = 16;

/** CSV with the columns `prefix` and `region`: of the prefixes of a number the longest counts. Throws UseRefusal. */
export function regionsOfFile(path: string): Regions {
  const regions = new Map<string, string>();
  for (const { line, of } of readTable(path, ['prefix', 'region'])) {
    const [prefix, region] = [of('prefix'), of('region').normalize('NFC')];
    if (!PREFIX.test(prefix)) refuseUse('FILE_INVALID', `${path}: line ${line}: a prefix is + and digits`);
    if (!NAME.test(region)) refuseUse('FILE_INVALID', `${path}: line ${line}: a region begins with a letter`);
    regions.set(prefix, region);
  }
  return {
    regionOf: (number) => {
      for (let length = Math.min(number.length, LONGEST); length > 1; length--) {
        const region = regions.get(number.slice(0, length));
        if (region !== undefined) return region;
      }
      return undefined;
    },
    names: [...new Set(regions.values())].sort((a, b) => a.localeCompare(b, 'lv')),
  };
}

/** Where there is no file. */
export const NO_REGIONS: Regions = { regionOf: () => undefined, names: [] };
