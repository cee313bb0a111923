const MOST = 5;
const LONGEST = 40;

/**
 * The value of Unsupported (RFC 3261 §8.2.2.3). Not all of a long list: nobody needs the hundredth to see what is wrong, and
 * whoever writes another's address into a request would have it all sent there.
 */
export function unsupportedValue(options: readonly string[]): string {
  const short = options.filter(({ length }) => length <= LONGEST).slice(0, MOST);
  return short.length > 0 ? short.join(', ') : (options[0] ?? '').slice(0, LONGEST);
}
