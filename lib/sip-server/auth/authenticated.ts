/**
 * A SIP server whose requests answer challenges by themselves (RFC 3261 §22.2): to those who use it, a challenge that was
 * answered never happened, neither to their timers nor to CANCEL. A 401 or 407 that comes through could not be answered.
 */
import { uriOf } from '../../sip/address.js';
import { splitValues } from '../../sip/headers.js';
import { numberWithin } from '../../sip/number.js';
import { parseSipUri } from '../../sip/uri.js';
import { isChallenge } from '../challenged.js';
import { NotSent } from '../not-sent.js';
import type {
  Authorize,
  CallSip,
  Capabilities,
  Content,
  Credentials,
  DialogUser,
  Headers,
  HeadersToSend,
  InviteToSend,
  InviteUser,
  OutgoingInvite,
  Reply,
} from '../sip-server.js';
import { type DigestExchange, DigestSession } from './session.js';

/** A caller who comes from a trunk where we have an account. */
export interface CallerAccount {
  /** Of his INVITE: his dialog is told by it. */
  readonly callId: string;
  readonly contact: string;
  readonly credentials: Credentials;
}

/**
 * @param sip as one call uses it
 * @param cnonce gives an unguessable token
 */
export const authenticated = (sip: CallSip, cnonce: () => string, caller?: CallerAccount): CallSip =>
  new AuthenticatedServer(sip, cnonce, caller);

/** A dialog with a peer who has challenged us, and may do so again. */
interface Guarded {
  readonly session: DigestSession;
  /** The remote target (RFC 3261 §12.1.2) as far as it can be seen from here, for a server that does not say it. */
  target: string;
}

/** RFC 3261 §12.2.1.2, RFC 3311 §5.1: what moves the remote target. */
const REFRESHES: ReadonlySet<string> = new Set(['INVITE', 'UPDATE']);

function noteTarget(guarded: Guarded, { contact }: { readonly contact?: string }): void {
  const target = uriOf(splitValues(contact ?? '')[0] ?? '');
  if (target !== undefined) guarded.target = target;
}

class AuthenticatedServer implements CallSip {
  readonly #sip: CallSip;
  readonly #cnonce: () => string;
  /** Nearly no call has any. */
  #dialogs: Map<string, Guarded> | undefined;
  readonly #caller: CallerAccount | undefined;

  constructor(sip: CallSip, cnonce: () => string, caller: CallerAccount | undefined) {
    this.#sip = sip;
    this.#cnonce = cnonce;
    this.#caller = caller;
  }

  get connected(): boolean {
    return this.#sip.connected;
  }

  get capabilities(): Capabilities {
    return this.#sip.capabilities;
  }

