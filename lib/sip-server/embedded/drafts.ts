/** What the service wants sent, as the engine takes it. Written out: copying drafts by spread costs more than the rest of it. */
import type { Draft, Authorize as EngineAuthorize, RequestDraft, ResponseDraft } from '../../engine/api.js';
import type { Field } from '../../sip/message.js';
import { reasonPhrase } from '../../sip/reason-phrases.js';
import type { Authorize, Content, HeadersToSend, InviteToSend, RequestToSend } from '../sip-server.js';
import { headersOf } from './messages.js';

const NO_FIELDS: readonly Field[] = [];

function fieldsOf(headers: HeadersToSend | undefined): readonly Field[] {
  if (headers === undefined) return NO_FIELDS;
  const fields: Field[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') fields.push([name, value]);
    else if (value !== undefined) for (const one of value) fields.push([name, one]);
  }
  return fields;
}

export const draftOf = ({ headers, body = '' }: Content): Draft => ({
  fields: fieldsOf(headers),
  body,
  keepsLocalhost: true,
});

/** For what the engine sends by itself. */
export const authorizing =
  (authorize: Authorize): EngineAuthorize =>
  (request, challenge) => {
    const headers = authorize(request, challenge && headersOf(challenge));
    return headers && fieldsOf(headers);
  };

/** The engine answers the PRACK of a reliable response by itself: nobody here wants to know of it. */
export function responseDraft(status: number, { headers, body = '' }: Content): ResponseDraft {
  const reason = reasonPhrase(status);
  if (status < 200 && headers?.require === '100rel') {
    const { require: _reliable, ...others } = headers;
    return { status, reason, fields: fieldsOf(others), body, keepsLocalhost: true, reliable: true };
  }
  return { status, reason, fields: fieldsOf(headers), body, keepsLocalhost: true };
}

export function inviteDraft(invite: InviteToSend, receiver: unknown): RequestDraft {
  const { authorizer } = invite;
  const draft = requestDraft('INVITE', invite, true, receiver);
  return authorizer === undefined ? draft : { ...draft, authorizer: () => authorizing(authorizer()) };
}

export function requestDraft(
  method: string,
  { uri, nextHop, route, headers, body = '' }: Omit<RequestToSend, 'method'>,
  deliverTrying: boolean,
  receiver: unknown,
): RequestDraft {
  const draft = { method, uri, fields: fieldsOf(headers), body, deliverTrying, keepsLocalhost: true, receiver };
  const hopping = nextHop === undefined ? draft : { ...draft, nextHop };
  return route === undefined ? hopping : { ...hopping, route };
}

/** In a dialog the engine knows the target. */
const PLACEHOLDER = 'sip:placeholder';

export const inDialogDraft = (method: string, { headers, body = '' }: Content, receiver: unknown): RequestDraft => ({
  method,
  uri: PLACEHOLDER,
  fields: fieldsOf(headers),
  body,
  keepsLocalhost: true,
  receiver,
});
