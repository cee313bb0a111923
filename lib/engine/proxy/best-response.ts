import { type Field, SipMessage } from '../../sip/message.js';

/** What tells the caller how to ask better comes first (RFC 3261 §16.7, item 6). */
const HELPFUL = new Set([401, 407, 415, 420, 484]);
/** What only says that we gave up says least. */
const EMPTY_WORDS = new Set([408, 487, 503]);

const rank = (status: number): number => (HELPFUL.has(status) ? 0 : EMPTY_WORDS.has(status) ? 2 : 1);

/** Which failures the caller may see: after its own CANCEL a 487, before all else a 6xx, otherwise the lowest class. */
function candidates(failures: readonly SipMessage[], cancelled: boolean): readonly SipMessage[] {
  const only = (matches: (status: number) => boolean) => failures.filter(({ status }) => matches(status));
  const global = only((status) => status >= 600);
  if (global.length > 0) return global;
  const terminated = cancelled ? only((status) => status === 487) : [];
  if (terminated.length > 0) return terminated;
  const lowest = Math.min(...failures.map(({ status }) => Math.floor(status / 100)));
  return only((status) => Math.floor(status / 100) === lowest);
}

/** The one failure that goes to the caller (RFC 3261 §16.7, items 6 and 7); undefined when there was none. */
export function bestResponse(failures: readonly SipMessage[], cancelled: boolean): SipMessage | undefined {
  let best: SipMessage | undefined;
  for (const one of candidates(failures, cancelled)) {
    if (best === undefined || rank(one.status) < rank(best.status)) best = one;
  }
  if (best === undefined) return undefined;
  if (best.status === 401 || best.status === 407) return withAllChallenges(best, failures);
  // Item 6: a 503 would make the caller avoid us, not the target that is unavailable.
  return best.status === 503 ? SipMessage.response(500, 'Server Internal Error', best.fields, best.body) : best;
}

/** Item 7: the caller must see the challenge of every target. */
function withAllChallenges(best: SipMessage, failures: readonly SipMessage[]): SipMessage {
  const others: Field[] = [];
  for (const failure of failures) {
    if (failure === best || (failure.status !== 401 && failure.status !== 407)) continue;
    for (const value of failure.all('www-authenticate')) others.push(['WWW-Authenticate', value]);
    for (const value of failure.all('proxy-authenticate')) others.push(['Proxy-Authenticate', value]);
  }
  if (others.length === 0) return best;
  return SipMessage.response(best.status, best.reason, [...best.fields, ...others], best.body);
}
