/** What a member's response says of its phone forwarding the call. Pure. */
import { parseNameAddress } from '../sip/address.js';
import { paramsOf, splitValues } from '../sip/headers.js';
import { numberWithin } from '../sip/number.js';
import { parseSipUri, parseTelUri, unescapeUri } from '../sip/uri.js';
import { type Headers, headerOf, type Message } from '../sip-server/sip-server.js';
import type { Hint } from '../store/types.js';
import { type Entry, entriesOf, type NumberOf } from './history.js';

/** The INVITE that is answered. */
export interface Asked {
  readonly member: string;
  /** Its Diversion and History-Info, which a UAS may send back (RFC 7044 §9.4). */
  readonly diversion: string;
  readonly history: string;
  readonly numberOf: NumberOf;
}

/** `forwards`: the phone has handed the call to another number, as it says itself. A hint proves nothing. */
export type Evidence = 'forwards' | Hint | undefined;

/** RFC 4458 §2.2: the causes of a redirection. */
const CAUSES = new Set(['302', '404', '408', '480', '486', '487', '503']);

/** Whether there is anything that could say so: nearly always nothing is. */
export const mayForward = (reply: Message): boolean =>
  headerOf(reply, 'diversion') !== undefined ||
  headerOf(reply, 'history-info') !== undefined ||
  headerOf(reply, 'p-asserted-identity') !== undefined;

export function evidenceOf(headers: Headers, asked: Asked): Evidence {
  const { diversion, 'history-info': history, 'p-asserted-identity': identity } = headers;
  const diverted = diversion === undefined ? undefined : inDiversion(entriesOf(diversion), asked);
  if (diverted === 'forwards') return diverted;
  const moved = history === undefined ? undefined : inHistory(entriesOf(history), asked);
  if (moved === 'forwards') return moved;
  return moved ?? diverted ?? (identity === undefined ? undefined : inIdentity(identity, asked));
}

/** RFC 5806 §3.1: a Diversion names who diverted the call, which may be the member itself, and should say why. */
function inDiversion(entries: readonly Entry[], { diversion, numberOf }: Asked): Evidence {
  const foreign = notSent(entries, diversion, numberOf);
  if (foreign.length === 0) return undefined;
  const proves = ({ uri, params }: Entry): boolean =>
    numberOf(uri) !== undefined && (params.get('reason') ?? 'unknown').toLowerCase() !== 'unknown';
  return foreign.some(proves) ? 'forwards' : 'diversion';
}

/**
 * RFC 7044 §10.4: `mp` marks a target that is another user than before, RFC 4458 §2.2 gives the cause of a redirection, and RFC
 * 7044 §10.2 the response that led on to the entry behind. `rc` is where the same user is registered.
 */
function inHistory(entries: readonly Entry[], { history, member, numberOf }: Asked): Evidence {
  const own = numberOf(member) ?? member;
  const foreign = notSent(entries, history, numberOf).filter(({ uri }) => numberOf(uri) !== own);
  if (foreign.length === 0) return undefined;
  // Which number a member has that is a URI without one, nobody knows: that its entry leads to a number is no forwarding.
  const isNumber = own.startsWith('+');
  const proves = (entry: Entry): boolean => {
    const { uri, params } = entry;
    if (numberOf(uri) === undefined || params.has('rc') || params.has('np')) return false;
    if ((isNumber && params.has('mp')) || CAUSES.has(causeOf(entry))) return true;
    const before = entries[entries.indexOf(entry) - 1];
    // Of the members before this one we have said ourselves why they did not take the call.
    const isNew = before !== undefined && (numberOf(before.uri) === own || foreign.includes(before));
    return isNew && hasReason(before);
  };
  return foreign.some(proves) ? 'forwards' : 'history-info';
}

/** RFC 3325 §9.1: the connected line. A PBX asserts its main number, and many an exchange the caller's own. */
function inIdentity(identity: string, { member, numberOf }: Asked): Evidence {
  if (!member.startsWith('+')) return undefined;
  const named = splitValues(identity)
    .map((value) => numberOf(parseNameAddress(value)?.uri ?? ''))
    .filter((number) => number !== undefined);
  return named.length > 0 && !named.includes(member) ? 'asserted-identity' : undefined;
}

/** The entries that are not ours in whatever spelling: a number is compared as a number, another URI by its user and host. */
function notSent(entries: readonly Entry[], header: string, numberOf: NumberOf): Entry[] {
  const name = ({ uri }: Entry): string => numberOf(uri) ?? plain(uri);
  const sent = new Set(entriesOf(header).map(name));
  return entries.filter((entry) => !sent.has(name(entry)));
}

function plain(uri: string): string {
  const parsed = parseSipUri(uri);
  return parsed === undefined ? uri.toLowerCase() : `${unescapeUri(parsed.user ?? '')}@${parsed.host}`;
}

const causeOf = ({ uri }: Entry): string => (parseSipUri(uri) ?? parseTelUri(uri))?.params.get('cause') ?? '';

/** A Reason in the headers of the URI, with a SIP status that is no success. */
function hasReason({ uri }: Entry): boolean {
  const headers = parseSipUri(uri)?.headers ?? '';
  return headers.split('&').some((header) => {
    const equals = header.indexOf('=');
    if (header.slice(0, equals).toLowerCase() !== 'reason') return false;
    const cause = paramsOf(unescapeUri(header.slice(equals + 1))).get('cause');
    return numberWithin(cause ?? undefined, 300, 699) !== undefined;
  });
}
