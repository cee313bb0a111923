/** Of a response to an INVITE. A provisional one that is not reliable waits for nothing, and is not told here. */
type OrderedResponse = 'reliable' | 'acceptance';

interface Waiting {
  readonly kind: OrderedResponse;
  readonly hasBody: boolean;
  readonly send: () => void;
}

/**
 * In which order the responses to one INVITE go out (RFC 3262 §3): neither another reliable provisional response nor a 2xx before the
 * PRACK of the one that is out. What refuses the INVITE waits for nothing, and ends all waiting; no PRACK in time refuses it.
 */
export class ResponseOrder {
  #awaitsPrack = false;
  #waiting: Waiting[] = [];

  /** A 2xx is decided but waits. */
  get holdsAnswer(): boolean {
    return this.#waiting.at(-1)?.kind === 'acceptance';
  }

  /** Sends it now, or in its turn. A 2xx says all that a bare provisional response before it would still say. */
  submit(kind: OrderedResponse, hasBody: boolean, send: () => void): void {
    if (kind === 'acceptance') this.#waiting = this.#waiting.filter((other) => other.hasBody);
    this.#waiting.push({ kind, hasBody, send });
    if (!this.#awaitsPrack) this.acknowledged();
  }

  /** The PRACK of the one that is out has come. */
  acknowledged(): void {
    const next = this.#waiting.shift();
    this.#awaitsPrack = next?.kind === 'reliable';
    next?.send();
  }

  /** The INVITE has been refused. */
  end(): void {
    this.#awaitsPrack = false;
    this.#waiting = [];
  }
}
