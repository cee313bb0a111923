import { isSupportedCountry } from 'libphonenumber-js/min';
import { z } from 'zod';
import { LONGEST_RING, MOST_MEMBERS } from '../store/types.js';
import { CONSENT } from './consent-schema.js';
import { HTTP } from './http.js';
import { MEDIA } from './media-schema.js';
import { PAGES } from './pages.js';
import { atLeastOne, DAY_SECONDS, flag, list, oneOf, section, share, whole, words } from './shapes.js';
import { SIP } from './sip-schema.js';
import { CALLED_FROM, TRUNK, TRUNK_DEFAULTS } from './trunk-schema.js';
import {
  DRACHTIO_URL,
  HEP_COLLECTOR,
  HOST,
  OWN_HEADER,
  PASSED_HEADER,
  REDIS_URL,
  SOCKET_ADDRESS,
  TIME_ZONE,
} from './values.js';

/**
 * The shape of the configuration. It holds no defaults: values that are not optional here have theirs in config/default.json.
 * An optional value whose absence stands for another value is filled in by derived.ts.
 */

/** It stands in each record. */
const LONGEST_NODE = 64;
const MINUTE_MS = 60_000;

const headers = list(PASSED_HEADER);

/** With a second for each guess and connection, what has so many chars is not guessed. */
const SHORTEST_SECRET = 16;
const SECRET_RULE = `must be a text of at least ${SHORTEST_SECRET} characters`;

const ringing = section({
  /** ISO 3166 code: numbers in national form belong to this country. */
  defaultCountry: z.custom<string>((value) => typeof value === 'string' && isSupportedCountry(value), {
    error: 'must be the code of a country with a numbering plan, two capital letters, such as LV',
  }),
  /**
   * The domain of the pilots' numbers in Diversion and History-Info, `<sip:+371…@domain;user=phone>`. Absent: the domain that
   * the caller dialled, or the address without port where that was none.
   */
  domain: HOST.optional(),
  /**
   * Where the called number stands when the Request-URI is the contact that we registered at a trunk, in order: the first number
   * counts, that of the Request-URI last. Other calls have it in the Request-URI. `diversion`: who diverted the call to us last.
   */
  calledFrom: atLeastOne(CALLED_FROM),
  /** The product catalogue: seconds that a group may choose from. */
  ringTimes: atLeastOne(whole(1, LONGEST_RING)),
  maxMembers: whole(1, MOST_MEMBERS),
  /** Whether a member may be a SIP URI and not only a number. */
  sipUriMembers: flag,
  /** Which members are not rung while they are on another call of this service. */
  claimMembers: oneOf(['numbers', 'all', 'none']),
  /** A member that gives no provisional response for so long is unreachable. */
  noProvisionalMs: whole(100, 32_000),
  /** How long the next member waits for the 487 to our CANCEL. */
  cancelWaitMs: whole(0, 5_000),
  /** How often the caller gets another 180, or 183 while no phone has rung (RFC 3261 §13.3.1.1: every minute). */
  ringRefreshMs: whole(1_000, 10 * MINUTE_MS),
  /** A call that was diverted more often than this is refused with 482. */
  maxDiversions: whole(0, 100),
  /** Whether the next member rings after a 6xx such as 603 Decline. */
  huntOnDecline: flag,
  /**
   * After which final responses the same member is called over the next trunk, unless its phone has rung: statuses, and causes of
   * Q.850 in Reason, which count in all responses below 600. Silence and a transport that fails always do.
   */
  trunkFailures: section({ statuses: list(whole(400, 699)), causes: list(whole(1, 127)) }),
  /** How long a trunk, or one of its targets, that failed comes behind the others (RFC 3263 §4.3). */
  trunkRestMs: whole(0, 600_000),
  /** The session timer, in seconds, for a caller who asks for none (RFC 4028): a dead caller ends the call within it. 0: none. */
  sessionSeconds: whole(0, DAY_SECONDS).refine((seconds) => seconds === 0 || seconds >= 90, {
    error: 'must be 0, or at least 90 (RFC 4028 §4)',
  }),
  /** Ask the member's network to keep voicemail out (RFC 3841 §9). */
  askForNoVoicemail: flag,
  /**
   * The header of members' INVITEs that names the Call-ID of the caller's leg, for sngrep, Homer and the like. Empty: none is sent. A
   * member outside the trust domain does not get that of an anonymous caller.
   */
  correlationHeader: OWN_HEADER,
  /** Whether an end that sends no Session-ID (RFC 7989) gets one. */
  sessionIds: flag,
  /**
   * Which headers pass from one leg to the other; `X-*` stands for all that begin so. A list replaces the default one whole. What
   * describes the body passes always, what belongs to a leg never. Members that are SIP URIs are outside the trust domain: they
   * never get P-Access-Network-Info and the like, and of an anonymous caller nothing that reveals him (lib/call/headers.ts).
   */
  headers: section({
    /** From the caller's INVITE to each member. */
    toMember: headers,
    /** From the answer of a member to the caller. */
    toCaller: headers,
    /** Of requests within the call and their responses, either way. */
    inDialog: headers,
    /** Of BYE, either way. */
    bye: headers,
  }),
});

