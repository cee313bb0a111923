/**
 * The link in a message by which its reader withdraws the consent behind it, and nothing else (RFC 8058). It goes on as long as the message
 * does, so it names the person by what the register knows: the next holder of the number is another one. Pure.
 */
import { Sealer } from './tokens.js';

export interface Stop {
  readonly number: string;
  /** `offers:email` */
  readonly pair: string;
  /** As much of the register's hash of the person as tells him from the holder before. */
  readonly person: string;
}

const PERSON_CHARS = 8;
const FORM = /^(\+[1-9]\d{6,14}) ([\w-]{1,40}:[\w-]{1,40}) ([\w-]{8})$/;

export const personOf = (sid: string): string => sid.slice(0, PERSON_CHARS);

/** What `List-Unsubscribe` of a message names, beside `List-Unsubscribe-Post: List-Unsubscribe=One-Click`. */
export const stopUrl = (baseUrl: string, secret: string, { number, pair, person }: Stop): string =>
  `${baseUrl}/my/stop/${new Sealer(secret).seal(`${number} ${pair} ${person}`)}`;

/** Undefined: it is none of ours. */
export function readStop(sealer: Sealer, token: string): Stop | undefined {
  const [, number, pair, person] = FORM.exec(sealer.open(token) ?? '') ?? [];
  return number === undefined || pair === undefined || person === undefined ? undefined : { number, pair, person };
}
