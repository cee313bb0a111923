import type { Content } from '../../sip-server/sip-server.js';

const ORIGIN = /^o=(\S+ \S+) (\d+) ([^\r\n]*)/m;

/**
 * RFC 3264 §8: who has heard the media server and then hears the other party is still in one session. Its `o=` stays as it was, but for
 * the version, which grows by one with each description that is another one.
 */
export class Origin {
  readonly #who: string;
  readonly #where: string;
  #version: bigint;
  /** What was told last, without its origin. */
  #told: string;

  private constructor(who: string, version: bigint, where: string, told: string) {
    this.#who = who;
    this.#version = version;
    this.#where = where;
    this.#told = told;
  }

  /** Of what a party was told; undefined: it has none. */
  static of(body: string | undefined): Origin | undefined {
    const [line, who, version, where] = ORIGIN.exec(body ?? '') ?? [];
    if (body === undefined || line === undefined || who === undefined || where === undefined) return undefined;
    return new Origin(who, BigInt(version ?? 0), where, body.replace(line, ''));
  }

  /** What that party is told next. A body that is no description is left alone. */
  continue(content: Content): Content {
    const { body } = content;
    if (body === undefined || !body.startsWith('v=0')) return content;
    const line = ORIGIN.exec(body)?.[0];
    if (line === undefined) return content;
    const told = body.replace(line, '');
    if (told !== this.#told) this.#version++;
    this.#told = told;
    // By a function: `$` would mean something in a text.
    return { ...content, body: body.replace(line, () => `o=${this.#who} ${this.#version} ${this.#where}`) };
  }
}

/** Of the parties that have heard the media server. */
export type Origins = Partial<Record<'caller' | 'member', Origin>>;

/** @param told each of them last, where a media server was between them once */
export const originsIn = (told: Readonly<Partial<Record<'caller' | 'member', string>>>): Origins | undefined =>
  originsOf(Origin.of(told.caller), Origin.of(told.member));

/** Undefined: neither has heard it, as in most calls. */
export function originsOf(caller: Origin | undefined, member: Origin | undefined): Origins | undefined {
  if (caller === undefined && member === undefined) return undefined;
  return { ...(caller && { caller }), ...(member && { member }) };
}
