/**
 * Session-ID (RFC 7989): one pair of UUIDs that both legs of a call carry, whatever their Call-IDs are. What an end sends passes; for
 * one that sends none we say it, the same throughout the call, and both in what we say ourselves (§7). Pure.
 */
import { detached } from '../base/text.js';
import type { Content, Headers, Message } from '../sip-server/sip-server.js';
import type { CallContext } from './call-context.js';
import type { Side } from './call-legs.js';
import type { Picked } from './headers.js';

/** Of whom there is none yet (§4.1). */
const NIL = '00000000000000000000000000000000';
const LOCAL = /^[\da-f]{32}(?![\da-f])/i;

/** The UUID of each end. */
export type SessionIds = Readonly<Record<Side, string>>;

/** A UUID as it stands there; the call's own one is that of a caller who has none. */
const sessionIdOf = (uuid: string): string => uuid.replaceAll('-', '');

/** As long as any others. */
export const NOBODY: SessionIds = { caller: NIL, member: NIL };

/** What an end says of itself. */
const localIn = ({ 'session-id': value }: Headers): string | undefined =>
  value === undefined ? undefined : LOCAL.exec(value.trim())?.[0] && detached(value.trim().slice(0, NIL.length));

/** To a member who has not answered yet. */
export function introduce(headers: Picked, call: string): void {
  const said = headers['session-id'];
  if (said === undefined || localIn({ 'session-id': String(said) }) === undefined)
    headers['session-id'] = `${sessionIdOf(call)};remote=${NIL}`;
}

/** Undefined: none are made. */
export function sessionIdsOf(
  call: string,
  invite: Message,
  answer: Message | undefined,
  context: Pick<CallContext, 'settings' | 'uuid'>,
): SessionIds | undefined {
  if (!context.settings.sessionIds) return undefined;
  const member = answer && localIn(answer.headers);
  return { caller: localIn(invite.headers) ?? sessionIdOf(call), member: member ?? sessionIdOf(context.uuid()) };
}

const pairOf = (ids: SessionIds, from: Side): string =>
  `${ids[from]};remote=${ids[from === 'caller' ? 'member' : 'caller']}`;

/** In what comes from that side and goes on to the other. One that has none of the right length is as one that has none (§7). */
export function identify(headers: Picked, ids: SessionIds, from: Side): void {
  const said = headers['session-id'];
  if (said === undefined || localIn({ 'session-id': String(said) }) === undefined)
    headers['session-id'] = pairOf(ids, from);
}

/** What we say by ourselves in the name of that side. */
export const identified = (content: Content, ids: SessionIds | undefined, from: Side): Content =>
  ids === undefined || content.headers?.['session-id'] !== undefined
    ? content
    : { ...content, headers: { ...content.headers, 'session-id': pairOf(ids, from) } };

/** To a caller whom nobody has answered yet: of all who could there is no one (§7). Nothing where he may not be known by one. */
export const unanswered = (invite: Headers, call: string | undefined): Headers => {
  const caller = localIn(invite) ?? (call === undefined ? undefined : sessionIdOf(call));
  return caller === undefined ? {} : { 'session-id': `${NIL};remote=${caller}` };
};

/** To a member who answers too late, or is dismissed: what his INVITE said of the caller, and what he says of himself. */
export function dismissal(sent: string, answer: Message | undefined): Headers {
  const local = localIn({ 'session-id': sent });
  if (local === undefined) return {};
  return { 'session-id': `${local};remote=${(answer && localIn(answer.headers)) ?? NIL}` };
}
