/**
 * Tokens, and comparing them. They have no case (RFC 3261 §7.3.1): tags, branches, sent-by hosts. A Call-ID has one (§20.8), so have methods
 * (§7.1). Ours are written in lower case, and most peers write ours and their own always in the same way.
 */

const TOKEN = /^[\w.!%*+`'~-]+$/;

/** Whether it is one (RFC 3261 §25.1). */
export const isToken = (text: string): boolean => TOKEN.test(text);

/** In the one case by which a token is looked up. */
export const folded = (token: string): string => token.toLowerCase();

export const isSameToken = (one: string, other: string): boolean =>
  one === other || (one.length === other.length && folded(one) === folded(other));
