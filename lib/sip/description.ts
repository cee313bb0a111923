/** Session descriptions as they stand in messages: the body together with the fields that say what it is. */
import { canonicalName, mainValue } from './headers.js';
import type { Field, SipMessage } from './message.js';
import { CANONICAL, CONTENT_TYPE, numberOf } from './names.js';

/** To be sent again as it came, octet for octet. A plain value. */
export interface Description {
  readonly fields: readonly Field[];
  readonly body: string;
}

const SDP = 'application/sdp';
/** What nearly all say of themselves: there once, because a call keeps four descriptions for as long as it lasts. */
const SDP_ALONE: readonly Field[] = [['Content-Type', SDP]];

const shared = (fields: readonly Field[]): readonly Field[] => {
  const [first] = fields;
  return fields.length === 1 && first?.[1] === SDP && first[0] === 'Content-Type' ? SDP_ALONE : fields;
};

const CONTENT_DISPOSITION = numberOf('content-disposition');

const DASH = 45;

/** Content-ID and whatever else is about the body (RFC 5621 §8); Content-Length is the serializer's. */
export const isContentName = (name: string): boolean =>
  name.charCodeAt('content'.length) === DASH // which nearly no other name has there
    ? name.startsWith('content-') && name !== 'content-length'
    : name === 'mime-version';

/** By the number of the name; what has none is judged by its text. */
const IS_CONTENT = Uint8Array.from(CANONICAL, (name) => Number(isContentName(name)));

/** The session description of a message that was received; undefined when there is none. */
export function descriptionIn(message: SipMessage): Description | undefined {
  const { body, head } = message;
  if (!hasDescription(message)) return undefined;
  const fields: Field[] = [];
  for (let at = 0; at < head.count; at++) {
    const number = head.number(at);
    if (number === 0 ? isContentName(head.name(at)) : IS_CONTENT[number] === 1) fields.push(head.field(at));
  }
  return { fields: shared(fields), body };
}

/** Whether there is one. */
export const hasDescription = (message: SipMessage): boolean =>
  message.body !== '' &&
  describesSession(message.body, message.firstNumbered(CONTENT_TYPE), message.firstNumbered(CONTENT_DISPOSITION));

const [LOWER_C, LOWER_M] = [99, 109];
/** Makes small letters of capitals. */
const SMALL = 32;

/** Content-…, MIME-Version and the compact forms `c` and `e` may be about the body: the first letter and the dash tell all others. */
function mayBeContentName(name: string): boolean {
  if (name.length === 1) return true;
  const first = name.charCodeAt(0) | SMALL;
  if (first === LOWER_C) return name.charCodeAt('content'.length) === DASH;
  return first === LOWER_M && name.charCodeAt('mime'.length) === DASH;
}

/** The same of a message that is sent. */
export function descriptionOf(sent: readonly Field[], body: string): Description | undefined {
  if (body === '') return undefined;
  const fields: Field[] = [];
  let type: string | undefined;
  let disposition: string | undefined;
  for (const field of sent) {
    if (!mayBeContentName(field[0])) continue;
    const name = canonicalName(field[0]);
    if (!isContentName(name)) continue;
    if (name === 'content-type') type = field[1];
    else if (name === 'content-disposition') disposition = field[1];
    fields.push(field);
  }
  return describesSession(body, type, disposition) ? { fields: shared(fields), body } : undefined;
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
  if (body === '') return false;
  if (contentType === SDP && disposition === undefined) return true; // nearly always
  if (disposition !== undefined && mainValue(disposition).toLowerCase() === 'early-session') return false;
  if (contentType === undefined) return body.startsWith('v=0');
  const type = mainValue(contentType).toLowerCase();
  if (type === SDP) return true;
  return type.startsWith('multipart/') && body.toLowerCase().includes(SDP);
}
