/** Erasures are told outside Redis as well: a backup that is put back brings back who was erased since, and by these lines he is erased again. */
import type { Act, Cause } from './act.js';
import { GENESIS } from './act.js';
import { digest } from './canonical.js';
import { appendLines, readLines } from './files.js';
import type { Signer } from './receipt.js';

/** In the file of signed heads: the head of a list. */
export interface Head {
  readonly sid: string;
  readonly seq: number;
  readonly head: string;
  /** Why, where this act is an erasure. */
  readonly erased?: Cause;
  readonly key: string;
  readonly signature: string;
}

/** Behind an erasure. */
type ErasedHead = Head & { readonly erased: Cause };

/** What an erasure that is done again is recognised by. */
export const requestOf = ({ head }: Pick<ErasedHead, 'head'>): string => `again-${head.slice(0, 48)}`;

const erasedHead = (act: Act, head: string): Omit<ErasedHead, 'key' | 'signature'> => ({
  ...{ sid: act.sid, seq: act.seq, head },
  erased: act.cause ?? 'request',
});

/** The erasures of a list, as they stand in the file. */
export const erasuresIn = (acts: readonly Act[], lastHead: string): readonly Omit<ErasedHead, 'key' | 'signature'>[] =>
  acts.flatMap((act, index) => (act.act === 'erase' ? [erasedHead(act, acts[index + 1]?.prev ?? lastHead)] : []));

export const appendErasure = (file: string, signer: Signer, act: Act, head: string): Promise<void> =>
  appendLines(file, [signer.seal(erasedHead(act, head))]);

/** Every erasure in the file that one of our keys has signed. */
export async function erasedHeads(file: string, signer: Signer): Promise<readonly ErasedHead[]> {
  return (await sealedHeads(file, signer)).filter((line): line is ErasedHead => line.erased !== undefined);
}

/** Every head in the file that one of our keys has signed, in order; whatever else a line may be, it counts for nothing. */
export async function sealedHeads(file: string, signer: Signer): Promise<readonly Head[]> {
  const lines = (await readLines(file)) as (Head | null)[];
  return lines.filter((line): line is Head => typeof line === 'object' && line !== null && signer.isSealed(line));
}

/** Whether the list has that erasure: itself, or done again. @param stored each record as it lies in Redis */
export function hasErasure(erased: ErasedHead, acts: readonly Act[], stored: readonly string[]): boolean {
  if (digest(stored[erased.seq - 1] ?? GENESIS) === erased.head) return true;
  return acts.some(({ act, request }) => act === 'erase' && request === requestOf(erased));
}
