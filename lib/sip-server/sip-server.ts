/**
 * What the ringing service needs from a SIP server. `embedded/` provides it on the engine of this process, `drachtio/` over
 * drachtio-srf; tests script it. Everything is told by callbacks and not by promises, so that events keep the order in which they happened on the wire.
 */

import { FINAL_STATUS } from '../sip/link-headers.js';
import type { LocalFailure } from '../sip/local-failure.js';
import { numberWithin } from '../sip/number.js';
import type { NotSent } from './not-sent.js';

/** Header values by canonical lower-case name; several fields of one name are joined by commas (RFC 3261 §7.3.1). */
export type Headers = Readonly<Record<string, string>>;

/** Headers to send. An array becomes one field for each value: for headers that must not be joined, such as Identity. */
export type HeadersToSend = Readonly<Record<string, string | readonly string[]>>;

/** What the caller's INVITE has been answered with: 487, unless the server gave up by itself, and says so. */
export const finalStatusOf = (cancelHeaders: Headers): number =>
  numberWithin(cancelHeaders[FINAL_STATUS], 300, 699) ?? 487;

export interface Message {
  readonly headers: Headers;
  /** Empty when there is none. */
  readonly body: string;
  /** One of the headers, where it is to be had without all the others. */
  header?(name: string): string | undefined;
}

/** One header of a message of which nobody may ever read the others. */
export const headerOf = (message: Message, name: string): string | undefined =>
  message.header === undefined ? message.headers[name] : message.header(name);

export interface Reply extends Message {
  readonly status: number;
  readonly reason: string;
  /** No peer has said this: the server made it up, for that. */
  readonly failure?: LocalFailure | undefined;
}

/** Headers and body of something to send. A body needs its `content-type` among the headers. */
export interface Content {
  readonly headers?: HeadersToSend;
  readonly body?: string;
}

/** Called when a response has gone out; with an error when the server could not send it (RFC 3261 §9.2: it was cancelled). */
export type Responded = (error: NotSent | undefined, dialog: string) => void;

export interface IncomingRequest extends Message {
  readonly method: string;
  readonly uri: string;
  /** Where it came from. */
  readonly source: { readonly address: string; readonly port: number; readonly protocol: string };
  /** The dialog in which it came, or empty. */
  readonly dialog: string;
  /** Sends a response. Never throws; a second final response is refused through `responded`. */
  respond(status: number, content?: Content, responded?: Responded): void;
  /** The INVITE is over without us; the server has answered it, and the CANCEL. Set it synchronously in the handler. */
  onCancel: ((cancel: Message) => void) | undefined;
}

/** Receives what becomes of an INVITE that was sent. `onFailed`: it could not be sent, or the server is gone. */
export interface InviteUser {
  onProvisional(reply: Reply): void;
  /** `dialog` names the dialog of a 2xx. */
  onFinal(reply: Reply, dialog: string): void;
  onFailed(error: NotSent): void;
}

export interface OutgoingInvite {
  /** Sends CANCEL, as soon as the server can. With `deliver` a 2xx that crosses it is left to us, where the server allows. */
  cancel(headers: HeadersToSend, late: 'deliver' | 'release'): void;
  /** The ACK of the 2xx. */
  acknowledge(content?: Content): void;
  /** Nothing more is expected: later responses are dropped. */
  forget(): void;
}

/**
 * The credentials of a request that the server sends by itself (RFC 3261 §22.2).
 * @param challenge of its last sending; undefined: it is new, and may carry what is known already
 * @returns undefined: the challenge cannot be answered
 */
export type Authorize = (
  request: { readonly method: string; readonly uri: string; readonly body: string },
  challenge: Headers | undefined,
) => HeadersToSend | undefined;

/** One request at a time, with its repetitions, is authorized by what it makes. */
export type Authorizer = () => Authorize;

