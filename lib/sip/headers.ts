/** Compact forms (RFC 3261 §7.3.3 and the IANA registry of header fields). */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

const known = new Map<string, string>(Object.entries(COMPACT));
const KNOWN_NAMES_LIMIT = 512;

/** The lower-case long form of a header name: `f`, `From` and `FROM` are `from`. */
export function canonicalName(name: string): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  const lower = name.toLowerCase();
  const canonical = COMPACT[lower] ?? lower;
  if (known.size < KNOWN_NAMES_LIMIT) known.set(name, canonical);
  return canonical;
}

/** Takes a comma-separated header value apart, respecting quotes, angle brackets and comments. */
export function splitValues(value: string): string[] {
  if (!value.includes(',')) return [value.trim()];
  const values: string[] = [];
  let quoted = false;
  let depth = 0;
  let start = 0;
  for (let i = 0; i < value.length; i++) {
    const char = value[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '<' || char === '(') depth++;
    else if (char === '>' || char === ')') depth--;
    else if (char === ',' && depth <= 0) {
      values.push(value.slice(start, i).trim());
      start = i + 1;
    }
  }
  values.push(value.slice(start).trim());
  return values;
}
