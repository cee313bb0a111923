/** What a member learns of the caller, and the caller of the member who answered (edge cases 78 to 81). Pure. */
import { parseNameAddress } from '../sip/address.js';
import { splitValues } from '../sip/headers.js';
import { type Former, historyFor, isPrivate } from './history.js';
import { optionsOf } from './options.js';
import { askedInterval, grantedInterval } from './session-interval.js';
import type { Headers, HeadersToSend } from './sip-server.js';

/** Headers that describe the call and not the hop, kept from the caller to each member. */
const END_TO_END = [
  'accept-contact',
  'accept-language',
  'alert-info',
  'call-info',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'date',
  'geolocation',
  'geolocation-routing',
  'in-reply-to',
  'mime-version',
  'organization',
  'p-asserted-identity',
  'p-asserted-service',
  'p-charging-vector',
  'priority',
  'privacy',
  'request-disposition',
  'resource-priority',
  'session-id',
  'subject',
  'user-to-user',
] as const;

/** The same from the member who answered to the caller. */
const ANSWER_TO_END = [
  'alert-info',
  'call-info',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'mime-version',
  'organization',
  'p-asserted-identity',
  'privacy',
  'session-id',
  'user-to-user',
] as const;

/** Of a request within the call, in either direction. */
const IN_DIALOG = [
  ...ANSWER_TO_END,
  'accept',
  'info-package',
  'recv-info',
  'event',
  'reason',
  'retry-after',
  'subject',
  'unsupported',
  'warning',
] as const;

/** Withheld from a member outside the trust domain when the caller asked for privacy (RFC 3325 §7). */
const FOR_TRUSTED_ONLY = ['p-asserted-identity', 'p-charging-vector', 'p-asserted-service'];

export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, MESSAGE, PRACK';
/** What of it is of use outside a dialog, or begins or ends one: there INFO (RFC 6086 §4.2.1) and MESSAGE are for nobody. */
export const ALLOW_OUTSIDE = 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK';
export const SUPPORTED = ['timer', '100rel'] as const;
export const ACCEPT = 'application/sdp, multipart/mixed, multipart/related, multipart/alternative';
/** What OPTIONS is answered with (RFC 3261 §11.2). */
export const ABILITIES = { allow: ALLOW, accept: ACCEPT, supported: SUPPORTED.join(', ') } as const;

const SUPPORTED_OPTIONS: ReadonlySet<string> = new Set(SUPPORTED);

/** Those of a Require that we do not know. */
export const unknownOptions = (required: string | undefined): string[] =>
  optionsOf(required).filter((option) => !SUPPORTED_OPTIONS.has(option));

type Picked = Record<string, string | readonly string[]>;

function pick(headers: Headers, names: readonly string[]): Picked {
  const picked: Picked = {};
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

export interface MemberInviteInput {
  readonly received: Headers;
  readonly maxForwards: number;
  /** The URI by which the pilot was called. */
  readonly pilotUri: string;
  readonly memberUri: string;
  /** Whether asserted identities may be sent there. */
  readonly trusted: boolean;
  readonly position: number;
  readonly former: Former | undefined;
  /** The Min-SE in seconds that this member asked for, where it has (RFC 4028 §7.3). */
  readonly least: number | undefined;
  readonly askForNoVoicemail: boolean;
}

/** The headers of the INVITE to a member. */
export function memberHeaders(input: MemberInviteInput): HeadersToSend {
  const { received, trusted } = input;
  const isWithheld = isPrivate(received) && !trusted && !isPsapCallback(received);
  const headers = pick(received, END_TO_END);
  headers.from = withoutTag(received.from ?? '');
  if (isWithheld) {
    headers.from = '"Anonymous" <sip:anonymous@anonymous.invalid>';
    for (const name of FOR_TRUSTED_ONLY) delete headers[name];
  }
  // RFC 8224 §4: signatures are one to a field.
  if (received.identity !== undefined && !isWithheld) headers.identity = splitValues(received.identity);
  headers['max-forwards'] = String(input.maxForwards);
  headers.allow = ALLOW;
  // Without 100rel: a member's reliable 18x would be of no use, as none is passed on (edge case 20).
  headers.supported = 'timer';
  Object.assign(headers, askedInterval(received, input.least));
  const rejected = received['reject-contact'];
  const noVoicemail = input.askForNoVoicemail ? '*;actor="msg-taker"' : undefined;
  const reject = [rejected, noVoicemail].filter((value) => value !== undefined).join(', ');
  if (reject !== '') headers['reject-contact'] = reject;
  // RFC 3841 §9.1: directives must not contradict each other, so the caller's wish about forking stands.
  const disposition = received['request-disposition'];
  if (input.askForNoVoicemail && !/\bfork\b/i.test(disposition ?? '')) {
    headers['request-disposition'] = disposition === undefined ? 'no-fork' : `${disposition}, no-fork`;
  }
  return Object.assign(headers, historyFor(input));
}

/**
 * The headers of the 2xx to the caller.
 * @param sessionSeconds the session interval for a caller who asks for none; 0: no session timer
 */
export function answerHeaders(member: Headers, caller: Headers, sessionSeconds: number): HeadersToSend {
  const headers = pick(member, ANSWER_TO_END);
  headers.allow = ALLOW;
  headers.supported = 'timer';
  return Object.assign(headers, grantedInterval(caller, sessionSeconds));
}

/** What goes along when a request or response within the call is passed on. */
export const relayedHeaders = (received: Headers): HeadersToSend => pick(received, IN_DIALOG);

/** The caller's URI: as asserted by the network, else as the caller says (RFC 3325 §5). */
export function callerUri(headers: Headers): string {
  const asserted = headers['p-asserted-identity'];
  const address = parseNameAddress(asserted === undefined ? '' : (splitValues(asserted)[0] ?? ''));
  return (address ?? parseNameAddress(headers.from ?? ''))?.uri ?? '';
}

/** RFC 7090 §5: somebody who called for help is called back. Not refused for load, and never anonymous (edge case 14). */
export const isPsapCallback = ({ priority }: Headers): boolean => priority?.trim().toLowerCase() === 'psap-callback';

/** The server puts its own tag: each member's dialog is a new one (edge case 52). */
const withoutTag = (from: string): string => from.replace(/;\s*tag=[^;>,\s]*/i, '');
