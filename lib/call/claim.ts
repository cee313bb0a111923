/** A member is on one call at a time: the claim that says so in the store, for as long as an attempt and its call last. */
import { messageOf } from '../base/errors.js';
import { maskNumber } from '../base/log.js';
import type { CallContext } from './call-context.js';

/** Undefined: that member is rung without. */
export function claimOf(context: CallContext, member: string): Claim | undefined {
  const { claimMembers } = context.settings;
  const isNeeded = claimMembers === 'all' || (claimMembers === 'numbers' && member.startsWith('+'));
  return isNeeded ? new Claim(context, member) : undefined;
}

export class Claim {
  readonly #context: CallContext;
  readonly #member: string;
  #isWanted = false;
  #isHeld = false;

  constructor(context: CallContext, member: string) {
    this.#context = context;
    this.#member = member;
  }

  /**
   * Calls back with false when the member is on another call, and not at all when it was released meanwhile. A store in trouble stops
   * nobody.
   */
  take(done: (granted: boolean) => void): void {
    const { store, log } = this.#context;
    this.#isWanted = true;
    store.claim(
      this.#member,
      (granted) => {
        this.#isHeld = granted;
        if (this.#isWanted) done(granted);
        else this.release();
      },
      (thrown) => {
        log.warn({ error: messageOf(thrown), member: maskNumber(this.#member) }, 'member could not be claimed');
        done(true);
      },
    );
  }

  /** For a member who was given up and answers after all. */
  takeBack(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#context.store.claim(
      this.#member,
      () => {},
      () => {},
    );
  }

  release(): void {
    this.#isWanted = false;
    if (!this.#isHeld) return;
    this.#context.store.release(this.#member);
    this.#isHeld = false;
  }
}
