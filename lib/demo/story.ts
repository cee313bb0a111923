import type { Arrow } from '../explain/draw.js';
import type { Message } from './trace.js';

/** Says beside the messages what they mean for the call: who rings, how long, why the next one comes. */
export class Story {
  readonly #caller: string;
  readonly #service: string;
  readonly #invited = new Map<string, number>();
  readonly #told = new Set<string>();
  #begin: number | undefined;

  constructor(caller: string, service: string) {
    this.#caller = caller;
    this.#service = service;
  }

  tell(message: Message): Arrow {
    this.#begin ??= message.at;
    const { from, to, label } = message;
    const note = this.#note(message);
    const arrow = { at: message.at - this.#begin, from, to, label };
    return note === undefined ? arrow : { ...arrow, note };
  }

  #note(message: Message): string | undefined {
    const { from, to, name, at } = message;
    const member = from === this.#service ? to : from;
    if (member === this.#caller) return this.#once(CALLER_NOTES[`${from === this.#caller ? '>' : '<'} ${name}`]);
    const since = (): string => `${((at - (this.#invited.get(member) ?? at)) / 1000).toFixed(1)} s`;
    switch (name) {
      case 'INVITE':
        this.#invited.set(member, at);
        return undefined;
      case '180 INVITE':
        return this.#once(`${member} rings`);
      case '486 INVITE':
        return this.#once(`${member} is busy: the next one at once`);
      case 'CANCEL':
        return this.#once(`${member} did not answer within ${since()}: the next one`);
      case '200 INVITE':
        return this.#once(`${member} answers after ${since()}`);
      default:
        return undefined;
    }
  }

  /** A retransmission tells nothing new. */
  #once(note: string | undefined): string | undefined {
    if (note === undefined || this.#told.has(note)) return undefined;
    this.#told.add(note);
    return note;
  }
}

const CALLER_NOTES: Readonly<Record<string, string>> = {
  '> INVITE': 'somebody calls the office number',
  '< 180 INVITE': 'the caller hears ringing',
  '< 200 INVITE': 'the two are connected',
  '> BYE': 'the caller hangs up',
};
