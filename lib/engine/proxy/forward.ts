/** The request as a proxy sends it on (RFC 3261 §16.6), and the response as it passes it back (§16.7, item 3). */
import { trim } from '../../sip/chars.js';
import { valueEnd } from '../../sip/headers.js';
import { type Field, SipMessage } from '../../sip/message.js';
import type { ProxyOrder } from '../api.js';
import { sort } from '../drafts.js';
import type { Local } from '../network.js';
import { MAX_FORWARDS, type Unsent, VIA_PLACE } from '../uac/build.js';

/** What a copy of the request is made for. */
export interface Copy {
  readonly uri: string;
  /** The transport on which the request came, and the one on which it is to leave. */
  readonly from: Local;
  readonly to: Local;
}

/** The request for one target; it lacks only our Via. Route is gone: the application has said where it goes. */
export function copyFor(request: SipMessage, order: ProxyOrder, { uri, from, to }: Copy): Unsent {
  const fields: Field[] = [VIA_PLACE];
  if (order.recordRoute) fields.push(...stay(request.method, from, to));
  let hasMaxForwards = false;
  for (let i = 0; i < request.fields.length; i++) {
    const field = request.fields[i] as Field;
    const name = request.fieldNames[i];
    if (name === 'route' || name === 'content-length') continue;
    if (name === 'max-forwards') {
      hasMaxForwards = true;
      fields.push(['Max-Forwards', String(Math.max(0, Number(field[1]) - 1))]);
    } else fields.push(field);
  }
  if (!hasMaxForwards) fields.push(['Max-Forwards', MAX_FORWARDS]);
  const added = sort({ fields: order.fields, body: '' }, to).rest;
  fields.push(...added.filter(([name]) => name !== 'Content-Type')); // the body is the caller's
  return { method: request.method, uri, fields, body: request.body };
}

/**
 * What keeps us in the path: Path for a registration (RFC 3327 §5.2), Record-Route for the rest, one for each side where they
 * differ (RFC 5658 §4).
 */
function stay(method: string, from: Local, to: Local): Field[] {
  const name = method === 'REGISTER' ? 'Path' : 'Record-Route';
  const fields: Field[] = (from === to ? [to] : [to, from]).map((local) => [name, ownRoute(local)]);
  if (method === 'REGISTER') fields.push(['Require', 'path']);
  return fields;
}

const ownRoute = (local: Local): string => `<sip:${local.hostPort}${local.transportParam};lr>`;

/** The response without our Via; undefined: there is no other, so it is for nobody behind us. */
export function withoutTopVia(response: SipMessage): SipMessage | undefined {
  const at = response.fieldNames.indexOf('via');
  const [name, value] = response.fields[at] as Field;
  const rest = trim(value.slice(valueEnd(value, 0) + 1));
  const fields = response.fields.slice();
  if (rest === '') fields.splice(at, 1);
  else fields[at] = [name, rest];
  const passed = SipMessage.response(response.status, response.reason, fields, response.body);
  return passed.tryVia() === undefined ? undefined : passed;
}
