/** Diversion (RFC 5806) and History-Info (RFC 7044): reading them to find loops and forwarding, writing them for a member. */
import { parseNameAddress } from '../sip/address.js';
import { splitValues } from '../sip/headers.js';
import type { Why } from '../store/types.js';
import type { Headers } from './sip-server.js';

type NumberOf = (uri: string) => string | undefined;

interface Entry {
  readonly uri: string;
  readonly params: ReadonlyMap<string, string | null>;
}

function entriesOf(header: string | undefined): Entry[] {
  if (header === undefined) return [];
  return splitValues(header).flatMap((value) => parseNameAddress(value) ?? []);
}

/**
 * Whether the call has been through this pilot before. History-Info ends with the present target, which is the pilot: only a
 * pilot from which the call went on to somebody else is a loop.
 */
export function hasLoop(headers: Headers, pilot: string, numberOf: NumberOf): boolean {
  const diverters = entriesOf(headers.diversion);
  if (diverters.some(({ uri }) => numberOf(uri) === pilot)) return true;
  const history = entriesOf(headers['history-info']).map(({ uri }) => numberOf(uri));
  const first = history.indexOf(pilot);
  return first >= 0 && history.slice(first).some((number) => number !== pilot);
}

/** How often the call was diverted: each Diversion counts for one, or for its counter (RFC 5806 §5). */
export function diversionsOf(headers: Headers): number {
  return entriesOf(headers.diversion).reduce((sum, { params }) => sum + (Number(params.get('counter')) || 1), 0);
}

/** The member before, and why it did not take the call. */
export interface Former {
  readonly uri: string;
  readonly why: Why;
  readonly status: number | null;
}

export interface HistoryInput {
  /** What the caller's INVITE carried. */
  readonly received: Headers;
  /** The URI by which the pilot was called. */
  readonly pilotUri: string;
  /** Which member of the plan is rung, from 1. */
  readonly position: number;
  /** The URI to which this INVITE goes. */
  readonly memberUri: string;
  readonly former: Former | undefined;
}

const DIVERSION_REASONS: Partial<Record<Why, string>> = {
  busy: 'user-busy',
  'on-a-call': 'user-busy',
  'no-answer': 'no-answer',
  unreachable: 'unavailable',
  declined: 'deflection',
};

const STATUSES: Partial<Record<Why, number>> = { busy: 486, 'no-answer': 408, unreachable: 480, declined: 603 };

/** The Diversion and History-Info of one attempt: the pilot, the member before with its reason, this member. */
export function historyFor(input: HistoryInput): { diversion: string; 'history-info': string } {
  const { received, pilotUri, position, memberUri, former } = input;
  const hidden = isPrivate(received);
  const reason = (former && DIVERSION_REASONS[former.why]) ?? 'unconditional';
  const own = `<${pilotUri}>;reason=${reason};counter=1;privacy=${hidden ? 'full' : 'off'}`;
  const before = received['history-info'];
  const index = indexOf(before);
  const entries = before === undefined ? [`<${withPrivacy(pilotUri, hidden)}>;index=${index}`] : [before];
  if (former !== undefined && position > 1) {
    const status = former.status ?? STATUSES[former.why] ?? 480;
    const uri = withHeader(withPrivacy(former.uri, hidden), `Reason=SIP%3Bcause%3D${status}`);
    entries.push(`<${uri}>;index=${index}.${position - 1};mp=${index}`);
  }
  entries.push(`<${withPrivacy(memberUri, hidden)}>;index=${index}.${position};mp=${index}`);
  return {
    diversion: received.diversion === undefined ? own : `${own}, ${received.diversion}`,
    'history-info': entries.join(', '),
  };
}

/** The index of the last entry, whose children ours are. */
function indexOf(history: string | undefined): string {
  const index = entriesOf(history).at(-1)?.params.get('index');
  return index && /^\d+(\.\d+)*$/.test(index) ? index : '1';
}

/** RFC 7044 §10.1.2: who asked for privacy has it for the entries, too. */
export function isPrivate(headers: Headers): boolean {
  return /\b(id|user|header|history)\b/i.test(headers.privacy ?? '');
}

const withPrivacy = (uri: string, hidden: boolean): string => (hidden ? withHeader(uri, 'Privacy=history') : uri);
const withHeader = (uri: string, header: string): string => `${uri}${uri.includes('?') ? '&' : '?'}${header}`;

/**
 * Whether a member's answer shows that it forwards the call: a Diversion, or a History-Info entry that we did not send
 * (a UAS that knows RFC 7044 sends ours back).
 */
export function showsForwarding(answer: Headers, sentHistory: string): boolean {
  if (answer.diversion !== undefined) return true;
  if (answer['history-info'] === undefined) return false;
  return entriesOf(answer['history-info']).some(({ uri }) => !sentHistory.includes(bare(uri)));
}

/**
 * Whether the network asserts that another number than the member's is on the line (RFC 3325 §9.1): its phone forwards. An
 * identity without a number says nothing, and neither does a member that is a SIP URI.
 */
export function namesAnother(identity: string, member: string, numberOf: NumberOf): boolean {
  if (!member.startsWith('+')) return false;
  const named = splitValues(identity)
    .map((value) => numberOf(parseNameAddress(value)?.uri ?? ''))
    .filter((number) => number !== undefined);
  return named.length > 0 && !named.includes(member);
}

/** The user part, or all of a URI without one: what a server does not rewrite. */
const bare = (uri: string): string => /^\w+:([^@;?]+)/.exec(uri)?.[1] ?? uri;
