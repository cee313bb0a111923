/** Session descriptions as they stand in messages: the body together with the fields that say what it is. */
import { canonicalName, mainValue } from './headers.js';
import type { Field, SipMessage } from './message.js';
import { numberOf } from './names.js';

/** To be sent again as it came, octet for octet. A plain value. */
export interface Description {
  readonly fields: readonly Field[];
  readonly body: string;
}

const CONTENT_NAMES = [
  'content-type',
  'content-disposition',
  'content-encoding',
  'content-language',
  'mime-version',
] as const;
const CONTENT_NUMBERS: ReadonlySet<number> = new Set(CONTENT_NAMES.map(numberOf));

/** Content-ID and whatever else is about the body (RFC 5621 §8); Content-Length is the serializer's. */
const isContentName = (name: string): boolean =>
  name === 'mime-version' || (name.startsWith('content-') && name !== 'content-length');

/** The session description of a message that was received; undefined when there is none. */
export function descriptionIn(message: SipMessage): Description | undefined {
  const { body, head } = message;
  if (body === '') return undefined;
  if (!describesSession(body, message.first('content-type'), message.first('content-disposition'))) return undefined;
  const fields: Field[] = [];
  for (let at = 0; at < head.count; at++) {
    const number = head.number(at);
    if (number === 0 ? isContentName(head.name(at)) : CONTENT_NUMBERS.has(number)) fields.push(head.field(at));
  }
  return { fields, body };
}

const LOWER_CASE = 32;
/** First letters of the names, long and compact: Content-…, `e`, MIME-Version. */
const C = 99;
const E = 101;
const M = 109;

/** The same of a message that is sent. */
export function descriptionOf(sent: readonly Field[], body: string): Description | undefined {
  if (body === '') return undefined;
  const fields: Field[] = [];
  let type: string | undefined;
  let disposition: string | undefined;
  for (const field of sent) {
    const first = field[0].charCodeAt(0) | LOWER_CASE;
    if (first !== C && first !== E && first !== M) continue;
    const name = canonicalName(field[0]);
    if (!isContentName(name)) continue;
    if (name === 'content-type') type = field[1];
    else if (name === 'content-disposition') disposition = field[1];
    fields.push(field);
  }
  return describesSession(body, type, disposition) ? { fields, body } : undefined;
}

/**
 * Whether a body offers or answers (RFC 3264): SDP, or a multipart body with SDP in it (RFC 5621 §3). Not ISUP alone, and not
 * the early media of a session of its own (RFC 3959).
 */
export function describesSession(
  body: string,
  contentType: string | undefined,
  disposition: string | undefined,
): boolean {
  if (body === '' || (disposition !== undefined && mainValue(disposition).toLowerCase() === 'early-session'))
    return false;
  if (contentType === undefined) return body.startsWith('v=0');
  const type = mainValue(contentType).toLowerCase();
  if (type === 'application/sdp') return true;
  return type.startsWith('multipart/') && body.toLowerCase().includes('application/sdp');
}
