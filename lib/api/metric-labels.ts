/** Which labels a metric has, and every value of them: nothing that a peer writes can make a series. */
import type { Labels } from '../base/meter.js';

/** By label, its values. */
export type LabelValues = Readonly<Record<string, readonly string[]>>;

/** What stands for every value that is none of the list; where the list does not have it, such a value is an error of ours. */
const OTHER = 'other';

/** The lists that other parts have, by what {@link LABELS} calls them. */
export interface KnownValues {
  /** What may become of a member of a hunt list. */
  readonly results?: readonly string[];
  /** Why an INVITE never became a call. */
  readonly refusals?: readonly string[];
  /** The configured trunks. */
  readonly trunks?: readonly string[];
  /** Why a message or a connection is dropped. */
  readonly drops?: readonly string[];
  /** The purposes of the consent register. */
  readonly purposes?: readonly string[];
  /** What its gate may say. */
  readonly verdicts?: readonly string[];
}

const known = (name: keyof KnownValues): { readonly known: keyof KnownValues } => ({ known: name });

const DIRECTION = ['in', 'out'];
/** RFC 3261 and its extensions. */
const METHOD = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE', 'OPTIONS', 'INFO', 'REGISTER', 'SUBSCRIBE', 'NOTIFY'],
  ...['REFER', 'MESSAGE', 'PUBLISH', OTHER],
];
/** What a caller is told of a call. */
const FINAL = ['200', '404', '408', '480', '486', '487', '488', '500', '503', '513', '603', OTHER];
/** What an INVITE is told that becomes no call. */
const REFUSAL = ['400', '404', '415', '416', '420', '422', '480', '482', '483', '487', '500', '503', OTHER];
const STATELESS = ['400', '403', '416', '481', '482', '483', '500', '503', '505', '513', OTHER];
/** `none`: nobody answered, or it could not be sent. */
const TRUNK_FAILURE = ['none', '403', '404', '408', '480', '488', '500', '502', '503', '504', '600', OTHER];

/** Of an ended call, for a purpose. */
const METADATA = ['kept', 'refused', 'denied', 'changed', 'dropped', 'failed'];
const WITHOUT_MEDIA = [
  ...['none-configured', 'none-up', 'refused', 'busy', 'timeout', 'gone'],
  ...['no-offer', 'multipart', 'no-plain-audio', 'ice'],
];

type Listed = Readonly<Record<string, readonly string[] | { readonly known: keyof KnownValues }>>;

const LABELS: Readonly<Record<string, Listed>> = {
  attempts_total: { why: known('results') },
  capture_dropped_total: { reason: ['queue', 'size', 'away'] },
  calls_refused_total: { status: REFUSAL },
  calls_total: { status: FINAL },
  consent_asked_total: { purpose: known('purposes'), verdict: known('verdicts') },
  consent_metadata_total: { purpose: known('purposes'), outcome: METADATA },
  drachtio_refused_total: { reason: ['secret', 'unauthenticated', 'too-many', 'not-reading'] },
  forwarding_hints_total: { header: ['diversion', 'history-info', 'asserted-identity'] },
  invariant_violations_total: { invariant: ['one-phone-rings', 'one-final-response', 'no-ownerless-leg'] },
  redis_command_seconds: {
    function: ['hunt_turn_json', 'member_claim', 'member_release', 'record_add', 'live_update', OTHER],
  },
  calls_without_media_total: { why: WITHOUT_MEDIA },
  media_endpoint_failures_total: { why: ['none-up', 'refused', 'busy', 'timeout', 'gone'] },
  media_server_failures_total: {
    step: ['connection', 'access list', 'password', 'profile', 'event socket', 'endpoint', OTHER],
  },
  refused_calls_total: { refused: known('refusals') },
  sip_dropped_total: { reason: known('drops') },
  sip_engine_stateless_responses_total: { status: STATELESS },
  sip_requests_total: { direction: DIRECTION, method: METHOD },
  sip_responses_total: { direction: DIRECTION, method: METHOD, class: ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'] },
  sip_retransmissions_total: { direction: DIRECTION, kind: ['request', 'response'] },
  trunk_changes_total: { trunk: known('trunks'), state: ['up', 'down'] },
  trunk_failures_total: { status: TRUNK_FAILURE },
  trunk_faults_total: { trunk: known('trunks') },
  trunk_registrations_total: { trunk: known('trunks'), state: ['registered', 'refused'] },
};

/** In seconds. */
const SETUP = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10];
const RING = [1, 2, 5, 10, 15, 20, 25, 30, 45, 60, 90, 120];

export const BUCKETS: Readonly<Record<string, readonly number[]>> = {
  answer_seconds: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 240, 360],
  post_dial_delay_seconds: SETUP,
  redis_command_seconds: [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1],
  ring_seconds: RING,
  // Our own part is milliseconds.
  setup_seconds: [0.001, 0.002, 0.005, 0.01, 0.02, ...SETUP],
  talk_seconds: [1, 5, 10, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200],
};

/** The labels of that metric, and their values. */
export function labelsOf(name: string, lists: KnownValues): LabelValues {
  const listed = Object.entries(LABELS[name] ?? {});
  return Object.fromEntries(
    listed.map(([label, values]) => [label, 'known' in values ? (lists[values.known] ?? [OTHER]) : values]),
  );
}

/** Every combination; of no labels, the one without any. */
export function labelsWithin(values: LabelValues): Labels[] {
  let all: Labels[] = [{}];
  for (const [name, list] of Object.entries(values))
    all = all.flatMap((labels) => list.map((value) => ({ ...labels, [name]: value })));
  return all;
}

/** The labels with a value that is on no list as `other`; undefined: they are not the metric's. */
export function bounded(labels: Labels, values: LabelValues): Labels | undefined {
  let changed: Record<string, string> | undefined;
  for (const name in values) {
    const value = labels[name];
    const list = values[name] as readonly string[];
    if (value === undefined) return undefined;
    if (list.includes(value)) continue;
    if (!list.includes(OTHER)) return undefined;
    changed ??= { ...labels };
    changed[name] = OTHER;
  }
  for (const name in labels) if (!(name in values)) return undefined;
  return changed ?? labels;
}
