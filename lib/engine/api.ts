/**
 * What the engine offers to whoever drives it (lib/drachtio), and what it expects from below (lib/engine/transport).
 *
 * Inside the engine a message is a *binary string*: one char is one byte (latin1). Bytes from the network therefore survive
 * unchanged, and only the two borders (sockets, drachtio frames) convert.
 */
import type { Budget } from '../base/budget.js';
import type { Clock } from '../base/clock.js';
import type { Ids } from '../base/ids.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import type { Exchange } from '../sip/glance.js';
import type { LocalFailure } from '../sip/local-failure.js';
import type { Field, SipMessage } from '../sip/message.js';
import type { Destination, Flow, Protocol } from './destination.js';
import type { DialogPhase, DialogState } from './dialog/state.js';

export type { Destination, Flow, Protocol } from './destination.js';
export type { DialogPhase, DialogState } from './dialog/state.js';

/** Whether what goes there goes over a connection. */
export type Carries = (to: Destination) => boolean;

/** A bound socket, or for TCP and TLS a listener with its connections. */
export interface Transport {
  readonly protocol: Protocol;
  /** The bound address; the port is the real one once started, also when 0 was asked for. */
  readonly local: { readonly address: string; readonly port: number };
  /** The address to write into Via and Contact: the external one where configured, otherwise `local`. */
  readonly advertised: { readonly address: string; readonly port: number };
  start(receiver: Receiver): Promise<void>;
  /**
   * Sends and returns at once. `failed` is called at most once, later, if the peer turns out to be unreachable; without it nobody is told.
   * @param of for those who look on: what the text is a request or response of
   */
  send(text: string, to: Destination, failed?: (error: Error) => void, of?: Exchange): void;
  /** Our end of the connection over which messages go there; it is filled in when that is made. Undefined: there is none. */
  ownEnd?(to: Destination): { readonly address: string; readonly port: number } | undefined;
  /** Stops listening, closes connections. */
  close(): Promise<void>;
}

export interface Receiver {
  /**
   * One whole message, as a binary string.
   * @param message what it was parsed to, null for what is no message; undefined: it has not been parsed
   */
  received(text: string, flow: Flow, message?: SipMessage | null): void;
  /** An ICMP error or a broken connection that concerns this remote address. */
  failed(flow: Flow, error: Error): void;
  /** Whether a dialog or an open transaction lives on a connection, which is then not closed as idle. Asked when it is idle. */
  inUse(carries: Carries): boolean;
}

/** Headers and body of a message that an application wants sent; the engine adds what a transaction or dialog dictates. */
export interface Draft {
  readonly fields: readonly Field[];
  /** A binary string. */
  readonly body: string;
  /** `localhost` in From, To and P-Asserted-Identity is what a peer wrote, and no placeholder for our address. */
  readonly keepsLocalhost?: boolean;
}

/**
 * Credentials for a request that the engine sends by itself (RFC 3261 §22.2).
 * @param challenge of its last sending; undefined: it is new, and may carry what is known already
 * @returns undefined: the challenge cannot be answered
 */
export type Authorize = (
  request: { readonly method: string; readonly uri: string; readonly body: string },
  challenge: SipMessage | undefined,
) => readonly Field[] | undefined;

export interface RequestDraft extends Draft {
  readonly method: string;
  readonly uri: string;
  /** A SIP URI without angle brackets that is tried instead of the Request-URI; no Route header is added. */
  readonly nextHop?: string;
  /** Route values that it starts with: it goes to the first of them (RFC 3261 §8.1.1.1), unless there is a next hop. */
  readonly route?: readonly string[];
  /** The owner of this INVITE also wants its 100 Trying, which drachtio-server keeps to itself. */
  readonly deliverTrying?: boolean;
  /** Of an INVITE: PRACKs and session refreshes in its dialogs may be challenged, too. Called for each dialog. */
  readonly authorizer?: (() => Authorize) | undefined;
  /** Whom its owner means the responses for: it comes back with each of them. */
  readonly receiver?: unknown;
}

