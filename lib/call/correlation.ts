/**
 * What joins the legs of a call for those who watch the wire: a header of each member's INVITE that names the Call-ID of the caller's
 * leg, as sngrep and Homer follow it. Pure.
 */
import type { Headers } from '../sip-server/sip-server.js';
import type { Picked } from './headers.js';

/** A longer one does not fit where it is of use, and would be another one when it is cut. */
const LONGEST = 256;

/** @param name as configured; empty: none is sent */
export function correlate(headers: Picked, name: string, received: Headers): void {
  const callId = received['call-id'];
  if (name === '' || callId === undefined || callId.length > LONGEST) return;
  const passed = name.toLowerCase();
  // What the caller's own network has joined is not ours to join again.
  if (headers[passed] !== undefined) delete headers[passed];
  headers[name] = callId;
}
