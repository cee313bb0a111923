/** Diversion (RFC 5806) and History-Info (RFC 7044): reading them to find loops, writing them for a member. Pure. */
import { parseNameAddress } from '../sip/address.js';
import { splitValues } from '../sip/headers.js';
import { numberHeld } from '../sip/number.js';
import type { Params } from '../sip/params.js';
import { formatUri, parseSipUri } from '../sip/uri.js';
import type { Headers } from '../sip-server/sip-server.js';
import { withoutPrivate } from './private-entries.js';
import { type Result, rowOf } from './results.js';
import type { Dialect } from './trunks/dialect.js';

export type NumberOf = (uri: string) => string | undefined;

export interface Entry {
  readonly uri: string;
  readonly params: Params;
}

/** What is malformed is left out. */
export function entriesOf(header: string | undefined): Entry[] {
  if (header === undefined) return [];
  return splitValues(header).flatMap((value) => parseNameAddress(value) ?? []);
}

/** Our entries carry this parameter, on every node: what has it has been through this service. */
const MARK = 'virkne';

/**
 * Whether this very call has left this pilot before. A pilot that stands there once without our mark is a line that its carrier
 * forwards to us, which is how this service is used; twice, and somebody takes our marks away.
 */
export function hasLoop(headers: Headers, pilot: string, numberOf: NumberOf): boolean {
  if (headers.diversion === undefined && headers['history-info'] === undefined) return false;
  const diversions = entriesOf(headers.diversion).filter(({ uri }) => numberOf(uri) === pilot);
  if (diversions.length > 1 || diversions.some(isMarked)) return true;
  const history = entriesOf(headers['history-info']);
  // To find the number in a URI costs more than all else here: once for each.
  const numbers = history.map(({ uri }) => numberOf(uri));
  return hasMarkBehind(history, numbers, pilot) || hasReturned(history, numbers, pilot);
}

const isMarked = ({ params }: Entry): boolean => params.has(MARK);

/** A member's entry is marked, and its `mp` names the entry of the pilot that rang it. */
function hasMarkBehind(history: readonly Entry[], numbers: readonly (string | undefined)[], pilot: string): boolean {
  const pilots = new Set(history.filter((_, at) => numbers[at] === pilot).map(({ params }) => params.get('index')));
  return history.some((entry) => isMarked(entry) && pilots.has(entry.params.get('mp')));
}

/**
 * The call went on from the pilot to another number, and came back. Several entries for one number are no return, an entry without
 * a number is nobody else, and neither is a contact of who was there before (RFC 7044 §10.4: `rc`, `np`).
 */
function hasReturned(history: readonly Entry[], named: readonly (string | undefined)[], pilot: string): boolean {
  const isContact = (entry: Entry | undefined): boolean =>
    entry?.params.has('rc') === true || entry?.params.has('np') === true;
  const numbers = named.filter((number, at) => number === pilot || (number !== undefined && !isContact(history[at])));
  const first = numbers.indexOf(pilot);
  const left = first < 0 ? -1 : numbers.findIndex((number, at) => at > first && number !== pilot);
  return left >= 0 && numbers.includes(pilot, left);
}

/** RFC 5806 §4: two digits. What is no number, or none, counts for the entry itself: nothing takes from the sum. */
const counterOf = (text: string | null | undefined): number => numberHeld(text ?? undefined, 1, 99) ?? 1;

/** How often the call was diverted: each Diversion counts for one, or for its counter (RFC 5806 §5). */
export function diversionsOf(headers: Headers): number {
  if (headers.diversion === undefined) return 0;
  return entriesOf(headers.diversion).reduce((sum, { params }) => sum + counterOf(params.get('counter')), 0);
}

/** The member before, and how it ended with it. */
export interface PreviousMember {
  readonly uri: string;
  readonly result: Result;
  readonly status: number | null;
}

export interface HistoryInput {
  /** What the caller's INVITE carried. */
  readonly received: Headers;
  /** E.164. */
  readonly pilot: string;
  /** Where the pilot's number lives, see `domainOf`. */
  readonly domain: string;
  /** Which member of the hunt list is rung, from 1. */
  readonly position: number;
  /** The URI to which this INVITE goes. */
  readonly memberUri: string;
  readonly previous: PreviousMember | undefined;
  readonly numberOf: NumberOf;
  /** How the trunk wants numbers written, where that is not as usual. */
  readonly dialect?: Dialect | undefined;
}

