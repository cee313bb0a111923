/** What one end of an answered call asks of the other, but for what concerns their sessions. */
import { ABILITIES } from '../sip-server/abilities.js';
import { answerAlone } from '../sip-server/in-dialog.js';
import { NOT_SENT_STATUS, NotSent } from '../sip-server/not-sent.js';
import type { IncomingRequest, Reply } from '../sip-server/sip-server.js';
import { type CallLegsUser, OTHER, type Side } from './call-legs.js';
import { eventOf } from './events.js';

const PASSED_ON = new Set(['INFO', 'UPDATE', 'OPTIONS', 'MESSAGE']);

/** @param events that both ends tell each other by NOTIFY */
export function passOn(call: CallLegsUser, side: Side, request: IncomingRequest, events: ReadonlySet<string>): void {
  const { method } = request;
  if (PASSED_ON.has(method) || (method === 'NOTIFY' && events.has(eventOf(request.headers)))) {
    const content = call.passed(side, request);
    call.context.sip.request(call.dialogs[OTHER[side]], method, content, (result) =>
      answer(call, side, request, result),
    );
    return;
  }
  // Of those events that there are, this is none.
  if (method === 'NOTIFY' && events.size > 0) {
    request.respond(489, { headers: { 'allow-events': [...events].join(', ') } });
    return;
  }
  answerAlone(request);
}

function answer(call: CallLegsUser, side: Side, request: IncomingRequest, result: Reply | NotSent): void {
  if (result instanceof NotSent) {
    const gone = result.code === 'dialog-gone';
    request.respond(NOT_SENT_STATUS[result.code]);
    if (gone) call.onGone(OTHER[side], 481);
    return;
  }
  // We have no credentials, and the other side's are not for this realm.
  const status = result.status === 401 || result.status === 407 ? 403 : result.status;
  const content = call.passed(OTHER[side], result, request);
  if (status < 300) call.agreed(side, request);
  // RFC 3261 §11.2: what we support is ours to say, what bodies are taken the other side's.
  const able = request.method === 'OPTIONS' ? { ...content, headers: { ...ABILITIES, ...content.headers } } : content;
  request.respond(status, able);
  // RFC 3261 §12.2.1.2; edge case 72
  if (status === 481 || status === 408) call.onGone(OTHER[side], status);
}
