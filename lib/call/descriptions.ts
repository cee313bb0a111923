/** Session descriptions in the messages of a call. Pure. */
import { describesSession, isContentName } from '../sip/description.js';
import type { Content, HeadersToSend, Message } from '../sip-server/sip-server.js';

export const hasOffer = ({ headers, body }: Message): boolean =>
  body !== '' && describesSession(body, headers['content-type'], headers['content-disposition']);

/** What says how the body is to be read: it goes wherever the body goes. */
function contentHeaders(headers: HeadersToSend): HeadersToSend {
  const picked: Record<string, string | readonly string[]> = {};
  for (const name in headers) {
    if (!isContentName(name)) continue;
    const value = headers[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

interface Described {
  readonly headers?: HeadersToSend;
  readonly body?: string;
}

/** The body with what says how it is to be read, without the message around it; undefined when there is none. */
export function contentOf(message: Described | undefined): Content | undefined {
  if (message?.body === undefined || message.body === '') return undefined;
  return { headers: contentHeaders(message.headers ?? {}), body: message.body };
}

/** Those headers, with that description's instead of what said how the former body is to be read. */
export function redescribed(
  headers: HeadersToSend,
  { headers: content = {} }: Content,
): Record<string, string | readonly string[]> {
  const kept: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (value !== undefined && lower !== 'content-length' && !isContentName(lower)) kept[name] = value;
  }
  for (const [name, value] of Object.entries(content)) if (value !== undefined) kept[name] = value;
  return kept;
}

/** To the octet, so that the version in `o=` is the same, too. */
export const isSame = (former: Content | undefined, { headers, body }: Message): boolean =>
  former?.body === body && former.headers?.['content-type'] === headers['content-type'];

const withoutOrigin = (body: string | undefined): string => (body ?? '').replace(/^o=.*$/m, '');

/** The same but for the version in `o=`, which each description has anew. */
export const isSameBut = (former: Content | undefined, { body }: Content): boolean =>
  withoutOrigin(former?.body) === withoutOrigin(body);
