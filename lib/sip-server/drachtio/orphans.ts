/**
 * What a lost connection has left at the SIP server. drachtio-server keeps dialogs and INVITEs for an application that is gone:
 * people talk on in calls that nobody ends, and phones ring for nobody. The calls are over here; a fresh connection may end them
 * there, by their ids.
 */
import type { Clock, Timer } from '../../base/clock.js';

/** One of them. Its first word may come too late: an INVITE that has been answered meanwhile has made the dialog. */
export interface Orphan {
  readonly dialog: string;
  /** The INVITE, where it was not over: ours to be cancelled, or a caller's to be refused. */
  readonly invite?: { readonly transaction: string; readonly isOurs: boolean };
}

/** Each says by `failed` that the server could not do it. */
interface OrphanEnder {
  cancel(transaction: string, failed: () => void): void;
  refuse(transaction: string, failed: () => void): void;
  bye(dialog: string): void;
}

/** A SIP server that has just come back has other things to do, too. */
const AT_ONCE = 50;
const PAUSE_MS = 100;

export class Orphans {
  readonly #clock: Clock;
  readonly #ender: OrphanEnder;
  #left: Orphan[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, ender: OrphanEnder) {
    this.#clock = clock;
    this.#ender = ender;
  }

  get size(): number {
    return this.#left.length;
  }

  /** The connection is lost. Those of a former one that could not be ended yet stay. */
  add(orphans: readonly Orphan[]): void {
    this.stop();
    this.#left = this.#left.concat(orphans);
  }

  /** There is a connection again. */
  end(): void {
    for (const { dialog, invite } of this.#left.splice(0, AT_ONCE)) {
      const released = (): void => {
        if (dialog !== '') this.#ender.bye(dialog);
      };
      if (invite === undefined) released();
      else if (invite.isOurs) this.#ender.cancel(invite.transaction, released);
      else this.#ender.refuse(invite.transaction, released);
    }
    if (this.#left.length > 0) this.#timer = this.#clock.after(PAUSE_MS, () => this.end());
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
