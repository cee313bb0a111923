/** Faults by injection: whatever is injected into a part is wrapped so that one call of it, chosen by its number, throws. */

class InjectedFault extends Error {
  constructor(where: string) {
    super(`injected at ${where}`);
  }
}

/** Counts how often it is passed, while armed, and throws at the chosen time. */
export class Tripwire {
  isArmed = false;
  /** What was passed, in order. */
  readonly passed: string[] = [];
  readonly #at: number;
  readonly #times: number;

  /**
   * @param at from 1; 0: never
   * @param times how often it throws, from there on
   */
  constructor(at = 0, times = 1) {
    this.#at = at;
    this.#times = times;
  }

  /** Where it threw. */
  get place(): string {
    return this.passed[this.#at - 1] ?? 'nowhere';
  }

  /** Arms it, and counts anew. */
  rearm(): void {
    this.passed.length = 0;
    this.isArmed = true;
  }

  pass(where: string): void {
    if (!this.isArmed) return;
    this.passed.push(where);
    const number = this.passed.length;
    if (this.#at > 0 && number >= this.#at && number < this.#at + this.#times) throw new InjectedFault(where);
  }

  /** That object; each call of a method, and each reading of a value, passes here first. */
  over<Target extends object>(name: string, target: Target, instead: Partial<Target> = {}): Target {
    return new Proxy(target, {
      get: (_target, property) => {
        const where = `${name}.${String(property)}`;
        const value: unknown = Reflect.get(
          property in instead ? instead : target,
          property,
          property in instead ? instead : target,
        );
        if (typeof value !== 'function') {
          this.pass(where);
          return value;
        }
        return (...args: unknown[]) => {
          this.pass(where);
          return value.apply(target, args);
        };
      },
      set: (_target, property, value) => Reflect.set(target, property, value, target),
    });
  }
}
