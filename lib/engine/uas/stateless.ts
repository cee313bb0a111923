import { createHash, randomBytes } from 'node:crypto';
import { responseTo } from '../../sip/build.js';
import type { Field, SipMessage } from '../../sip/message.js';
import type { Flow } from '../api.js';
import type { Context } from '../context.js';

const SALT = randomBytes(8).toString('hex');

/** RFC 3261 §8.2.7: without state, the To tag must be the same when the request comes again. */
const statelessTag = (request: SipMessage): string =>
  createHash('sha1')
    .update(`${SALT}${request.first('via')}${request.callId}`)
    .digest('hex')
    .slice(0, 16);

/** Answers without keeping anything. Never an ACK. */
export function respondStatelessly(
  context: Context,
  request: SipMessage,
  flow: Flow,
  status: number,
  reason: string,
  fields: readonly Field[] = [],
): void {
  if (request.method === 'ACK' || request.tryVia() === undefined) return;
  const response = responseTo(request, status, reason, { toTag: statelessTag(request), fields });
  context.network.respond(response.text, request, flow);
  context.meter.count('sip_engine_stateless_responses_total', { status: String(status) });
}
