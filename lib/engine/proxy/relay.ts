/**
 * The stateless half of a proxy (RFC 3261 §16.11, §16.12): what follows within the dialogs of proxied requests, because our
 * Record-Route is in them, and the responses to that.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { parseNameAddress } from '../../sip/address.js';
import { type Field, SipMessage } from '../../sip/message.js';
import type { Via } from '../../sip/via.js';
import type { Flow, Protocol } from '../api.js';
import type { Context } from '../context.js';
import { type Local, MAGIC_COOKIE } from '../network.js';
import { MAX_FORWARDS, VIA_PLACE } from '../uac/build.js';
import { follow, lookUpUri } from '../uac/lookup.js';
import { respondStatelessly } from '../uas/stateless.js';
import { withoutTopVia } from './forward.js';
import { isOwnUri } from './targets.js';

const SECRET = randomBytes(16);
const BRANCH_START = `${MAGIC_COOKIE}-relay-`;

/**
 * The branch of a request that we relay: the same for its retransmissions, its CANCEL and its ACK (§16.11), and such that we
 * know a response to it again, so that nobody has responses relayed to where he pleases.
 */
function branchOf(behind: Via, { callId, cseq }: SipMessage): string {
  const text = `${behind.params.get('branch')}|${behind.host}|${behind.port}|${callId}|${cseq.number}`;
  return BRANCH_START + createHmac('sha256', SECRET).update(text, 'latin1').digest('hex').slice(0, 32);
}

/** The URI of a Route value; undefined when it is malformed. */
const uriOf = (route: string | undefined): string | undefined => parseNameAddress(route ?? '')?.uri;

/** Sends a request within a dialog on, if its Route leads over us to somebody else. False: it is not for relaying. */
export function relayRequest(context: Context, request: SipMessage, flow: Flow): boolean {
  const routes = request.has('route') ? request.values('route') : [];
  const isOwn = (uri: string | undefined) => uri !== undefined && isOwnUri(context, uri);
  if (!isOwn(uriOf(routes[0]))) return false;
  const others = routes.findIndex((route) => !isOwn(uriOf(route)));
  const onward = others < 0 ? [] : routes.slice(others);
  const next = onward.length === 0 ? request.uri : uriOf(onward[0]);
  const hops = Number(request.first('max-forwards') ?? MAX_FORWARDS);
  if (next === undefined || isOwn(next)) return false;
  if (!(hops > 0)) {
    respondStatelessly(context, request, flow, 483, 'Too Many Hops');
    return true;
  }
  const fields: Field[] = [VIA_PLACE, ...onward.map((route): Field => ['Route', route])];
  const { fieldNames } = request;
  request.fields.forEach((field, i) => {
    const name = fieldNames[i];
    if (name !== 'route' && name !== 'max-forwards') fields.push(field);
  });
  fields.push(['Max-Forwards', String(hops - 1)]);
  follow(lookUpUri(context, next), (found) => {
    const hop = found[0];
    const local = hop && context.network.find(hop.protocol, hop.address);
    if (hop === undefined || local === undefined) return; // whoever asked has a timer (§16.11)
    fields[0] = ['Via', `${local.viaStart}${branchOf(request.via, request)}${local.viaEnd}`];
    local.transport.send(SipMessage.request(request.method, request.uri, fields, request.body).text, hop, ignore);
  });
  context.meter.count('sip_engine_relayed_total');
  return true;
}

/** Sends the response to a relayed request back where that came from. False: we did not relay it. */
export function relayResponse(context: Context, response: SipMessage): boolean {
  const branch = response.via.params.get('branch') ?? '';
  if (!branch.startsWith(BRANCH_START)) return false;
  const passed = withoutTopVia(response);
  const behind = passed?.tryVia();
  if (passed === undefined || behind === undefined || branchOf(behind, passed) !== branch) return false;
  const protocol = behind.transport.toLowerCase() as Protocol;
  // What we wrote there ourselves when the request came (§18.2.2, RFC 3581 §4).
  const address = behind.params.get('received') ?? behind.host;
  const port = Number(behind.params.get('rport') ?? behind.port ?? (protocol === 'tls' ? 5061 : 5060));
  const local: Local | undefined = context.network.find(protocol, address);
  local?.transport.send(passed.text, { address, port }, ignore);
  return local !== undefined;
}

const ignore = (): void => {};
