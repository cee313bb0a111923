/** What UDP asks of whoever speaks SIP by it: sent again, ever more seldom, until the other side has it. */
const FIRST_MS = 500;
const LONGEST_MS = 4000;

export class Repetitions {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** Sends it now, and again until {@link stop}. */
  begin(key: string, send: () => void): void {
    send();
    this.#wait(key, send, FIRST_MS);
  }

  stop(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }

  close(): void {
    for (const key of [...this.#timers.keys()]) this.stop(key);
  }

  #wait(key: string, send: () => void, ms: number): void {
    this.stop(key);
    const again = (): void => {
      send();
      this.#wait(key, send, Math.min(2 * ms, LONGEST_MS));
    };
    this.#timers.set(key, setTimeout(again, ms));
  }
}