/**
 * The Diversion and History-Info of one attempt: the pilot, the member before with its reason, this member.
 * @param trusted the member is within our trust domain
 */
export function historyFor(input: HistoryInput, trusted = true): { diversion: string; 'history-info': string } {
  const { received, pilot, domain, position, memberUri, previous, numberOf, dialect } = input;
  const hidden = isPrivate(received);
  const pilotUri = `sip:${dialect?.userFor(pilot) ?? pilot}@${domain}${dialect?.phone ?? ';user=phone'}`;
  const reason = (previous && rowOf(previous.result).diversion) ?? 'unconditional';
  const own = `<${pilotUri}>;reason=${reason};counter=1;privacy=${hidden ? 'full' : 'off'};${MARK}`;
  const { diversion: diverted, 'history-info': before } = trusted ? received : shownIn(input, hidden);
  const last = before === undefined ? undefined : entriesOf(received['history-info']).at(-1);
  const isPilot = last !== undefined && numberOf(last.uri) === pilot;
  const index = indexFor(last, isPilot);
  let history = before === undefined ? '' : `${before}, `;
  // RFC 7044 §9.1: whoever sent this here has added no entry for it.
  if (!isPilot) history += `<${withPrivacy(pilotUri, hidden)}>;index=${index}, `;
  if (previous !== undefined && position > 1) {
    const status = previous.status ?? rowOf(previous.result).status ?? 480;
    const uri = withHeader(withPrivacy(previous.uri, hidden), `Reason=SIP%3Bcause%3D${status}`);
    history += `<${uri}>;index=${index}.${position - 1};mp=${index};${MARK}, `;
  }
  history += `<${withPrivacy(memberUri, hidden)}>;index=${index}.${position};mp=${index};${MARK}`;
  return {
    diversion: diverted === undefined ? own : `${own}, ${diverted}`,
    'history-info': history,
  };
}

const NOTHING: Headers = {};

/** Outside the trust domain; the number that was called is no secret. */
function shownIn({ received, pilot, numberOf }: HistoryInput, hidden: boolean): Headers {
  const { diversion, 'history-info': history } = received;
  if (diversion === undefined && history === undefined) return NOTHING;
  const isPublic = (uri: string): boolean => numberOf(uri) === pilot;
  const shown: Record<string, string> = {};
  if (diversion !== undefined) shown.diversion = withoutPrivate(diversion, hidden, isPublic);
  if (history !== undefined) shown['history-info'] = withoutPrivate(history, hidden, isPublic);
  return shown;
}

const INDEX = /^\d+(\.\d+)*$/;

/** The pilot's index, whose children the members' are. RFC 7044 §10.3, item 6: a zero stands for the hop that added no entry. */
function indexFor(last: Entry | undefined, isPilot: boolean): string {
  const index = last?.params.get('index');
  if (!index || !INDEX.test(index)) return '1';
  return isPilot ? index : `${index}.0.1`;
}

const HIDING_CALLER = new Set(['id', 'user', 'header']);
const HIDING_ENTRIES = new Set([...HIDING_CALLER, 'history']);
/** Of all values that RFC 3323 §4.2 and its successors know, several times. What is longer is not read: it hides. */
const LONGEST_PRIVACY = 256;

const asksFor = (privacy: string, values: ReadonlySet<string>): boolean =>
  privacy.length > LONGEST_PRIVACY ||
  (privacy !== '' && privacy.split(/[;,]/).some((value) => values.has(value.trim().toLowerCase())));

/** RFC 3323 §4.2, RFC 3325 §9.3: nobody outside the trust domain is to know who calls. */
export const isAnonymous = ({ privacy }: Headers): boolean => privacy !== undefined && asksFor(privacy, HIDING_CALLER);

/** RFC 7044 §10.1.2: who asked for privacy has it for the entries, too. */
const isPrivate = ({ privacy }: Headers): boolean => privacy !== undefined && asksFor(privacy, HIDING_ENTRIES);

const withPrivacy = (uri: string, hidden: boolean): string => (hidden ? withHeader(uri, 'Privacy=history') : uri);

function withHeader(uri: string, header: string): string {
  const parsed = parseSipUri(uri);
  if (parsed === undefined) return uri;
  return formatUri({ ...parsed, headers: parsed.headers === '' ? header : `${parsed.headers}&${header}` });
}
