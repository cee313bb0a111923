/** Holds the way from a trunk to us open: the port of a NAT, or a connection that nobody shall close as idle. */
import type { Clock, Timer } from '../../base/clock.js';
import type { SipServer } from '../../sip-server/sip-server.js';
import { transportOf } from './account.js';

export interface KeepAliveOptions {
  readonly uri: string;
  readonly seconds: number;
  readonly sip: Pick<SipServer, 'connected' | 'send'>;
  readonly clock: Clock;
  /** From 0 to below 1. */
  random(): number;
}

/** RFC 5626 §4.4.1: from 80 % to the whole of the interval, by chance, and never later. */
const SPREAD = 0.2;

/**
 * An OPTIONS that goes the way of a REGISTER. Whatever answers it, or nothing, says nothing about the trunk: many answer none, and
 * what passes the NAT is all that counts.
 */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  #timer: Timer | undefined;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
  }

  start(): void {
    const { seconds, random, clock } = this.#options;
    this.#timer?.cancel();
    this.#timer = clock.after(seconds * (1 - SPREAD * random()) * 1000, () => this.#send());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** An error of ours has come out of it: it goes on. */
  recover(): void {
    if (this.#timer !== undefined) this.start();
  }

  #send(): void {
    const { uri, sip } = this.#options;
    this.start();
    if (!sip.connected) return;
    // RFC 3261 §11.1; the SIP server puts its own address there.
    const headers = { accept: 'application/sdp', contact: `<sip:ping@localhost${transportOf(uri)}>` };
    sip.send({ method: 'OPTIONS', uri, headers }, () => {});
  }
}
