/** Who knows whether somebody is solvent: a port. The adapter that is shipped reads a file; a credit bureau's service would be another one. */
import { readTable } from '../table-file.js';
import { refuseUse } from '../use.js';

export interface CreditBureau {
  /** Up to which amount, in cents; undefined: he is not known there. */
  limitOf(number: string): Promise<number | undefined>;
}

/** CSV with the columns `number` (E.164) and `cents`. Throws UseRefusal. */
export function bureauOfFile(path: string): CreditBureau {
  const limits = new Map<string, number>();
  for (const { line, of } of readTable(path, ['number', 'cents'])) {
    const [number, cents] = [of('number'), of('cents')];
    if (!/^\+[1-9]\d{6,14}$/.test(number) || !/^\d{1,12}$/.test(cents))
      refuseUse('FILE_INVALID', `${path}: line ${line}: write a number in E.164 and whole cents`);
    limits.set(number, Number(cents));
  }
  return { limitOf: async (number) => limits.get(number) };
}