  invite(invite: InviteToSend, user: InviteUser): OutgoingInvite {
    if (invite.credentials === undefined) return this.#sip.invite(invite, user);
    const { credentials, ...plain } = invite;
    const requestUri = requestUriOf(invite);
    const session = new DigestSession(credentials, this.#cnonce);
    return new AuthenticatedInvite({
      exchange: session.begin(),
      uri: () => requestUri,
      content: invite,
      user,
      send: (headers, watched) =>
        this.#sip.invite({ ...plain, headers, authorizer: () => authorizing(session) }, watched),
      onAnswer: (reply, dialog, isLate) => {
        // Nobody would detach a dialog that the server ends by itself.
        if (dialog === '' || (isLate && !this.#sip.capabilities.deliversLateAnswers)) return;
        if (reply.headers.contact === undefined) return;
        const guarded: Guarded = { session, target: invite.uri };
        noteTarget(guarded, reply.headers);
        this.#guard(dialog, guarded);
      },
    });
  }

  reinvite(dialog: string, content: Content, user: InviteUser): OutgoingInvite {
    const guarded = this.#dialogs?.get(dialog);
    if (guarded === undefined) return this.#sip.reinvite(dialog, content, user);
    return new AuthenticatedInvite({
      exchange: guarded.session.begin(),
      uri: () => this.#targetOf(dialog, guarded),
      content,
      user,
      send: (headers, watched) => this.#sip.reinvite(dialog, { ...content, headers }, watched),
      onAnswer: (reply) => noteTarget(guarded, reply.headers),
    });
  }

  request(dialog: string, method: string, content: Content, done: (result: Reply | NotSent) => void): void {
    const guarded = this.#dialogs?.get(dialog);
    if (guarded === undefined) {
      this.#sip.request(dialog, method, content, done);
      return;
    }
    const exchange = guarded.session.begin();
    const send = (): void => {
      const uri = this.#targetOf(dialog, guarded);
      const credentials = exchange.headersFor({ method, uri, body: content.body ?? '' });
      const headers = { ...content.headers, ...credentials };
      this.#sip.request(dialog, method, { ...content, headers }, (result) => {
        if (isChallenge(result) && exchange.take(result.headers)) {
          send();
          return;
        }
        if (method === 'BYE') this.#dialogs?.delete(dialog);
        else if (REFRESHES.has(method) && isSuccess(result)) noteTarget(guarded, result.headers);
        done(result);
      });
    };
    send();
  }

  targetOf(dialog: string): string | undefined {
    return this.#sip.targetOf(dialog);
  }

  attach(dialog: string, user: DialogUser): void {
    const caller = this.#caller;
    const isCallers = caller !== undefined && dialog.startsWith(`${caller.callId};`);
    if (isCallers && this.#dialogs?.has(dialog) !== true) {
      const guarded: Guarded = { session: new DigestSession(caller.credentials, this.#cnonce), target: '' };
      noteTarget(guarded, caller);
      this.#guard(dialog, guarded);
    }
    const guarded = this.#dialogs?.get(dialog);
    if (guarded === undefined) this.#sip.attach(dialog, user);
    else this.#sip.attach(dialog, watched(user, guarded), isCallers ? () => authorizing(guarded.session) : undefined);
  }

  /** A request that is under way keeps what it needs: its BYE may still be challenged. */
  detach(dialog: string): void {
    this.#dialogs?.delete(dialog);
    this.#sip.detach(dialog);
  }

  #guard(dialog: string, guarded: Guarded): void {
    this.#dialogs ??= new Map();
    this.#dialogs.set(dialog, guarded);
  }

  /** RFC 3261 §22.4: `uri` is the Request-URI of the very request, wherever the target has moved. */
  #targetOf(dialog: string, { target }: Guarded): string {
    return this.#sip.targetOf(dialog) ?? target;
  }
}

/** A strict router finds itself in the Request-URI (RFC 3261 §12.2.1.1). */
function requestUriOf({ uri, route = [] }: InviteToSend): string {
  const first = uriOf(route[0] ?? '');
  return first === undefined || parseSipUri(first)?.params.has('lr') ? uri : first;
}

/** For what the server sends by itself, one request after another. */
function authorizing(session: DigestSession): Authorize {
  let exchange = session.begin();
  return (request, challenge) => {
    if (challenge === undefined) exchange = session.begin();
    else if (!exchange.take(challenge)) return undefined;
    return exchange.headersFor(request);
  };
}

/** Sees the peer move the target of the dialog. */
const watched = (user: DialogUser, guarded: Guarded): DialogUser => ({
  onRequest: (request) => {
    if (REFRESHES.has(request.method)) noteTarget(guarded, request.headers);
    user.onRequest(request);
  },
  onAcknowledge: (ack) => user.onAcknowledge(ack),
  onReleased: (reason) => user.onReleased(reason),
});

interface AuthenticatedInviteOptions {
  readonly exchange: DigestExchange;
  /** The Request-URI of its next sending. */
  uri(): string;
  readonly content: Content;
  readonly user: InviteUser;
  send(headers: HeadersToSend, user: InviteUser): OutgoingInvite;
  /** A 2xx, `isLate` when it has crossed our CANCEL; not called when it is left to the server. */
  onAnswer(reply: Reply, dialog: string, isLate: boolean): void;
}

class AuthenticatedInvite implements OutgoingInvite, InviteUser {
  readonly #options: AuthenticatedInviteOptions;
  #credentials: HeadersToSend = {};
  #current: OutgoingInvite;
  #late: 'deliver' | 'release' | undefined;

  constructor(options: AuthenticatedInviteOptions) {
    this.#options = options;
    this.#current = this.#send({});
  }

  onProvisional(reply: Reply): void {
    this.#options.user.onProvisional(reply);
  }

  onFinal(reply: Reply, dialog: string): void {
    // Once it is cancelled nobody wants it to be repeated.
    if (isChallenge(reply) && this.#late === undefined && this.#options.exchange.take(reply.headers)) {
      this.#current = this.#send(sameCall(reply.headers));
      return;
    }
    if (reply.status < 300 && this.#late !== 'release') {
      this.#options.onAnswer(reply, dialog, this.#late !== undefined);
    }
    this.#options.user.onFinal(reply, dialog);
  }

  onFailed(error: NotSent): void {
    this.#options.user.onFailed(error);
  }

  cancel(headers: HeadersToSend, late: 'deliver' | 'release'): void {
    this.#late ??= late;
    this.#current.cancel(headers, late);
  }

  /** RFC 3261 §22.1: the ACK of a 2xx cannot be challenged, so it has the credentials of its INVITE. */
  acknowledge(content: Content = {}): void {
    this.#current.acknowledge({ ...content, headers: { ...content.headers, ...this.#credentials } });
  }

  forget(): void {
    this.#current.forget();
  }

  #send(identity: HeadersToSend): OutgoingInvite {
    const { exchange, content, send } = this.#options;
    const uri = this.#options.uri();
    this.#credentials = exchange.headersFor({ method: 'INVITE', uri, body: content.body ?? '' });
    return send({ ...content.headers, ...identity, ...this.#credentials }, this);
  }
}

/** RFC 3261 §8.1.3.5: the same Call-ID and From, and the next CSeq. A server that keeps a dialog's own ignores them. */
function sameCall(challenged: Headers): HeadersToSend {
  const { 'call-id': callId, from, cseq } = challenged;
  const number = numberWithin(cseq, 0, 2 ** 31 - 2);
  if (callId === undefined || from === undefined || number === undefined) return {};
  return { 'call-id': callId, from, cseq: `${number + 1} INVITE` };
}

const isSuccess = (result: Reply | NotSent): result is Reply =>
  !(result instanceof NotSent) && result.status >= 200 && result.status < 300;
