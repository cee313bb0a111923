/** What every page says to browsers, caches and other sites, and what browsers say of a form that comes. Pure. */
import type { IncomingHttpHeaders } from 'node:http';

/** Nothing runs, nothing is loaded from elsewhere, nobody frames it, forms go to us alone. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const YEAR_SECONDS = 31_536_000;

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  // What is shown is one person's: no cache keeps it, nor does the browser behind the button Back.
  'cache-control': 'private, no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-robots-tag': 'noindex, nofollow',
};

/** @param secure whether browsers reach us over TLS */
export const pageHeaders = (secure: boolean): Readonly<Record<string, string>> =>
  secure ? { ...HEADERS, 'strict-transport-security': `max-age=${YEAR_SECONDS}` } : HEADERS;

/** Of what is the same for everybody and has the digest of its content in its name. */
export const ASSET_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': `public, max-age=${YEAR_SECONDS}, immutable`,
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

/**
 * Whether another site has made the browser post. Our own pages send no referrer, and so the Origin `null`, which says nothing; who says
 * neither is no browser of our time, and has the form's token to show.
 * @param own our own origin
 */
export function isForeign({ 'sec-fetch-site': site, origin }: IncomingHttpHeaders, own: string): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  return origin !== undefined && origin !== 'null' && origin !== own;
}
