/** Whether a trunk is alive: OPTIONS pings, as a table (RFC 3261 §11). */
import type { Clock, Timer } from '../../base/clock.js';
import { type Machine, MachineKind, type Table } from '../../base/machine.js';
import { MOST_RETRY_AFTER, numberHeld } from '../../sip/number.js';
import { NotSent } from '../../sip-server/not-sent.js';
import type { Reply, SipServer } from '../../sip-server/sip-server.js';
import { transportOf } from './account.js';

export type HealthState = 'up' | 'doubtful' | 'down';
export type HealthInput = 'alive' | 'silent' | 'enough';
export type HealthAction = 'countFirst' | 'count' | 'announceDown' | 'announceUp';

export const HEALTH_TABLE: Table<HealthState, HealthInput, HealthAction> = {
  up: {
    silent: ['doubtful', 'countFirst'],
  },
  // Calls still go there: one lost datagram is no failure
  doubtful: {
    alive: ['up'],
    silent: ['doubtful', 'count'],
    enough: ['down', 'announceDown'],
  },
  down: {
    alive: ['up', 'announceUp'],
  },
};

export interface PingSettings {
  /** Between pings; 0: none are sent. */
  readonly pingSeconds: number;
  /** Between pings of a trunk that did not answer the last one. */
  readonly retrySeconds: number;
  /** Where none are sent otherwise: whether they are from a call that failed until the trunk answers again. */
  readonly inDoubt: boolean;
  /** How long an answer may take. */
  readonly timeoutSeconds: number;
  /** Pings without an answer, one after another, that mark a trunk as down. */
  readonly failAfter: number;
}

export interface HealthOptions extends PingSettings {
  readonly uri: string;
  /** The Service-Route of its registrar. */
  route?(): readonly string[] | undefined;
  readonly sip: Pick<SipServer, 'connected' | 'send'>;
  readonly clock: Clock;
  /** From 0 to below 1. */
  random(): number;
  /** Called once for each change. */
  onChange(isUp: boolean): void;
  /** The trunk asked in a 503 to be left alone for so many seconds. */
  onRetryAfter(seconds: number): void;
}

/** What an INVITE of ours may be answered with. */
const ACCEPT = 'application/sdp';
/** Pings spread over this part of their interval, so that many trunks and nodes do not ping together. */
const JITTER = 0.2;

export class Health {
  static readonly #PERFORM: Readonly<Record<HealthAction, (health: Health) => void>> = {
    countFirst: (health) => health.#count(1),
    count: (health) => health.#count(health.#unanswered + 1),
    announceDown: (health) => health.#options.onChange(false),
    announceUp: (health) => health.#options.onChange(true),
  };
  static readonly #MACHINE = new MachineKind(HEALTH_TABLE, Health.#PERFORM);
  readonly #options: HealthOptions;
  readonly #machine: Machine<HealthState, HealthInput, HealthAction>;
  #timer: Timer | undefined;
  /** Of the ping whose answer counts. */
  #ping = 0;
  #unanswered = 0;
  /** The next ping is a whole interval away. */
  #isAtEase = false;
  #hasAnswered = false;
  #running = false;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#machine = Health.#MACHINE.of(this, 'up');
  }

  get isDown(): boolean {
    return this.#machine.state === 'down';
  }

  /** Whether it answers pings when it is up: only then they prove that it is down. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Begins to ping, somewhere within the first interval. */
  start(): void {
    const { pingSeconds, inDoubt, retrySeconds, random } = this.#options;
    if (pingSeconds === 0 && !inDoubt) return;
    this.#running = true;
    if (pingSeconds === 0) this.#isAtEase = true;
    else this.#wait(retrySeconds * random());
  }

  stop(): void {
    this.#running = false;
    this.#ping++;
    this.#timer?.cancel();
  }

  /** An error of ours has come out of it: pings go on. */
  recover(): void {
    this.#wait(this.#options.retrySeconds);
  }

  /** A call was answered over it in whatever way. */
  alive(): void {
    if (this.#machine.state === 'up') return;
    this.#noteAnswer();
  }

  /** A call has failed on it: the next ping is brought forward. Once, or a row of failures would put it off for ever. */
  doubt(): void {
    if (this.#isAtEase) this.#wait(this.#options.retrySeconds);
  }

  #noteAnswer(): void {
    this.#machine.send('alive');
    const { pingSeconds } = this.#options;
    if (pingSeconds > 0) this.#wait(pingSeconds);
    else {
      this.#ping++;
      this.#timer?.cancel();
    }
    this.#isAtEase = this.#running;
  }

  #wait(seconds: number): void {
    if (!this.#running) return;
    this.#isAtEase = false;
    this.#ping++;
    this.#timer?.cancel();
    const spread = 1 - JITTER / 2 + JITTER * this.#options.random();
    this.#timer = this.#options.clock.after(seconds * spread * 1000, () => this.#send());
  }

  #send(): void {
    const { uri, sip, clock, retrySeconds, timeoutSeconds } = this.#options;
    // A SIP server that is gone says nothing about the trunk.
    if (!sip.connected) {
      this.#wait(retrySeconds);
      return;
    }
    const ping = ++this.#ping;
    this.#timer = clock.after(timeoutSeconds * 1000, () => this.#silent());
    // RFC 3261 §11.1; the SIP server puts its own address there.
    const headers = { accept: ACCEPT, contact: `<sip:ping@localhost${transportOf(uri)}>` };
    const route = this.#options.route?.();
    sip.send({ method: 'OPTIONS', uri, headers, ...(route && { route }) }, (result) => {
      if (ping === this.#ping) this.#answered(result);
    });
  }

  #answered(result: Reply | NotSent): void {
    if (result instanceof NotSent) {
      // What is our own fault says nothing about the trunk.
      if (result.code === 'transport') this.#silent();
      else this.#wait(this.#options.retrySeconds);
      return;
    }
    // RFC 3261 §8.1.3.1: the server makes up a 408 or 503 for a peer who is silent or cannot be reached.
    if (result.status === 408 || result.status === 503) {
      const seconds = numberHeld(result.headers['retry-after'], 0, MOST_RETRY_AFTER) ?? 0;
      if (seconds > 0) this.#options.onRetryAfter(seconds);
      this.#silent();
      return;
    }
    this.#hasAnswered = true;
    this.#noteAnswer();
  }

  #silent(): void {
    if (this.#options.sip.connected) this.#machine.send('silent');
    this.#wait(this.#options.retrySeconds);
  }

  #count(unanswered: number): void {
    this.#unanswered = unanswered;
    if (unanswered >= this.#options.failAfter) this.#machine.send('enough');
  }
}
