/**
 * A SIP server whose requests answer challenges by themselves (RFC 3261 §22.2): to those who use it, a challenge that was
 * answered never happened, neither to their timers nor to CANCEL. A 401 or 407 that comes through could not be answered.
 */
import { uriOf } from '../../sip/address.js';
import { splitValues } from '../../sip/headers.js';
import { numberWithin } from '../../sip/number.js';
import { NotSent } from '../not-sent.js';
import type {
  Authorize,
  CallSip,
  Capabilities,
  Content,
  DialogUser,
  Headers,
  HeadersToSend,
  InviteToSend,
  InviteUser,
  OutgoingInvite,
  Reply,
} from '../sip-server.js';
import { DigestSession } from './session.js';

/**
 * @param sip as one call uses it
 * @param cnonce gives an unguessable token
 */
export const authenticated = (sip: CallSip, cnonce: () => string): CallSip => new AuthenticatedServer(sip, cnonce);

/** A dialog with a peer who has challenged us, and may do so again. */
interface Guarded {
  readonly session: DigestSession;
  /** The remote target (RFC 3261 §12.1.2): the Request-URI within the dialog. */
  readonly target: string;
}

class AuthenticatedServer implements CallSip {
  readonly #sip: CallSip;
  readonly #cnonce: () => string;
  /** Nearly no call has any. */
  #dialogs: Map<string, Guarded> | undefined;

  constructor(sip: CallSip, cnonce: () => string) {
    this.#sip = sip;
    this.#cnonce = cnonce;
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
    const session = new DigestSession(credentials, this.#cnonce);
    const authorize: Authorize = (request, challenge) => {
      if (challenge === undefined) session.begin();
      else if (!session.take(challenge)) return undefined;
      return session.headersFor(request);
    };
    return new AuthenticatedInvite({
      session,
      uri: invite.uri,
      content: invite,
      user,
      send: (headers, watched) => this.#sip.invite({ ...plain, headers, authorize }, watched),
      onAnswer: (reply, dialog, isLate) => {
        // Nobody would detach a dialog that the server ends by itself.
        if (dialog === '' || (isLate && !this.#sip.capabilities.deliversLateAnswers)) return;
        const target = uriOf(splitValues(reply.headers.contact ?? '')[0] ?? '');
        if (target === undefined) return;
        this.#dialogs ??= new Map();
        this.#dialogs.set(dialog, { session, target });
      },
    });
  }

  reinvite(dialog: string, content: Content, user: InviteUser): OutgoingInvite {
    const guarded = this.#dialogs?.get(dialog);
    if (guarded === undefined) return this.#sip.reinvite(dialog, content, user);
    const { session, target } = guarded;
    session.begin();
    return new AuthenticatedInvite({
      session,
      uri: target,
      content,
      user,
      send: (headers, watched) => this.#sip.reinvite(dialog, { ...content, headers }, watched),
      onAnswer: () => {},
    });
  }

  request(dialog: string, method: string, content: Content, done: (result: Reply | NotSent) => void): void {
    const guarded = this.#dialogs?.get(dialog);
    if (guarded === undefined) {
      this.#sip.request(dialog, method, content, done);
      return;
    }
    const { session, target } = guarded;
    session.begin();
    const send = (): void => {
      const credentials = session.headersFor({ method, uri: target, body: content.body ?? '' });
      const headers = { ...content.headers, ...credentials };
      this.#sip.request(dialog, method, { ...content, headers }, (result) => {
        if (isChallenge(result) && session.take(result.headers)) {
          send();
          return;
        }
        if (method === 'BYE') this.#dialogs?.delete(dialog);
        done(result);
      });
    };
    send();
  }

  attach(dialog: string, user: DialogUser): void {
    this.#sip.attach(dialog, user);
  }

  /** A request that is under way keeps what it needs: its BYE may still be challenged. */
  detach(dialog: string): void {
    this.#dialogs?.delete(dialog);
    this.#sip.detach(dialog);
  }
}

interface AuthenticatedInviteOptions {
  readonly session: DigestSession;
  /** The Request-URI. */
  readonly uri: string;
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
    if (isChallenge(reply) && this.#late === undefined && this.#options.session.take(reply.headers)) {
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
    const { session, uri, content, send } = this.#options;
    this.#credentials = session.headersFor({ method: 'INVITE', uri, body: content.body ?? '' });
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

const isChallenge = (result: Reply | NotSent): result is Reply =>
  !(result instanceof NotSent) && (result.status === 401 || result.status === 407);
