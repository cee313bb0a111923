/** The protocol has words where the service wants values. Nobody else reads them. */
import { messageOf } from '../../base/errors.js';
import { paramsOf, splitValues } from '../../sip/headers.js';
import { NotSent, type NotSentCode } from '../not-sent.js';
import type { Message, ReleaseReason } from '../sip-server.js';

/** For what is not our own fault. */
const CODES: readonly (readonly [words: string, code: NotSentCode])[] = [
  ['unable to find dialog', 'dialog-gone'],
  ['protocol/transport not available', 'transport'],
  ['can not send request to myself', 'transport'],
];

/** @param error with which a server refused to send, or we did ourselves */
export function notSent(error: unknown): NotSent {
  if (error instanceof NotSent) return error;
  const text = messageOf(error);
  return new NotSent(CODES.find(([words]) => text.toLowerCase().includes(words))?.[1] ?? 'local', text);
}

/** By the text of the first Reason (RFC 3326), in lower case. */
const RELEASE_REASONS: ReadonlyMap<string, ReleaseReason> = new Map([
  ['ack timeout', 'no-ack'],
  ['session timer expired', 'session-expired'],
  ['session refresh was not answered', 'peer-silent'],
  ['session is unknown to the peer', 'peer-gone'],
  ['internal error', 'fault'],
]);

/** @param bye that the server sent by itself */
export function releaseReasonOf({ headers }: Message): ReleaseReason {
  const text = paramsOf(splitValues(headers.reason ?? '')[0] ?? '').get('text') ?? '';
  return RELEASE_REASONS.get(text.toLowerCase()) ?? 'other';
}
