/** What a hunt needs of its call, and is given. */
import type { CallRecord } from '../store/types.js';
import type { HuntWalkOptions } from './hunt-walk.js';

export interface HuntUser {
  /** The call is over for the caller. */
  onRecord(record: CallRecord): void;
  /** Nothing of it is left: no dialog, no watched leg, no timer. */
  onForgotten(): void;
}

export interface HuntOptions extends HuntWalkOptions {
  readonly user: HuntUser;
}
