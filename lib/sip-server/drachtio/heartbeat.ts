/** Whether the SIP server at the other end still does anything: a frozen one, or a cut line, leaves TCP silent for hours. */
import type { Clock, Timer } from '../../base/clock.js';

interface HeartbeatOptions {
  readonly clock: Clock;
  /** Silence of so long, in milliseconds, is the end. */
  readonly limitMs: number;
  /** Sends a ping, and returns the id of its frame. */
  ping(): string;
  dead(): void;
}

const BEAT_MS = 500;
const LONGEST_PONG = 200;

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: Timer | undefined;
  /** The ping that is not answered yet, and when it was sent. */
  #ping = '';
  #sent = 0;
  #heard = 0;
  #delay = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** How long the server takes to answer, in milliseconds; what it owes us right now counts at once. */
  get delay(): number {
    return this.#ping === '' ? this.#delay : Math.max(this.#delay, this.#options.clock.now() - this.#sent);
  }

  /** There is a connection. */
  start(): void {
    this.stop();
    this.#heard = this.#options.clock.now();
    this.#beat();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#ping = '';
    this.#delay = 0;
  }

  /** Each frame that the server sends. */
  heard(text: string): void {
    this.#heard = this.#options.clock.now();
    if (this.#ping === '' || text.length > LONGEST_PONG || !text.includes(this.#ping)) return;
    this.#delay = this.#heard - this.#sent;
    this.#ping = '';
  }

  #beat(): void {
    const { clock, limitMs } = this.#options;
    this.#timer = clock.after(BEAT_MS, () => this.#beat());
    const now = clock.now();
    if (this.#ping === '') {
      this.#sent = now;
      this.#ping = this.#options.ping();
    } else if (now - Math.max(this.#heard, this.#sent) >= limitMs) {
      this.stop();
      this.#options.dead();
    }
  }
}