export interface ResponseDraft extends Draft {
  readonly status: number;
  readonly reason: string;
  /** A provisional one goes reliably, and the engine answers its PRACK; with a Require of the draft's own, its owner does. */
  readonly reliable?: boolean;
}

/** Called when a response goes out: for one that waits for a PRACK (RFC 3262 §3), later. Not called if it never does. */
export type ResponseSent = (dialogId: string) => void;

/** A message as it went out. `flow` is undefined while the name of the next hop is still being resolved. */
export interface Sent {
  readonly message: SipMessage;
  readonly flow: Flow | undefined;
  readonly transactionId: string;
  /** `<Call-ID>;from-tag=<tag>` or empty. */
  readonly dialogId: string;
}

export type RequestKind = 'new' | 'in-dialog' | 'ack' | 'cancel';

export interface RequestEvent {
  readonly kind: RequestKind;
  readonly message: SipMessage;
  readonly flow: Flow;
  /** For `cancel`, and the `ack` of an initial INVITE: the id of that INVITE. */
  readonly transactionId: string;
  readonly dialogId: string;
}

export interface ResponseEvent {
  readonly message: SipMessage;
  /** Undefined: made up by the engine (timeout, unreachable, name not resolved). */
  readonly flow: Flow | undefined;
  /** Of a response that the engine made up: what it stands for. */
  readonly failure?: LocalFailure;
  /** Of a synthetic response: what it was sent over, `unknown` before resolution. */
  readonly protocol: Protocol | 'unknown';
  readonly transactionId: string;
  readonly dialogId: string;
  /** As the request named it, up to the first final response. */
  readonly receiver?: unknown;
}

/**
 * Why the engine ends a dialog: nobody acknowledged a 2xx, nobody refreshed the session, the peer left a refresh unanswered or does
 * not know the dialog, an error of ours, or something that its owner has brought about.
 */
export type EndCode = 'no-ack' | 'session-expired' | 'peer-silent' | 'peer-gone' | 'fault' | 'other';

/** A BYE that the engine sent on its own, with its reason also in the Reason header. */
export interface UnsolicitedEvent {
  readonly reason: EndCode;
  readonly message: SipMessage;
  readonly flow: Flow | undefined;
  readonly dialogId: string;
}

/** An attached application: it owns the transactions and dialogs that it was given or that it began. */
export interface Owner {
  onRequest(event: RequestEvent): void;
  onResponse(event: ResponseEvent): void;
  onUnsolicited(event: UnsolicitedEvent): void;
  /** Who has this is told of each change of a dialog from its confirmation to its end, several times for one message maybe. */
  onDialogChanged?: ((dialogId: string, phase: DialogPhase) => void) | undefined;
}

/** Decides which application gets a new out-of-dialog request; undefined: none wants it. */
export interface Dispatcher {
  choose(message: SipMessage, flow: Flow): Owner | undefined;
}

/** What becomes of a 2xx that crosses our CANCEL: ACK and BYE it by ourselves once the owner ACKs, or leave it to the owner. */
export type LateAnswer = 'release' | 'deliver';

/**
 * The engine. All methods that send throw a CodedError and send nothing when they cannot:
 * TRANSACTION_UNKNOWN, DIALOG_UNKNOWN, REQUEST_INVALID, TRANSPORT_UNAVAILABLE. Messages of these errors are those of
 * drachtio-server where that server has one.
 */
