/**
 * The value of Session-ID (RFC 7989 §5): the UUID of who speaks, and of who is spoken to. Pure.
 */

/** Of whom there is none yet (§4.1). */
export const NIL_UUID = '00000000000000000000000000000000';
const LOCAL = /^\s*([\da-f]{32})(?![\da-f])/i;
const REMOTE = /;\s*remote\s*=\s*([\da-f]{32})(?![\da-f])/i;

const known = (uuid: string | undefined): string | undefined => (uuid === NIL_UUID ? undefined : uuid);

/** What an end says of itself; one of another length is discarded, and the nil UUID says nothing (§6). */
export const localUuid = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : known(LOCAL.exec(value)?.[1]);

/** What it says of the other. */
export const remoteUuid = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : known(REMOTE.exec(value)?.[1]);

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
