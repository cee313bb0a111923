/**
 * Session-ID (RFC 7989): one pair of UUIDs that both legs of a call carry, whatever their Call-IDs are. What an end sends passes; for
 * one that sends none we say it, the same throughout the call, and both in what we say ourselves (§7). Pure.
 */
import { detached } from '../base/text.js';
import { localUuid, NIL_UUID, remoteUuid, sessionId } from '../sip/session-id.js';
import { type Content, type Headers, headerOf, type Message } from '../sip-server/sip-server.js';
import type { CallContext } from './call-context.js';
import { OTHER, type Side } from './call-legs.js';
import type { Picked } from './headers.js';

/** The UUID of each end. */
export type SessionIds = Readonly<Record<Side, string>>;

/** A UUID as it stands there. Cut out: to replace its dashes costs three times as much. */
export const sessionIdOf = (uuid: string): string =>
  uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);

/** As long as any others. */
export const NOBODY: SessionIds = { caller: NIL_UUID, member: NIL_UUID };

/** What an end says of itself. */
const localIn = (headers: Headers): string | undefined => uuidOf(headers['session-id']);

function uuidOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const local = localUuid(value);
  return local && detached(local);
}

/** To a member who has not answered yet. @param call the call's own UUID, that of a caller who has none */
export function introduce(headers: Picked, call: string): void {
  const said = headers['session-id'];
  if (said === undefined || localUuid(String(said)) === undefined) headers['session-id'] = sessionId(call, undefined);
}

/**
 * In what comes from that side and goes on to the other. One that has none of the right length is as one that has none (§7); who
 * has not heard yet whom he speaks with is set right (§8).
 */
export function identify(headers: Picked, ids: SessionIds, from: Side): void {
  const other = ids[OTHER[from]];
  if (headers['session-id'] === undefined) {
    headers['session-id'] = sessionId(ids[from], other);
    return;
  }
  const said = String(headers['session-id']);
  const local = localUuid(said);
  const isRight = local !== undefined && (remoteUuid(said) === other || !said.includes(';'));
  if (!isRight) headers['session-id'] = sessionId(local ?? ids[from], other);
}

/** Both ends of an answered call, as each was known last (§8). */
export class SessionIdentity implements SessionIds {
  caller: string;
  member: string;

  constructor(caller: string, member: string) {
    this.caller = caller;
    this.member = member;
  }

  /** That end has said who it is in what we have answered by 2xx, in its ACK of ours, or in a response. */
  accept(side: Side, message: Message): void {
    const uuid = uuidOf(headerOf(message, 'session-id'));
    if (uuid !== undefined) this[side] = uuid;
  }

  /** What comes from that side, for the other. */
  identify(headers: Picked, from: Side): void {
    identify(headers, this, from);
  }

  /** A response of that side. @param asked the request of the other one: it is answered, whatever becomes of its new UUID (§8) */
  identifyResponse(headers: Picked, from: Side, asked: Pick<Message, 'headers'>): void {
    const other = localIn(asked.headers);
    identify(
      headers,
      other === undefined ? this : { caller: this.caller, member: this.member, [OTHER[from]]: other },
      from,
    );
  }

  /** What we say by ourselves in the name of that side. */
  own(content: Content, from: Side): Content {
    const { headers } = content;
    if (headers?.['session-id'] !== undefined) return content;
    const pair = sessionId(this[from], this[OTHER[from]]);
    return { ...content, headers: { ...headers, 'session-id': pair } };
  }
}

/** Of a call whose own UUID that is. @param call undefined: none are made */
export function sessionIdentity(
  call: string | undefined,
  invite: Headers,
  answer: Headers | undefined,
  context: Pick<CallContext, 'uuid'>,
): SessionIdentity | undefined {
  if (call === undefined) return undefined;
  const member = answer && localIn(answer);
  return new SessionIdentity(localIn(invite) ?? call, member ?? sessionIdOf(context.uuid()));
}

/** To a caller whom nobody has answered yet: of all who could there is no one (§7). Nothing where he may not be known by one. */
export const unanswered = (invite: Headers, call: string | undefined): Headers => {
  const caller = localIn(invite) ?? call;
  return caller === undefined ? {} : { 'session-id': sessionId(undefined, caller) };
};

/** To a member who answers too late, or is dismissed: what his INVITE said of the caller, and what he says of himself. */
export function dismissal(sent: string, answer: Message | undefined): Headers {
  const local = localUuid(sent);
  if (local === undefined) return {};
  return { 'session-id': sessionId(local, answer && localIn(answer.headers)) };
}
