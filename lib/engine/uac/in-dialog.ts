/** Requests that an application sends within a dialog (RFC 3261 §12.2.1, §14.1, §15). */
import { CodedError } from '../../base/errors.js';
import { type Description, descriptionIn, descriptionOf } from '../../sip/description.js';
import type { SipMessage } from '../../sip/message.js';
import { isMethod } from '../../sip/methods.js';
import type { Flow, Owner, RequestDraft, Sent } from '../api.js';
import type { Context } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import { clockOf } from '../dialog/faulty.js';
import type { Session } from '../dialog/session.js';
import { settlesSession } from '../dialog/session-expires.js';
import { settleSession } from '../dialog/settle-session.js';
import { notified, subscribed } from '../dialog/subscription.js';
import { EMPTY_DRAFT } from '../outgoing-headers.js';
import { buildInDialog } from './build.js';
import { ClientInvite } from './client-invite.js';
import { ClientRequest } from './client-request.js';
import type { ClientTransactionUser } from './client-transaction-user.js';
import { type Lookup, lookUpDialog } from './lookup.js';

export const noSuchDialog = (): CodedError =>
  new CodedError('DIALOG_UNKNOWN', 'Server error: unable to find dialog for dialog id provided');

export function sendInDialog(context: Context, owner: Owner, dialog: Dialog, given: RequestDraft): Sent {
  const { method } = given;
  const draft = (method === 'PRACK' && authorized(dialog, given, undefined)) || given;
  const isBye = method === 'BYE';
  const isUnacknowledged = dialog.unacknowledged.size > 0 || dialog.serverInvite?.holdsAnswer === true;
  // §15: a callee cannot BYE what it has not answered; it rejects the INVITE.
  if (isBye && dialog.state.role === 'uas' && dialog.state.phase === 'early' && !isUnacknowledged) throw noSuchDialog();
  if (!isMethod(method) || method === 'CANCEL') {
    throw new CodedError('REQUEST_INVALID', `Server error: invalid method: ${method.replace(/[\r\n]+/g, ' ')}`);
  }
  dialog.owner = owner;
  if (isBye) settle(context, dialog);
  const local = context.network.of(dialog.state.source);
  const unsent = buildInDialog(dialog, method, dialog.state.localSequence + 1, withTimer(dialog, draft), local);
  dialog.nextSequence();
  if (method === 'INVITE') {
    const invite = new ClientInvite(context, owner, unsent, local, dialog.id, dialog);
    invite.receiver = given.receiver;
    sendInTurn(context, dialog, draft, invite, () => invite.enter());
    return invite.sent;
  }
  const request = new ClientRequest(context, owner, unsent, local, dialog.id);
  request.receiver = given.receiver;
  if (!isBye) {
    sendInTurn(context, dialog, draft, request, watch(context, dialog, request));
    if (draft !== given) answerChallenge(context, dialog, given, request);
    return request.sent;
  }
  request.whenFinished = (response) => afterBye(context, dialog, response);
  if (isUnacknowledged) dialog.holdForAck(() => start(context, dialog, request));
  else start(context, dialog, request);
  return request.sent;
}

/**
 * A request that no application repeats when it is challenged (RFC 3261 §22.2): it is not told of the response to a PRACK.
 * @returns undefined: without credentials, or they were refused
 */
function authorized(dialog: Dialog, draft: RequestDraft, challenge: SipMessage | undefined): RequestDraft | undefined {
  const { uri } = dialog.route;
  const credentials = dialog.authorize?.({ method: draft.method, uri, body: draft.body }, challenge);
  return credentials && { ...draft, fields: [...draft.fields, ...credentials] };
}

function answerChallenge(context: Context, dialog: Dialog, draft: RequestDraft, request: ClientRequest): void {
  const { whenFinished } = request;
  request.whenFinished = (response, flow) => {
    whenFinished?.(response, flow);
    const isChallenge = response.status === 401 || response.status === 407;
    const again = isChallenge && dialog.state.phase !== 'terminated' ? authorized(dialog, draft, response) : undefined;
    if (again === undefined) return;
    const local = context.network.of(dialog.state.source);
    const unsent = buildInDialog(dialog, draft.method, dialog.nextSequence(), again, local);
    const repeated = new ClientRequest(context, undefined, unsent, local, dialog.id);
    answerChallenge(context, dialog, draft, repeated);
    start(context, dialog, repeated);
  };
}

function start(context: Context, dialog: Dialog, request: ClientTransactionUser): void {
  let lookup: Lookup;
  try {
    lookup = lookUpDialog(context, dialog, dialog.route.next);
  } catch (thrown) {
    request.abort();
    throw thrown;
  }
  request.start(lookup);
}

