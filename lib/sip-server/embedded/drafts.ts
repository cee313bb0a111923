/** What the service wants sent, as the engine takes it. */
import type { Draft, Authorize as EngineAuthorize, RequestDraft, ResponseDraft } from '../../engine/api.js';
import type { Field } from '../../sip/message.js';
import { reasonPhrase } from '../../sip/reason-phrases.js';
import type { Authorize, Content, HeadersToSend } from '../sip-server.js';
import { ReceivedMessage } from './messages.js';

export function draftOf(headers: HeadersToSend = {}, body = ''): Draft {
  const fields: Field[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') fields.push([name, value]);
    else if (value !== undefined) for (const one of value) fields.push([name, one]);
  }
  return { fields, body, keepsLocalhost: true };
}

/** For what the engine sends by itself. */
export const authorizing =
  (authorize: Authorize): EngineAuthorize =>
  (request, challenge) => {
    const headers = authorize(request, challenge && new ReceivedMessage(challenge).headers);
    return headers && draftOf(headers).fields;
  };

/** The engine answers the PRACK of a reliable response by itself: nobody here wants to know of it. */
export function responseDraft(status: number, { headers, body: given }: Content): ResponseDraft {
  const reason = reasonPhrase(status);
  if (status < 200 && headers?.require === '100rel') {
    const { require: _reliable, ...others } = headers;
    const { fields, body } = draftOf(others, given);
    return { status, reason, fields, body, keepsLocalhost: true, reliable: true };
  }
  const { fields, body } = draftOf(headers, given);
  return { status, reason, fields, body, keepsLocalhost: true };
}

/** Written out: copying by spread costs more than the rest of it. */
export function requestDraft(
  method: string,
  uri: string,
  nextHop: string | undefined,
  route: readonly string[] | undefined,
  { fields, body }: Draft,
  deliverTrying: boolean,
): RequestDraft {
  if (route !== undefined) {
    const routed = { method, uri, route, fields, body, deliverTrying, keepsLocalhost: true };
    return nextHop === undefined ? routed : { ...routed, nextHop };
  }
  if (nextHop === undefined) return { method, uri, fields, body, deliverTrying, keepsLocalhost: true };
  return { method, uri, nextHop, fields, body, deliverTrying, keepsLocalhost: true };
}
