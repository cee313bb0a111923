import type { Clock, Timer } from '../../base/clock.js';

export type Failed = (error: Error) => void;

export interface MessageToSend {
  readonly text: string;
  readonly failed: Failed;
  /** It was sent over another connection before, which the peer has closed. */
  readonly isRepeated: boolean;
}

interface WaitingMessage extends MessageToSend {
  /** Ends its own waiting, before that of the connection. */
  readonly patience: Timer | undefined;
}

/** What waits until a connection is established. */
export class WaitingMessages {
  readonly #clock: Clock;
  readonly #late: (failed: Failed) => void;
  #queue: WaitingMessage[] = [];
  #bytes = 0;

  /** @param late called for a message that has waited too long; the others wait on */
  constructor(clock: Clock, late: (failed: Failed) => void) {
    this.#clock = clock;
    this.#late = late;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param connectMs how long it may wait; undefined: as long as the connection takes */
  add(one: MessageToSend, connectMs: number | undefined): void {
    const giveUp = (): void => this.#giveUp(message);
    const patience = connectMs === undefined ? undefined : this.#clock.after(connectMs, giveUp);
    const message: WaitingMessage = { ...one, patience };
    this.#queue.push(message);
    this.#bytes += one.text.length;
  }

  /** All of them: they wait no more. */
  take(): readonly WaitingMessage[] {
    const queue = this.#queue;
    this.#queue = [];
    this.#bytes = 0;
    for (const { patience } of queue) patience?.cancel();
    return queue;
  }

  #giveUp(message: WaitingMessage): void {
    this.#queue.splice(this.#queue.indexOf(message), 1);
    this.#bytes -= message.text.length;
    this.#late(message.failed);
  }
}
