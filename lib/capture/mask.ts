/**
 * What a message must not carry to whoever captures: what digest authentication proves with, and the keys of media. Each secret is
 * covered by as many characters, so that lengths stay true. Pure.
 */

/** Header fields with credentials or challenges, folded lines included (RFC 3261 §20.7, §20.28, §20.44, §20.6). */
const CREDENTIALS =
  /^(?:(?:proxy-)?authorization|(?:www|proxy)-authenticate|(?:proxy-)?authentication-info)[ \t]*:.*(?:\r?\n[ \t].*)*/gim;
/** RFC 7616 §3.3 and §3.4: with these a password can be tried at leisure. */
const DIGEST_SECRET = /\b(?:response|rspauth|cnonce|nonce|nextnonce|opaque)[ \t]*=[ \t]*(?:"[^"]*"|[^\s,"]*)/gi;
/** Of any other scheme all is secret: Basic, Bearer. */
const OTHER_SCHEME = /^[^:]*:\s*(?!digest\b)[\w-]+\s+(?=\S)/i;
/** RFC 4568 §9.1, RFC 4567 §3.1, RFC 8866 §5.12, RFC 8839 §5.4. */
const MEDIA_KEYS = /^(?:a=crypto:.*|a=key-mgmt:.*|k=.*|a=ice-pwd:.*)/gim;
const INLINE = /(inline:)[^|\s;]*/gi;
const MAYBE = /auth|\n(?:a=(?:crypto|key-mgmt|ice-pwd):|k=)/i;

const covered = (text: string): string => '*'.repeat(text.length);

/** Everything behind what `start` matches; line breaks stay. */
const coverBehind = (text: string, start: number): string =>
  text.slice(0, start) + text.slice(start).replace(/[^\r\n]/g, '*');

export function masked(text: string): string {
  if (!MAYBE.test(text)) return text;
  return text.replace(CREDENTIALS, coverCredentials).replace(MEDIA_KEYS, coverKey);
}

function coverCredentials(field: string): string {
  const other = OTHER_SCHEME.exec(field);
  if (other !== null && /^(?:proxy-)?authorization/i.test(field)) return coverBehind(field, other[0].length);
  return field.replace(DIGEST_SECRET, (pair) => {
    const value = pair.indexOf('=') + 1;
    return pair.slice(0, value) + pair.slice(value).replace(/[^"\s]/g, '*');
  });
}

function coverKey(line: string): string {
  if (/^a=crypto:/i.test(line) && /inline:/i.test(line)) {
    return line.replace(INLINE, (all, name: string) => name + covered(all.slice(name.length)));
  }
  return coverBehind(line, line.indexOf(line.startsWith('a=') || line.startsWith('A=') ? ':' : '=') + 1);
}