export interface InviteToSend extends Content {
  readonly uri: string;
  /** A SIP URI to send it to instead of `uri`. */
  readonly nextHop?: string;
  /** Route values that it starts with; it is sent to the first of them (RFC 3261 §8.1.1.1). */
  readonly route?: readonly string[];
  /** What challenges are answered with, by a server of trunks/authenticated.ts. */
  readonly credentials?: Credentials;
  /** For what the server sends by itself in the dialogs of this INVITE, where it can be told: PRACK, session refreshes. */
  readonly authorizer?: Authorizer;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A request outside any dialog, other than INVITE. */
export interface RequestToSend extends Content {
  readonly method: string;
  readonly uri: string;
  readonly nextHop?: string;
  readonly route?: readonly string[];
}

/** Why a server ends a dialog by itself. */
export type ReleaseReason =
  /** Of a 2xx. */
  | 'no-ack'
  /** The session was not refreshed. */
  | 'session-expired'
  /** The session refresh was not answered. */
  | 'peer-silent'
  /** The peer knows the dialog no more. */
  | 'peer-gone'
  /** An error of the server's own. */
  | 'fault'
  /** The server does not say, or not in words that we know. */
  | 'other';

/** One end of a dialog: what comes from the other. */
export interface DialogUser {
  onRequest(request: IncomingRequest): void;
  /** The ACK of our 2xx; its body is the answer to a delayed offer. */
  onAcknowledge(ack: Message): void;
  /** The server ended the dialog with a BYE of its own. */
  onReleased(reason: ReleaseReason): void;
}

/** A dialog as a plain value, JSON and back. What else is in it concerns the server alone. */
export interface DialogSnapshot {
  readonly id: string;
}

/** Receives what belongs to no dialog. */
export interface ServerUser {
  onInvite(request: IncomingRequest): void;
  onRequest(request: IncomingRequest): void;
  onConnected(): void;
  /**
   * A dialog is not what it was, from its confirmation to its end: {@link SipServer.snapshot} has it. Asked for by being there, of
   * a server that restores dialogs.
   */
  onDialogChanged?(dialog: string, isOver: boolean): void;
  /** All that was going on is lost: every open request has been told through `onFailed`. */
  onLost(): void;
}

/** What one SIP server can do and another cannot: nothing else tells them apart. */
export interface Capabilities {
  /** The server's version token, for people; empty: it has none of its own. */
  readonly version: string;
  /** A 2xx that crosses our CANCEL can be accepted. Without, the server sends ACK and BYE by itself. */
  readonly deliversLateAnswers: boolean;
  /** 100 Trying is reported. Without, silence says nothing about a member. */
  readonly reportsTrying: boolean;
  /** A request carries the Route values that it is given. Without, it is at least sent to the first of them. */
  readonly sendsRoute: boolean;
  /** It lives on when the PRACK of a reliable provisional response does not come. Without, none is ever sent. */
  readonly surfacesWithoutPrack: boolean;
  /** Every 2xx to an INVITE makes a dialog, and can be acknowledged. Without, only 200 does. */
  readonly takesEvery2xx: boolean;
  /** Octets of headers and body that it takes from us in one message (see message-size.ts). */
  readonly longestContent: number;
  /** Dialogs can be taken out as plain values, and gone on with. Without, a call ends with the server that has it. */
  readonly restoresDialogs: boolean;
}

/** Of the engine in this process. */
export const ALL_CAPABILITIES: Capabilities = {
  version: '',
  deliversLateAnswers: true,
  reportsTrying: true,
  sendsRoute: true,
  surfacesWithoutPrack: true,
  takesEvery2xx: true,
  longestContent: Number.POSITIVE_INFINITY,
  restoresDialogs: true,
};

export interface SipServer {
  user: ServerUser | undefined;
  /** Attached and authenticated. */
  readonly connected: boolean;
  /** Of the server that we are attached to; of one that we were never attached to nothing is known. */
  readonly capabilities: Capabilities;
  invite(invite: InviteToSend, user: InviteUser): OutgoingInvite;
  /** A request other than INVITE outside any dialog. `done` gets the final response. */
  send(request: RequestToSend, done: (result: Reply | NotSent) => void): void;
  /** A request other than INVITE within a dialog. `done` gets the final response. */
  request(dialog: string, method: string, content: Content, done: (result: Reply | NotSent) => void): void;
  /** A re-INVITE. */
  reinvite(dialog: string, content: Content, user: InviteUser): OutgoingInvite;
  /** The Request-URI of the next request within the dialog; undefined: the server does not say. */
  targetOf(dialog: string): string | undefined;
  /**
   * Requests within the dialog go to `user` until {@link detach}.
   * @param authorizer for what the server sends by itself in a dialog that was not made by our INVITE
   */
  attach(dialog: string, user: DialogUser, authorizer?: Authorizer): void;
  detach(dialog: string): void;
  /** The dialog as it stands; undefined: it is not confirmed, or the server restores none. */
  snapshot(dialog: string): DialogSnapshot | undefined;
  /**
   * Goes on with a dialog of a process that is gone, for whoever attaches to it then.
   * @param authorizer for what the server sends by itself in it
   * @returns why it cannot
   */
  restore(snapshot: DialogSnapshot, authorizer?: Authorizer): NotSent | undefined;
  close(): void;
  /** Entries of every table whose entries come and go with calls, by name: for leak checks. */
  readonly tables: Readonly<Record<string, number>>;
}

/** What a call needs of the SIP server. */
export type CallSip = Pick<
  SipServer,
  'connected' | 'capabilities' | 'invite' | 'reinvite' | 'request' | 'targetOf' | 'attach' | 'detach'
>;
