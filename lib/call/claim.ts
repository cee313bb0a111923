/** A member is on one call at a time: the claim that says so in the store, for as long as an attempt and its call last. */
import { messageOf } from '../base/errors.js';
import { maskNumber } from '../base/log.js';
import type { CallContext } from './call-context.js';

export class Claim {
  readonly #context: CallContext;
  readonly #member: string;
  #isWanted = false;
  #isHeld = false;

  constructor(context: CallContext, member: string) {
    this.#context = context;
    this.#member = member;
  }

  get #isNeeded(): boolean {
    const { claimMembers } = this.#context.settings;
    return claimMembers === 'all' || (claimMembers === 'numbers' && this.#member.startsWith('+'));
  }

  /**
   * Calls back with false when the member is on another call; at once where no claim is needed, and not at all when it was released
   * meanwhile. A store in trouble stops nobody.
   */
  take(done: (granted: boolean) => void): void {
    if (!this.#isNeeded) {
      done(true);
      return;
    }
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
    if (this.#isHeld || !this.#isNeeded) return;
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
