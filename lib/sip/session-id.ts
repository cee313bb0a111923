/**
 * The value of Session-ID (RFC 7989 §5): the UUID of who speaks, and of who is spoken to. Pure.
 */

/** Of whom there is none yet (§4.1). */
export const NIL_UUID = '00000000000000000000000000000000';
const LOCAL = /^\s*([\da-f]{32})(?![\da-f])/i;
const REMOTE = /;\s*remote\s*=\s*([\da-f]{32})(?![\da-f])/i;

const UUID_LENGTH = NIL_UUID.length;
const AS_USUAL = ';remote=';
const REMOTE_AT = UUID_LENGTH + AS_USUAL.length;
const [ZERO, NINE, UPPER_A, UPPER_F, LOWER_A, LOWER_F] = [48, 57, 65, 70, 97, 102];

const isHex = (code: number): boolean =>
  (code >= ZERO && code <= NINE) || (code >= LOWER_A && code <= LOWER_F) || (code >= UPPER_A && code <= UPPER_F);

function isUuidAt(text: string, from: number): boolean {
  for (let at = from; at < from + UUID_LENGTH; at++) if (!isHex(text.charCodeAt(at))) return false;
  return true;
}

/** Nothing but `<uuid>;remote=<uuid>`, as nearly all write it: it is read without an expression, as each message has one. */
const isUsual = (value: string): boolean =>
  value.length === REMOTE_AT + UUID_LENGTH &&
  value.startsWith(AS_USUAL, UUID_LENGTH) &&
  isUuidAt(value, 0) &&
  isUuidAt(value, REMOTE_AT);

const known = (uuid: string | undefined): string | undefined => (uuid === NIL_UUID ? undefined : uuid);

/** What an end says of itself; one of another length is discarded, and the nil UUID says nothing (§6). */
export function localUuid(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return known(isUsual(value) ? value.slice(0, UUID_LENGTH) : LOCAL.exec(value)?.[1]);
}

/** What it says of the other. */
export function remoteUuid(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return known(isUsual(value) ? value.slice(REMOTE_AT) : REMOTE.exec(value)?.[1]);
}

export const sessionId = (local: string | undefined, remote: string | undefined): string =>
  `${local ?? NIL_UUID};remote=${remote ?? NIL_UUID}`;

/**
 * What is said next to who has said `heard`: he is whom he says he is (§8), we are what we have said last, or what he takes us for.
 * @param said by us in the same dialog
 * @returns undefined: of neither end anything is known
 */
export function answeringSessionId(heard: string | undefined, said: string | undefined): string | undefined {
  const local = localUuid(said) ?? remoteUuid(heard);
  const remote = localUuid(heard) ?? remoteUuid(said);
  return local === undefined && remote === undefined ? undefined : sessionId(local, remote);
}
