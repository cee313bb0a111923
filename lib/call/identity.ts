/** What a member learns of the caller, and the caller of the member who answered (edge cases 78 to 81). Pure. */
import { uriOf, withoutTag } from '../sip/address.js';
import { splitValues } from '../sip/headers.js';
import { ALLOW, optionsOf } from '../sip-server/abilities.js';
import type { Headers, HeadersToSend } from '../sip-server/sip-server.js';
import { accountIdentity } from './account-identity.js';
import { notifiesBy } from './events.js';
import type { HeaderRules, Picked, Trust } from './headers.js';
import { type HistoryInput, historyFor, isAnonymous } from './history.js';
import { askedInterval, grantedInterval } from './session-interval.js';
import type { Dialect } from './trunks/dialect.js';

export interface MemberInviteInput extends HistoryInput {
  readonly maxForwards: number;
  /** Whether asserted identities may be sent there. */
  readonly trusted: boolean;
  /** The Min-SE in seconds that this member asked for, where it has (RFC 4028 §7.3). */
  readonly least: number | undefined;
  /** The longest session timer there is, in seconds. */
  readonly longestSession: number;
  readonly askForNoVoicemail: boolean;
  /** Whether it names the caller's leg. */
  readonly correlates: boolean;
  readonly rules: HeaderRules;
}

/** The headers of the INVITE to a member. */
export function memberHeaders(input: MemberInviteInput): Picked {
  const { received, trusted, rules, dialect } = input;
  const trust = trustIn(trusted, received, dialect);
  const { isWithheld } = trust;
  const headers = rules.toMember(received, trust);
  // A Call-ID tells where somebody calls from (RFC 3323 §4.1).
  if (input.correlates && !isWithheld) rules.correlation.write(headers, received);
  // The server puts its own tag: each member's dialog is a new one (edge case 52).
  headers.from = isWithheld ? '"Anonymous" <sip:anonymous@anonymous.invalid>' : withoutTag(received.from ?? '');
  if (dialect !== undefined) Object.assign(headers, accountIdentity(String(headers.from), input, dialect, trust));
  // RFC 8224 §4: signatures are one to a field.
  if (received.identity !== undefined && !isWithheld) headers.identity = splitValues(received.identity);
  headers['max-forwards'] = String(input.maxForwards);
  headers.allow = allowFor(headers);
  // Without 100rel: a member's reliable 18x would be of no use, as none is passed on (edge case 20).
  headers.supported = 'timer';
  const { 'session-expires': asked, 'min-se': least } = askedInterval(received, input.least, input.longestSession);
  if (asked !== undefined) headers['session-expires'] = asked;
  if (least !== undefined) headers['min-se'] = least;
  const rejected = received['reject-contact'];
  if (input.askForNoVoicemail) {
    headers['reject-contact'] = rejected === undefined ? NO_VOICEMAIL : `${rejected}, ${NO_VOICEMAIL}`;
  } else if (rejected !== undefined && rejected !== '') headers['reject-contact'] = rejected;
  // RFC 3841 §9.1: directives must not contradict each other, so the caller's wish about forking stands.
  const disposition = received['request-disposition'];
  if (disposition !== undefined) headers['request-disposition'] = disposition;
  if (input.askForNoVoicemail && !speaksOfForking(disposition)) {
    headers['request-disposition'] = disposition === undefined ? 'no-fork' : `${disposition}, no-fork`;
  }
  const { diversion, 'history-info': history } = historyFor(input, trusted);
  headers.diversion = diversion;
  headers['history-info'] = history;
  return headers;
}

/**
 * The headers of the 2xx to the caller.
 * @param session the session interval for a caller who asks for none, 0: no session timer; and the longest there is
 */
export function answerHeaders(
  member: Headers,
  caller: Headers,
  session: { readonly sessionSeconds: number; readonly longestSessionSeconds: number },
  rules: HeaderRules,
  trust: Trust,
): Picked {
  const headers = rules.toCaller(member, trust);
  headers.allow = allowFor(headers);
  headers.supported = 'timer';
  const granted = grantedInterval(caller, session.sessionSeconds, session.longestSessionSeconds);
  const { require: required, 'session-expires': expires } = granted;
  if (required !== undefined) headers.require = required;
  if (expires !== undefined) headers['session-expires'] = expires;
  return headers;
}

/** Whether the caller's identity may be told to a member (RFC 3325 §7), and whom we believe. */
export function trustIn(trusted: boolean, caller: Headers, dialect?: Dialect): Trust {
  const isWithheld = !trusted && isAnonymous(caller) && !isPsapCallback(caller);
  if (dialect === undefined && !isWithheld) return trusted ? TRUSTED : UNTRUSTED;
  return { trusted, isWithheld, takesPreferred: dialect?.preferredIdentity !== undefined };
}

/** What nearly all are. */
const TRUSTED: Trust = { trusted: true, isWithheld: false, takesPreferred: false };
const UNTRUSTED: Trust = { trusted: false, isWithheld: false, takesPreferred: false };

/** NOTIFY passes only for the events that both ends have agreed upon. */
const allowFor = (headers: HeadersToSend): string => (notifiesBy(headers['call-info']) ? `${ALLOW}, NOTIFY` : ALLOW);

/** RFC 3325 §9.1: a SIP and a tel URI; a network that asserts more asserts nothing. */
const MAX_ASSERTED = 4;

/** The caller's URIs: as asserted by the network, else as the caller says (RFC 3325 §5). */
export function callerUris(headers: Headers): readonly string[] {
  const asserted = headers['p-asserted-identity'];
  const uris = asserted === undefined ? [] : urisIn(asserted);
  return uris.length > 0 ? uris : [uriOf(headers.from ?? '') ?? ''];
}

function urisIn(asserted: string): readonly string[] {
  // What is well formed as one value is one: it has no comma outside quotes and brackets.
  const uri = uriOf(asserted);
  if (uri !== undefined) return [uri];
  return splitValues(asserted)
    .slice(0, MAX_ASSERTED)
    .flatMap((value) => uriOf(value) ?? []);
}

/** RFC 7090 §5: somebody who called for help is called back. Not refused for load, and never anonymous (edge case 14). */
export const isPsapCallback = ({ priority }: Headers): boolean => priority?.trim().toLowerCase() === 'psap-callback';

const NO_VOICEMAIL = '*;actor="msg-taker"';

const speaksOfForking = (disposition: string | undefined): boolean =>
  optionsOf(disposition).some((option) => option === 'fork' || option === 'no-fork');