export const CONFIG = section({
  /** What this node is called in records; absent: the name of the machine. */
  node: words.max(LONGEST_NODE, { error: `must have at most ${LONGEST_NODE} characters` }).optional(),
  sip: SIP,
  drachtio: section({
    /** How the ringing service speaks with the embedded engine: `direct`, or `protocol`: through drachtio-srf, as a service beside it would. */
    embedded: oneOf(['direct', 'protocol']),
    /** Attach to this drachtio-server; no embedded engine then. */
    url: DRACHTIO_URL.optional(),
    /** How long that server may say nothing, asked every half second, before its connection counts as dead. */
    silenceMs: whole(1_000, 60_000),
    /** Where the embedded engine accepts further drachtio applications; absent: nowhere. */
    listen: SOCKET_ADDRESS.optional(),
    /** What an application must know to attach to the embedded engine; or ours for a `url` that has none. */
    secret: z.string({ error: SECRET_RULE }).min(SHORTEST_SECRET, { error: SECRET_RULE }).optional(),
  }),
  redis: section({
    /** Absent: a private redis-server is started. */
    url: REDIS_URL.optional(),
    /** For a `url` that has none. */
    password: words.optional(),
    /** Of the private redis-server and of the spool; one process each. */
    dataDirectory: words,
    /** Of the private redis-server; another free one is taken where it is not free. 0: any free one. */
    privatePort: whole(0, 65_535),
    commandTimeoutMs: whole(10, 60_000),
  }),
  trunks: list(TRUNK),
  trunkDefaults: TRUNK_DEFAULTS,
  /** OPTIONS to each trunk, which take a dead one out and bring it back. */
  pings: section({
    /**
     * Between pings; 0: none are sent. Absent: 30 where there are several trunks; a single one, as calls have no choice, is only
     * pinged from a call that failed on it until it answers.
     */
    pingSeconds: whole(0, 3_600).optional(),
    /** Between pings of a trunk that did not answer the last one. */
    retrySeconds: whole(1, 3_600),
    /** How long an answer may take. */
    timeoutSeconds: whole(1, 32),
    /** Pings without an answer, one after another, that take a trunk out. */
    failAfter: whole(1, 100),
  }),
  /** Calls played inside the process before the first real one, so that its code is compiled. 0: none. */
  rehearsal: section({ calls: whole(0, 100_000) }),
  http: HTTP,
  pages: PAGES,
  log: section({
    level: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    /** Levels as `info`, not as 30. */
    levelNames: flag,
    /** Times as 2026-11-25T20:26:50.123Z, not as milliseconds since 1970. */
    isoTime: flag,
  }),
  ringing,
  media: MEDIA,
  /** New calls beyond these are refused with 503 and Retry-After. */
  overload: section({
    /** One source alone gets nine tenths of them, several share: a few are left for whoever calls beside a flood. */
    maxCalls: whole(1, 1_000_000),
    maxEventLoopDelayMs: whole(1, 60_000),
    retryAfterSeconds: whole(1, 3_600),
  }),
  /** How long running calls may last after SIGTERM. */
  drain: section({ deadlineSeconds: whole(0, DAY_SECONDS) }),
  records: section({
    retentionDays: whole(1, 3_650),
    /** After so many days a record keeps its group, times and results, and of callers and members no number; 0: never. */
    maskAfterDays: whole(0, 3_650),
    /** So many of the calls that are refused before anybody is rung have a record and a line each second; the others are counted. */
    refusedPerSecond: whole(0, 10_000),
  }),
  /**
   * The courses of calls, from which they are explained: the steps of the machines and the messages, without numbers, headers and
   * bodies. Kept in Redis beside the records.
   */
  traces: section({
    /** Of calls that nobody answered, are refused, or ended by themselves. */
    failedShare: share,
    /** Of all others. */
    otherShare: share,
    keepDays: whole(1, 3_650),
    /** How many are kept in Redis, some 3 kB each and 15 kB at most: beyond them the oldest go. */
    most: whole(1, 10_000_000),
    /** Of how many calls at once one is made, at most 15 kB each in this process. */
    liveCalls: whole(1, 1_000_000),
  }),
  /** Every SIP message and the result of every call, for a collector such as Homer, as HEP version 3. */
  capture: section({
    /** udp:address:port or tcp:address:port. Absent: nothing is sent. */
    collector: HEP_COLLECTOR.optional(),
    agentId: whole(1, 4_294_967_295),
    /** What the collector wants of its agents. */
    password: words.optional(),
    /** Digest values and media keys are covered. */
    mask: flag,
    /** What may wait for the collector; the rest is dropped and counted. */
    queueBytes: whole(100_000, 1_000_000_000),
  }),
  /** Who runs the service, and sends the bills. */
  operator: section({
    /** Where months begin and end, such as Europe/Riga. */
    timeZone: TIME_ZONE,
  }),
  charges: section({
    /** On how many days of a month a group must have been active to be charged for it; a shorter month counts as a whole. */
    minimumDays: whole(1, 31),
    /** A JSON file of prices; absent: config/charges.json (lib/config/prices.ts). */
    prices: words.optional(),
    /** For how long who changed a group, and closed months, are kept: five years from the end of theirs, as the law on accounts wants it. */
    retentionMonths: whole(1, 1_200),
  }),
  consent: CONSENT,
  /** How many turns of a group are kept as proof of fairness. */
  turns: section({ keep: whole(1, 1_000_000) }),
});

/** What the schema makes of the merged layers. */
export type Checked = z.output<typeof CONFIG>;
