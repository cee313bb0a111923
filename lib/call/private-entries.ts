/** Entries of Diversion and History-Info as they leave the trust domain (RFC 7044 §10.1.2, RFC 5806 §4.1). Pure. */
import { parseNameAddress, withUri } from '../sip/address.js';
import { splitValues } from '../sip/headers.js';
import type { Params } from '../sip/params.js';
import { parseSipUri } from '../sip/uri.js';

/** RFC 3323 §4.1.1.3 */
const NOBODY = 'sip:anonymous@anonymous.invalid';
const DIVERTED_IN_PRIVATE = new Set(['full', 'name', 'uri']);

/**
 * Whoever wants to stay unnamed does, with index and reason, so that the rest stays what it was.
 * @param isHidden the caller wants it for all; else for those that say so by themselves
 * @param isPublic what stays all the same: the number that was called
 */
export function withoutPrivate(header: string, isHidden: boolean, isPublic: (uri: string) => boolean): string {
  if (!isHidden && !/privacy/i.test(header)) return header;
  const shown = splitValues(header).flatMap((value) => {
    const address = parseNameAddress(value);
    if (address === undefined) return isHidden ? [] : value;
    const { uri, params } = address;
    return (isHidden || isPrivate(uri, params)) && !isPublic(uri) ? unnamed(value) : value;
  });
  return shown.join(', ');
}

function isPrivate(uri: string, params: Params): boolean {
  if (DIVERTED_IN_PRIVATE.has(params.get('privacy')?.toLowerCase() ?? '')) return true;
  return /(?:^|&)privacy=(?:[^&]*%3b|)history(?:&|%3b|$)/i.test(parseSipUri(uri)?.headers ?? '');
}

function unnamed(value: string): string {
  const written = withUri(value, () => NOBODY);
  return written.slice(written.lastIndexOf(`<${NOBODY}>`));
}