/** @param enter opens its offer in the dialog; false: another one is open */
function sendInTurn(
  context: Context,
  dialog: Dialog,
  draft: RequestDraft,
  request: ClientTransactionUser,
  enter: () => boolean,
): void {
  const { session } = dialog;
  const drop = () => request.refuse(491, 'Request Pending');
  const send = () => {
    if (enter()) start(context, dialog, request);
    else drop();
  };
  if (session === undefined || !mustWait(session, draft)) send();
  else if (!session.hold(clockOf(context, dialog), { send, drop })) drop();
}

/** Before a BYE: the ACK that is owed goes out (§13.2.2.4), an INVITE of ours that is still open is cancelled. */
function settle(context: Context, dialog: Dialog): void {
  const answered = context.answered.get(dialog.id);
  if (answered?.owesAcknowledgement) answered.acknowledge(EMPTY_DRAFT);
  dialog.clientInvite?.cancelForBye();
  dialog.session?.drop();
}

/** An INVITE or UPDATE refreshes the session (RFC 4028 §7.2); each leg of a call has a session timer of its own. */
function withTimer({ session }: Dialog, draft: RequestDraft): RequestDraft {
  const isRefresh = draft.method === 'INVITE' || draft.method === 'UPDATE';
  if (!isRefresh || session?.interval === undefined || settlesSession(draft.fields)) return draft;
  return { ...draft, fields: [...session.requestFields, ...draft.fields] };
}

/** Whether a refresh of our own, an ACK that has not come yet, or what waits for those is in the way. */
function mustWait(session: Session, { method, body }: RequestDraft): boolean {
  if (session.isHolding) return true;
  if (method !== 'INVITE' && method !== 'UPDATE') return false;
  if (session.isRefreshing) return true;
  return session.exchange === 'accepted' && (method === 'INVITE' || body !== '');
}

const OPENS_NOTHING = (): boolean => true;

/** Sees to what the final response of that request means. @returns what opens its offer, at the moment at which it is sent */
function watch(context: Context, dialog: Dialog, request: ClientRequest): () => boolean {
  const { session } = dialog;
  switch (request.method) {
    case 'NOTIFY':
      request.whenFinished = () => notified(context, dialog, request.message);
      return OPENS_NOTHING;
    case 'SUBSCRIBE':
      request.whenFinished = (response) => {
        if (response.status < 300) subscribed(context, dialog, request.message, response);
      };
      return OPENS_NOTHING;
    case 'UPDATE':
    case 'PRACK':
      return session === undefined ? OPENS_NOTHING : watchOffer(context, dialog, session, request);
    default:
      return OPENS_NOTHING;
  }
}

function watchOffer(context: Context, dialog: Dialog, session: Session, request: ClientRequest): () => boolean {
  const { method, message } = request;
  const description = descriptionOf(message.fields, message.body);
  let offer: Description | undefined;
  request.whenFinished = (response, flow) => {
    if (response.status < 300) {
      if (method === 'UPDATE') updated(context, dialog, request.message, response, flow);
      if (offer !== undefined) session.agree(offer, descriptionIn(response));
    }
    if (offer !== undefined) session.submit('updateOver');
  };
  return () => {
    if (description === undefined) return true;
    // RFC 3262 §5: the offer was in the response that this PRACK acknowledges.
    if (method === 'PRACK' && session.exchange === 'answering') {
      session.agree(description, session.proposed);
      session.submit('prackSent');
      return true;
    }
    const verdict = session.submit(method === 'PRACK' ? 'sendPrackOffer' : 'sendUpdate');
    if (verdict === undefined) offer = description;
    // A PRACK is owed whatever it brings.
    return verdict === undefined || method === 'PRACK';
  };
}

/** RFC 3311 §5.3: a target refresh (RFC 3261 §12.2.1.2), and one of the session (RFC 4028 §7.2). */
function updated(
  context: Context,
  dialog: Dialog,
  request: SipMessage,
  response: SipMessage,
  flow: Flow | undefined,
): void {
  if (flow !== undefined) dialog.refreshTarget(response, flow, context.natDetection);
  settleSession(context, dialog, 'uac', request, response);
}

/** The dialog ends with the final response to our BYE, unless that asks for credentials. */
function afterBye(context: Context, dialog: Dialog, response: SipMessage): void {
  if (response.status === 401 || response.status === 407 || dialog.state.phase === 'terminated') return;
  context.dialogs.remove(dialog);
  dialog.stopRepeating();
}
