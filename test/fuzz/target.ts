/** What is fuzzed. Nothing a target is given may make it throw. */
export interface Target {
  /** The next message, from the target's own corpus, mutated or not. */
  next(): string;
  /** @returns whether the message was taken for what it claims to be */
  take(message: string): boolean;
  /** Once in a while: promises may settle in between. */
  settle?(): Promise<void>;
  /** What is wrong when nothing comes any more; empty: all is well. */
  finish?(): Promise<string[]>;
}
