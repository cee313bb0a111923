/** Whether an INVITE becomes a call, decided before anything is allocated for it (edge cases 4 to 10, 12, 14, 15). Pure. */
import { mainValue, splitValues } from '../sip/headers.js';
import { numberWithin } from '../sip/number.js';
import { unsupportedValue } from '../sip/unsupported.js';
import { schemeOf } from '../sip/uri.js';
import { ACCEPT, optionsOf, unknownOptions } from '../sip-server/abilities.js';
import type { Credentials, HeadersToSend, IncomingRequest } from '../sip-server/sip-server.js';
import { type Arrival, type CalledSource, calledIn } from './called.js';
import { domainOf } from './domain.js';
import { diversionsOf, hasLoop } from './history.js';
import { isPsapCallback } from './identity.js';
import { refusesMetadata } from './metadata-refusal.js';
import type { Numbers } from './numbers.js';
import { refusedCause } from './outcome.js';
import { type Parties, partiesOf } from './parties.js';
import { REFUSED, type RefusedWord } from './refusals.js';
import { isTooShort, SHORTEST_SESSION } from './session-interval.js';
import type { RingingSettings } from './settings.js';

export interface AdmittedCall extends Parties {
  /** E.164. */
  readonly pilot: string;
  /** The host for addresses that name the pilot, see `domainOf`. */
  readonly domain: string | undefined;
  /** For the members' INVITEs: one less than received. */
  readonly maxForwards: number;
  /** Milliseconds, where the INVITE's Expires limits the hunt. */
  readonly expires: number | undefined;
  /** Of our account at the trunk from which it comes. */
  readonly credentials: Credentials | undefined;
  /** He refused all use of this call but running, billing and explaining it. */
  readonly metadataRefused: boolean;
  /** RFC 3262 §3: the caller insists on reliable provisional responses. */
  readonly reliable: boolean;
  /** He may hear us before the answer. */
  readonly earlyMedia: boolean;
  /** Where he may, his network has to be asked for it (RFC 5009). */
  readonly pEarlyMedia: boolean;
}

export interface Refusal {
  readonly why: RefusedWord;
  readonly status: number;
  readonly headers: HeadersToSend;
}

export interface IntakeRules {
  readonly numbers: Numbers;
  readonly settings: Pick<
    RingingSettings,
    'calledFrom' | 'maxDiversions' | 'refusalHeader' | 'domain' | 'retryAfterSeconds'
  >;
}

/** As things stand when it comes. */
export interface IntakeMoment {
  readonly arrival: Arrival;
  /** A reliable provisional response can be risked. */
  readonly answersReliably: boolean;
  /** No new calls at all: the service is being shut down. */
  readonly draining: boolean;
  /** Too many calls, or too much to do. */
  readonly full: boolean;
}

const REQUEST_URI: readonly CalledSource[] = ['request-uri'];
const ACCEPTED = new Set(splitValues(ACCEPT));
const SCHEMES = new Set(['sip', 'sips', 'tel']);
const DEFAULT_MAX_FORWARDS = 70;
/** Expires beyond this limits nothing: a chain of 12 members takes at most 36 minutes. */
const LONGEST_EXPIRES_SECONDS = 3600;

export const isRefusal = (decision: AdmittedCall | Refusal): decision is Refusal => 'status' in decision;

const refusal = (why: RefusedWord, headers: HeadersToSend = {}): Refusal => ({
  why,
  status: REFUSED[why],
  headers: { ...headers, ...refusedCause(REFUSED[why]).headers },
});

export function admit(
  invite: IncomingRequest,
  { numbers, settings }: IntakeRules,
  moment: IntakeMoment,
): AdmittedCall | Refusal {
  const { headers } = invite;
  const { arrival } = moment;
  const hasBody = invite.body !== '';
  const unsupported = unknownOptions(headers.require);
  // RFC 3261 §8.2.2.3
  if (unsupported.length > 0) return refusal('option-not-supported', { unsupported: unsupportedValue(unsupported) });
  const reliable = optionsOf(headers.require).includes('100rel');
  // RFC 3262 §5: a reliable 180 would have to carry an offer, and there is none before somebody answers.
  if (reliable && !(hasBody && moment.answersReliably))
    return refusal('option-not-supported', { unsupported: '100rel' });
  if (isTooShort(headers)) return refusal('session-too-short', { 'min-se': String(SHORTEST_SESSION) });
  // RFC 3261 §8.2.3
  if (hasBody && !isAccepted(headers['content-type'])) return refusal('body-not-supported', { accept: ACCEPT });
  // RFC 3261 §8.2.2.1
  if (!SCHEMES.has(schemeOf(invite.uri))) return refusal('scheme-not-supported');
  // Before each of them is looked into.
  if (diversionsOf(headers) > settings.maxDiversions) return refusal('too-many-diversions');
  const order = arrival.calledFrom ?? (arrival.isToContact ? settings.calledFrom : REQUEST_URI);
  const called = calledIn(invite, order, arrival.isToContact, numbers.fromUri);
  const pilot = called?.number;
  if (pilot !== undefined && hasLoop(headers, pilot, numbers.fromUri)) return refusal('loop');
  const hops = maxForwardsOf(headers['max-forwards']);
  // RFC 3261 §16.3, item 3; RFC 7332: a B2BUA counts hops as a proxy does.
  if (hops === 0) return refusal('too-many-hops');
  if (called === undefined || pilot === undefined) return refusal('no-such-number');
  const expires = expiresOf(headers.expires);
  // RFC 3261 §13.3.1, item 1: it has expired before anybody could be rung.
  if (expires === 0) return refusal('expired');
  if (moment.draining || (moment.full && !isPsapCallback(headers)))
    return refusal(moment.draining ? 'draining' : 'overload', { 'retry-after': String(settings.retryAfterSeconds) });
  // Field by field, see call-record.ts.
  const { callerNumbers, caller, presented, hidden, diverted } = partiesOf(headers, numbers);
  return {
    pilot,
    callerNumbers,
    caller,
    presented,
    hidden,
    diverted,
    domain: domainOf({ uri: called.uri, headers }, settings.domain),
    maxForwards: hops - 1,
    expires,
    credentials: arrival.credentials,
    metadataRefused: refusesMetadata(headers, settings.refusalHeader),
    reliable,
    earlyMedia: arrival.isDeaf !== true,
    pEarlyMedia: arrival.isGated === true,
  };
}

function isAccepted(contentType: string | undefined): boolean {
  if (contentType === undefined) return false;
  // Nearly all write it so. RFC 3261 §25.1: white space may stand around the slash.
  return ACCEPTED.has(contentType) || ACCEPTED.has(mainValue(contentType).replace(/\s+/g, '').toLowerCase());
}

function maxForwardsOf(header: string | undefined): number {
  return numberWithin(header, 0, 255) ?? DEFAULT_MAX_FORWARDS;
}

function expiresOf(header: string | undefined): number | undefined {
  const seconds = numberWithin(header, 0, LONGEST_EXPIRES_SECONDS);
  return seconds === undefined ? undefined : seconds * 1000;
}
