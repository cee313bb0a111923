/** Keeps one session alive, or notices that the peer does not (RFC 4028 §7.2, §10). */
import { randomInt } from 'node:crypto';
import type { Clock, Timer } from '../../base/clock.js';
import { type Machine, MachineKind, type Table } from '../../base/machine.js';
import type { SessionInterval } from './session-expires.js';

export type SessionTimerState = 'off' | 'watching' | 'waiting' | 'due' | 'refreshing';
export type SessionTimerInput =
  | 'weRefresh'
  | 'peerRefreshes'
  | 'timer'
  | 'deadline'
  | 'blocked'
  | 'free'
  | 'again'
  | 'glare'
  | 'refused'
  | 'gone'
  | 'stop';
export type SessionTimerAction =
  | 'watch'
  | 'wait'
  | 'refresh'
  | 'await'
  | 'backOff'
  | 'retry'
  | 'expire'
  | 'end'
  | 'cancel';

/** A 2xx to an INVITE or UPDATE starts it anew, whoever sent that (§7.2). */
const SETTLED = {
  weRefresh: ['waiting', 'wait'],
  peerRefreshes: ['watching', 'watch'],
  deadline: ['off', 'expire'],
  stop: ['off', 'cancel'],
} as const;

export const SESSION_TIMER: Table<SessionTimerState, SessionTimerInput, SessionTimerAction> = {
  off: { weRefresh: ['waiting', 'wait'], peerRefreshes: ['watching', 'watch'] },
  // §10: a BYE slightly before the session expires.
  watching: SETTLED,
  // §7.2: at half of the interval; after a failure, again before the session expires (§10).
  waiting: { ...SETTLED, timer: ['refreshing', 'refresh'] },
  // RFC 3261 §14.1: something else is open, which may well refresh the session, too.
  due: { ...SETTLED, free: ['refreshing', 'refresh'] },
  refreshing: {
    ...SETTLED,
    blocked: ['due', 'await'],
    again: ['refreshing', 'refresh'],
    glare: ['waiting', 'backOff'], // RFC 3261 §14.1
    refused: ['waiting', 'retry'],
    gone: ['off', 'end'], // RFC 3261 §12.2.1.2: 408, 481
  },
};

export interface SessionTimerUser {
  readonly clock: Clock;
  /** A programming error: it ends the dialog. */
  faulted(thrown: unknown): void;
  /** RFC 3261 §14.1: who chose the Call-ID waits longer. */
  readonly choseCallId: boolean;
  /** Sends a refresh; false: something else is open. */
  refresh(): boolean;
  /** The session is over. @param status of the refresh that said so; undefined: it has expired */
  end(status: number | undefined): void;
}

/** §10: the BYE goes out so long before the session expires, or a third of the interval before. */
const LEAD_MS = 32_000;
/** Between a refusal and the next try, at least. */
const LEAST_WAIT_MS = 1000;

/** From a refresh to the BYE, in milliseconds. */
function lifeOf({ seconds }: SessionInterval): number {
  const ms = seconds * 1000;
  return ms - Math.min(LEAD_MS, Math.floor(ms / 3));
}

export class SessionTimer {
  /** Each stops the timer first. */
  static readonly #PERFORM: Readonly<Record<SessionTimerAction, (timer: SessionTimer, event: unknown) => void>> = {
    wait: (timer) => timer.#stopped().#waitForHalf(),
    refresh: (timer) => {
      // First: the answer may come while it is sent.
      timer.#stopped().#awaitDeadline();
      if (!timer.#user.refresh()) timer.#machine.send('blocked');
    },
    watch: (timer) => timer.#stopped().#awaitDeadline(),
    await: (timer) => timer.#stopped().#awaitDeadline(),
    // RFC 3261 §14.1: from 2.1 to 4 s, or up to 2 s, in steps of 10 ms.
    backOff: (timer) =>
      timer.#stopped().#wait(10 * (timer.#user.choseCallId ? randomInt(210, 401) : randomInt(0, 201))),
    retry: (timer, asked) => timer.#stopped().#retry(asked as number | undefined),
    expire: (timer) => timer.#stopped().#user.end(undefined),
    end: (timer, event) => timer.#stopped().#user.end(event as number),
    cancel: (timer) => timer.#stopped(),
  };
  static readonly #MACHINE = new MachineKind(SESSION_TIMER, SessionTimer.#PERFORM);
  interval: SessionInterval | undefined;
  /** When the session is given up, unless it is refreshed by then. */
  deadline = 0;
  readonly #user: SessionTimerUser;
  readonly #machine: Machine<SessionTimerState, SessionTimerInput, SessionTimerAction>;
  #timer: Timer | undefined;

  constructor(user: SessionTimerUser) {
    this.#user = user;
    this.#machine = SessionTimer.#MACHINE.of(this, 'off');
  }

  start(interval: SessionInterval): void {
    this.resume(interval, this.#user.clock.now() + lifeOf(interval));
  }

  /** Goes on with what another one has begun. */
  resume(interval: SessionInterval, deadline: number): void {
    this.interval = interval;
    this.deadline = deadline;
    this.#machine.send(interval.weRefresh ? 'weRefresh' : 'peerRefreshes');
  }

  stop(): void {
    this.interval = undefined;
    this.#machine.send('stop');
  }

  /** Nothing is open in the dialog any more. */
  free(): void {
    this.#machine.send('free');
  }

  /** The refresh goes out once more, at once: with another interval, method or with credentials. */
  again(): void {
    this.#machine.send('again');
  }

  /** @param retryAfter seconds, where the peer said so */
  failed(status: number, retryAfter: number | undefined): void {
    if (status === 491) this.#machine.send('glare');
    else if (status === 408 || status === 481) this.#machine.send('gone', status);
    else this.#machine.send('refused', retryAfter);
  }

  #stopped(): this {
    this.#timer?.cancel();
    this.#timer = undefined;
    return this;
  }

  #retry(asked: number | undefined): void {
    const left = this.deadline - this.#user.clock.now();
    this.#wait(Math.max(LEAST_WAIT_MS, asked === undefined ? Math.floor(left / 2) : asked * 1000));
  }

  /** Of the interval, which may have begun some time ago. */
  #waitForHalf(): void {
    const { interval } = this;
    if (interval === undefined) return;
    const began = this.deadline - lifeOf(interval);
    const now = this.#user.clock.now();
    this.#wait(Math.max(0, began + interval.seconds * 500 - now), now);
  }

  /** Until the next try, or the end of the session where that is earlier. */
  #wait(ms: number, now = this.#user.clock.now()): void {
    if (now + ms >= this.deadline) this.#awaitDeadline();
    else this.#set(ms, 'timer');
  }

  #awaitDeadline(): void {
    this.#set(Math.max(0, this.deadline - this.#user.clock.now()), 'deadline');
  }

  #set(ms: number, input: 'timer' | 'deadline'): void {
    this.#timer = this.#user.clock.after(ms, () => {
      try {
        this.#machine.send(input);
      } catch (thrown) {
        this.#user.faulted(thrown);
      }
    });
  }
}
