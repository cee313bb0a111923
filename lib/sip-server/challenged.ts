import { NotSent } from './not-sent.js';
import type { Reply } from './sip-server.js';

/** Whether the request has to come again with credentials (RFC 3261 §22.2). */
export const isChallenge = (result: Reply | NotSent): result is Reply =>
  !(result instanceof NotSent) && (result.status === 401 || result.status === 407);
