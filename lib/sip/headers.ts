import { BACKSLASH, COMMA, GREATER, LESS, QUOTE, trim } from './chars.js';

/** Compact forms (RFC 3261 §7.3.3 and the IANA registry of header fields). */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
};

const COMMON = `Accept Accept-Encoding Accept-Language Alert-Info Allow Authorization Call-Info Content-Disposition
Content-Language CSeq Date Diversion Error-Info Expires Feature-Caps Geolocation History-Info In-Reply-To Join Max-Forwards
MIME-Version Min-Expires Min-SE Organization P-Access-Network-Info P-Asserted-Identity P-Called-Party-ID
P-Charging-Function-Addresses P-Charging-Vector P-Early-Media P-Preferred-Identity P-Visited-Network-ID Path Priority Privacy
Proxy-Authenticate Proxy-Authorization Proxy-Require RAck Reason Record-Route Remote-Party-ID Replaces Reply-To Require
Retry-After Route RSeq Server Service-Route Session-ID Subscription-State Timestamp Unsupported User-Agent User-to-User Warning
WWW-Authenticate`;

/**
 * Every usual spelling of the names that are known. It does not grow: a name that a peer sends is a slice of its message, so
 * keeping it would keep the message.
 */
const KNOWN = new Map<string, string>();
for (const name of [...Object.values(COMPACT), ...COMMON.split(/\s+/)]) {
  const canonical = name.toLowerCase();
  for (const spelling of [name, canonical, name.toUpperCase()]) KNOWN.set(spelling, canonical);
  KNOWN.set(
    canonical.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
    canonical,
  );
}
for (const [letter, name] of Object.entries(COMPACT)) {
  for (const spelling of [letter, letter.toUpperCase()]) KNOWN.set(spelling, name.toLowerCase());
}

/** The lower-case long form of a header name: `f`, `From` and `FROM` are `from`. */
export function canonicalName(name: string): string {
  const known = KNOWN.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return KNOWN.get(lower) ?? lower;
}

/** The end of the comma-separated value that begins at `from`; commas in quotes and angle brackets do not count. */
export function valueEnd(text: string, from: number): number {
  if (text.indexOf(',', from) < 0) return text.length;
  let quoted = false;
  let bracketed = false;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) quoted = false;
    } else if (code === COMMA) {
      if (!bracketed) return i;
    } else if (code === QUOTE) quoted = !bracketed;
    else if (code === LESS) bracketed = true;
    else if (code === GREATER) bracketed = false;
  }
  return text.length;
}

/**
 * Takes a comma-separated header value apart, respecting quotes and angle brackets. Comments are not respected: no header that
 * is a list has them (RFC 3261 §25.1), and a parenthesis in a URI must not hide a comma.
 */
export function splitValues(value: string): string[] {
  const values: string[] = [];
  for (let start = 0; start <= value.length; ) {
    const end = valueEnd(value, start);
    values.push(trim(value.slice(start, end)));
    start = end + 1;
  }
  return values;
}
