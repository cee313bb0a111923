/** How the command ends. */
import { CodedError, type ErrorCode } from '../base/errors.js';

export const EXIT = { done: 0, refused: 1, usage: 2, away: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What was asked for is not there, or what was looked at is not as it must be. */
export class Refusal extends Error {}

/** What was written on the command line makes no sense. */
export class WrongUsage extends Error {}

/** Everything else that has a code was refused. */
const AWAY: ReadonlySet<ErrorCode> = new Set(['STORE_UNAVAILABLE', 'DATA_DIRECTORY_UNUSABLE']);

export function exitCodeOf(thrown: unknown): ExitCode {
  if (thrown instanceof WrongUsage) return EXIT.usage;
  if (thrown instanceof CodedError && AWAY.has(thrown.code)) return EXIT.away;
  return EXIT.refused;
}

/** One line or more for stderr; the stack only of what is an error of the program. */
export function toldOf(thrown: unknown): string {
  if (thrown instanceof CodedError) return `${thrown.code} ${thrown.message}`;
  if (thrown instanceof Refusal || thrown instanceof WrongUsage) return thrown.message;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
