import { type Params, parseParams } from './params.js';

/** `"Name" <uri>;params` or `uri;params` (RFC 3261 §20.10). */
export interface NameAddress {
  readonly displayName: string;
  /** As written, without angle brackets. */
  readonly uri: string;
  readonly params: Params;
}

/** Undefined when malformed. In the form without brackets, parameters belong to the header (RFC 3261 §20). */
export function parseNameAddress(text: string): NameAddress | undefined {
  const match = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<\s*([^<>\s]+)\s*>\s*((?:;.*)?)$/.exec(text);
  if (match !== null) {
    const displayName = match[1] === undefined ? (match[2] ?? '') : match[1].replace(/\\(.)/g, '$1');
    return { displayName, uri: match[3] as string, params: parseParams(match[4] ?? '') };
  }
  const bare = /^\s*([a-zA-Z][\w+.-]*:[^\s;<>"]+)\s*((?:;.*)?)$/.exec(text);
  if (bare === null) return undefined;
  return { displayName: '', uri: bare[1] as string, params: parseParams(bare[2] ?? '') };
}