export interface Engine {
  /** Binds every transport. */
  start(): Promise<void>;
  close(): Promise<void>;
  /** One `proto/host:port` for each transport. */
  readonly advertised: readonly string[];
  readonly bound: readonly string[];
  /** Who gets new requests. Set before start. */
  dispatcher: Dispatcher;
  /** Takes a response: a 2xx, or a second reliable provisional one, may wait for a PRACK. Until it goes out it can be refused. */
  respond(owner: Owner, transactionId: string, draft: ResponseDraft, sent?: ResponseSent): Sent;
  request(owner: Owner, draft: RequestDraft): Sent;
  requestInDialog(owner: Owner, dialogId: string, draft: RequestDraft): Sent;
  acknowledge(owner: Owner, dialogId: string, draft: Draft): Sent;
  cancel(owner: Owner, transactionId: string, draft: Draft, late: LateAnswer): Sent;
  /** For what the engine sends by itself in that dialog, where the peer made it. */
  authorize(dialogId: string, authorize: Authorize): void;
  /** The Request-URI of the next request within the dialog (RFC 3261 §12.2.1.1); undefined: there is none. */
  targetOf(dialogId: string): string | undefined;
  /** A dialog as a plain value, JSON and back; undefined: there is none that is confirmed. */
  snapshot(dialogId: string): DialogState | undefined;
  /**
   * Goes on with a dialog of an engine that is gone: requests in both directions, and the session timer.
   * @param authorize as the authorizer of its INVITE gave it
   */
  restore(state: DialogState, owner: Owner, authorize?: Authorize): void;
  /** The application is gone: nothing of its may stay unanswered or half open. */
  release(owner: Owner): void;
  /** Counts of what is alive: for metrics. */
  readonly counts: { readonly transactions: number; readonly dialogs: number };
  /** Entries of every table whose entries come and go with transactions and dialogs, by name: for leak checks. */
  readonly tables: Readonly<Record<string, number>>;
}

/** RFC 3263: from a SIP URI to addresses. */
export interface Resolver {
  /** The target of a URI whose host is an IP address; undefined when names must be looked up. Never throws. */
  resolveNumeric(uri: string): Destination | undefined;
  /** Targets in the order in which they are tried; empty or rejected: the name does not exist. */
  resolve(uri: string): Promise<readonly Destination[]>;
}

/** What is known of the addresses that peers send from. */
export interface Peers {
  /** Whether they are of one peer: the servers of a name, or of a block. An address is one with itself. */
  areOne(one: string, other: string): boolean;
  /** Whether a Record-Route from there is followed wherever it leads. */
  mayRoute(address: string): boolean;
}

/** In milliseconds (RFC 3261 §17, table 4). */
export interface TimerValues {
  /** Estimate of the round trip time: 500. */
  readonly t1: number;
  /** Longest retransmission interval: 4000. */
  readonly t2: number;
  /** How long a message stays in the network: 5000. */
  readonly t4: number;
  /** When a transaction gives up (timers B, D, F, H, J, L, M): 64·T1. */
  readonly timeout: number;
  /** Silence after a 1xx after which an INVITE is cancelled: 185000. */
  readonly timerC: number;
  /** How long an application may leave a new request without any response: 64000. */
  readonly appSilence: number;
}

/** The others follow from these, or from the RFC, unless they are given as well. */
export type GivenTimers = Pick<TimerValues, 't1' | 't2' | 't4'> & Partial<TimerValues>;

/** What can be chosen. */
export interface EngineSettings {
  readonly timers: GivenTimers;
  /** Send in-dialog requests to where the peer's messages really come from, if its Contact lies. */
  readonly natDetection: boolean;
  /** Seconds; a session timer that is asked to last longer lasts so long (RFC 4028). */
  readonly longestSession: number;
  /** Requests longer than this many bytes go over TCP where there is a TCP transport. */
  readonly udpMtu: number;
  /**
   * How long a connection, or the first response of one of several targets, may take where there is something else to try: the
   * next target, or UDP for what is too long for it.
   */
  readonly connectMs: number;
  /** Within how long all targets of a name are tried: nobody waits longer. */
  readonly failoverMs: number;
  /** How long a target that failed comes behind the others of its name. */
  readonly restMs: number;
  /** How long nothing is sent over TCP for its size to a peer that let no connection be made. */
  readonly streamlessMs: number;
}

export interface EngineOptions extends EngineSettings {
  readonly transports: readonly Transport[];
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  /** For all that waits and rests; without it, it has no bound. */
  readonly budget?: Budget;
  /** Asked for each new request outside a dialog, before any state is made: seconds for Retry-After when it must be refused with 503. */
  readonly overload?: (method: string, source: string) => number | undefined;
  /** Told of each new INVITE that is refused without an application; a repeated one that is a call already is none. */
  readonly refused?: (status: number, invite: SipMessage) => void;
  /** Default: each address is a peer of its own, and may not route. */
  readonly peers?: Peers;
}
