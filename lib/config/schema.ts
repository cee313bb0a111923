import { isSupportedCountry } from 'libphonenumber-js/min';
import { z } from 'zod';
import { LONGEST_RING, MOST_MEMBERS } from '../store/types.js';
import { CONSENT } from './consent-schema.js';
import { HTTP } from './http.js';
import { absentOr, atLeastOne, flag, list, oneOf, section, share, whole, words } from './shapes.js';
import {
  ADDRESS_BLOCK,
  DRACHTIO_URL,
  HOST,
  NAME_SERVER,
  OWN_HEADER,
  PASSED_HEADER,
  REDIS_URL,
  SIP_LISTEN_ADDRESS,
  SOCKET_ADDRESS,
  TIME_ZONE,
  TRUNK_URI,
} from './values.js';

/**
 * The shape of the configuration. It holds no defaults: values that are not optional here have theirs in config/default.json.
 * An optional value whose absence stands for another value is filled in by derived.ts.
 */

/** It stands in each record. */
const LONGEST_NODE = 64;
const MINUTE_MS = 60_000;
const DAY_SECONDS = 86_400;

const sip = section({
  /** Where the embedded engine listens. */
  listen: atLeastOne(SIP_LISTEN_ADDRESS),
  /** Who may send requests; the hosts of the trunks are always among them. */
  peers: list(ADDRESS_BLOCK),
  /**
   * Blocks that each are one peer, such as an SBC with several addresses. Requests within a call are taken from the peer with whom
   * it is, from any port; the addresses of one trunk name are one peer anyway. 0.0.0.0/0 and ::/0: from anybody in `peers`.
   */
  pools: list(ADDRESS_BLOCK),
  /** Peers whose Record-Route is followed wherever it leads. That of all others is, where it leads to themselves. */
  routers: list(ADDRESS_BLOCK),
  /** Who is asked for the names of trunks and members, such as 10.0.0.53 or 127.0.0.1:5353. Empty: those of the system. */
  nameServers: list(NAME_SERVER),
  /** PEM files. `authority` verifies the peers' certificates instead of the system's list. */
  tls: section({
    certificate: words.optional(),
    key: words.optional(),
    authority: words.optional(),
    requestClientCertificate: flag,
    /** Of the listener and of connections that we open. RFC 8996 forbids what is older. */
    minVersion: oneOf(['TLSv1.2', 'TLSv1.3']),
    /**
     * OpenSSL's names; those of TLS 1.3 begin with TLS_. The peer's order counts. The default is "intermediate" of Mozilla's Server
     * Side TLS 6.0: forward secrecy and authenticated encryption alone.
     */
    ciphers: atLeastOne(words),
  }),
  /** Milliseconds (RFC 3261 §17.1.1.1). */
  timers: section({ t1: whole(10, 10_000), t2: whole(10, 60_000), t4: whole(10, 60_000) }),
  limits: section({
    messageBytes: whole(1_000, 1_048_576),
    /** That peers opened. When all are taken, the next one takes the place of an idle one of whoever has the most. */
    connections: whole(1, 100_000),
    /** That one address may open, or one /64 of IPv6. */
    connectionsPerSource: whole(1, 100_000),
    idleSeconds: whole(1, DAY_SECONDS),
    /** How long a connection that a peer has opened may say nothing at all, not even a keep-alive. */
    silentSeconds: whole(1, DAY_SECONDS),
    /**
     * All that waits and rests: requests under way, answers that lie to be repeated, descriptions of calls, connections, and what
     * they have not yet read or sent. Beyond half of it the longest requests are refused first, and those of whoever holds the most.
     */
    waitingBytes: whole(4_194_304, 68_719_476_736),
  }),
  /** The longest session timer (RFC 4028): who asks for more gets this, and it is what a Min-SE beyond it counts as. */
  longestSessionSeconds: whole(90, 2_000_000),
  /** Requests longer than this many bytes prefer TCP (RFC 3261 §18.1.1). */
  udpMtu: whole(500, 65_535),
  /** Connections over TCP and TLS that may not come about at all: a firewall that drops what it does not like says nothing. */
  connect: section({
    /**
     * How long one, or over UDP the first response, may take where there is something else to try: the next target of the name,
     * or UDP for a long request. Several targets share ringing.noProvisionalMs, or the member would be given up first.
     */
    attemptMs: whole(100, 5_000),
    /** How long requests to that peer go by UDP then, however long they are. */
    rememberSeconds: whole(0, DAY_SECONDS),
  }),
  /** Follow the source address of a message where its Contact names another host. */
  natDetection: flag,
});

/** What each trunk has unless it says otherwise. */
const trunkDefaults = section({
  /** The lowest number is tried first. */
  priority: whole(0, 65_535),
  /** The share of calls among trunks of one priority. */
  weight: whole(0, 65_535),
  /** Register there, as carriers do that know no fixed addresses (RFC 3261 §10). */
  register: flag,
  /** How long a registration is asked for. */
  registerSeconds: whole(60, DAY_SECONDS),
  /**
   * Whether it belongs to our trust domain (RFC 3325), as far as members are called over it: others get no P- headers of the
   * network, and do not learn who an anonymous caller is.
   */
  trusted: flag,
  /** Whether INVITEs to it have the correlation header, see ringing.correlationHeader. */
  correlate: flag,
});

/** Where an INVITE may name the called number. */
const CALLED_FROM = oneOf(['request-uri', 'p-called-party-id', 'to', 'diversion']);

const trunk = section({
  uri: TRUNK_URI,
  username: words.optional(),
  password: words.optional(),
  ...absentOr(trunkDefaults.shape),
  /**
   * Where it names the called number, in order, also in calls from its address that do not come to our contact. Absent: as
   * ringing.calledFrom says.
   */
  calledFrom: atLeastOne(CALLED_FROM).optional(),
  /** The host of From, and of the address that is registered. Absent: From as it came, the registrar's host. */
  fromDomain: HOST.optional(),
  /**
   * Whom P-Preferred-Identity names, for a carrier that asserts identities by itself and gets no P-Asserted-Identity of ours (RFC
   * 3325 §9.2): who calls, the number of the group, or the account. Absent: P-Asserted-Identity passes.
   */
  preferredIdentity: oneOf(['caller', 'pilot', 'account']).optional(),
  /**
   * How it wants numbers written, in the Request-URI, To, From, identities, and of the group in Diversion and History-Info: `e164`
   * +37120000001, `digits` 37120000001, `national` 20000001, as dialled in ringing.defaultCountry. Absent: members and groups in
   * E.164, other numbers as they came.
   */
  numberFormat: oneOf(['e164', 'digits', 'national']).optional(),
  /**
   * Between OPTIONS that hold a NAT or a connection open, whatever answers them; 0: none. Absent: where we register, 29 over UDP,
   * 120 over TCP and TLS (RFC 5626 §4.4.1); else none.
   */
  keepAliveSeconds: whole(0, 3_600).optional(),
});

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
  sip,
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
  trunks: list(trunk),
  trunkDefaults,
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
  log: section({
    level: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    /** Levels as `info`, not as 30. */
    levelNames: flag,
    /** Times as 2026-11-25T20:26:50.123Z, not as milliseconds since 1970. */
    isoTime: flag,
  }),
  ringing,
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
