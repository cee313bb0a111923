import type { SipMessage } from '../../../lib/sip/message.js';
import { parseChallenges } from '../../../lib/sip-server/auth/challenge.js';
import { answerChallenge } from '../../../lib/sip-server/auth/digest.js';

export const KNOWN = { username: 'office', password: 'secret' };

/** Whether the credentials are those of that challenge, request and account, as a server would verify them. */
export function isRight(request: SipMessage, header: string, challenge: string): boolean {
  const value = request.first(header) ?? '';
  const [known] = parseChallenges(challenge);
  const nonceCount = Number.parseInt(/nc=([\da-f]{8})/.exec(value)?.[1] ?? '', 16);
  const cnonce = /cnonce="([^"]+)"/.exec(value)?.[1] ?? '';
  const uri = /uri="([^"]+)"/.exec(value)?.[1] ?? '';
  if (known === undefined || uri !== request.uri) return false;
  const { method, body } = request;
  return value === answerChallenge(known, { method, uri, body }, KNOWN, { nonceCount, cnonce });
}
