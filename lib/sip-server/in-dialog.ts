/**
 * Requests within a dialog that no bridge passes on: while phones ring, and on legs that are being left. None of these answers
 * ends the call: 481 would, 480 and 489 might (RFC 5057 §5.1).
 */
import { tagOf } from '../sip/address.js';
import { isSameToken } from '../sip/tokens.js';
import { unsupportedValue } from '../sip/unsupported.js';
import { ABILITIES, ALLOW, unknownOptions } from './abilities.js';
import type { HeadersToSend, IncomingRequest } from './sip-server.js';

interface Answer {
  readonly status: number;
  readonly headers?: HeadersToSend;
}

const OK: Answer = { status: 200 };
const PENDING: Answer = { status: 491 };
/** It may come again when the call is answered. */
const LATER: Answer = { status: 500, headers: { 'retry-after': '5' } };
/** We have named no Info Packages that we want (RFC 6086 §4.2.2). */
const BAD_PACKAGE: Answer = { status: 469, headers: { 'recv-info': '' } };
const NOT_ALLOWED: Answer = { status: 405, headers: { allow: ALLOW } };

/** @param ours the INVITE that made the dialog is ours */
type Rule = (request: IncomingRequest, ours: boolean) => Answer;

/** What is not listed is not allowed (RFC 3261 §8.2.1). PRACK belongs to the INVITE that it speaks of. */
const RULES = new Map<string, Rule>([
  // Also from a callee who must not send it (RFC 3261 §15): the final response to our INVITE is still to come.
  ['BYE', () => OK],
  // RFC 6086 §4.2.2. Digits for a phone that rings are of no use to it.
  ['INFO', ({ headers }) => (headers['info-package'] === undefined ? OK : BAD_PACKAGE)],
  ['OPTIONS', () => ({ status: 200, headers: ABILITIES })], // RFC 3261 §12.2.2: as outside the dialog
  // RFC 3311 §5.2: an offer is open, ours towards a member (edge case 26) or the caller's towards us.
  ['UPDATE', ({ body }, ours) => (body === '' ? OK : ours ? PENDING : LATER)],
  ['INVITE', (_invite, ours) => (ours ? PENDING : LATER)], // RFC 3261 §14.2
  ['MESSAGE', () => LATER], // nobody is there yet who could read it
  ['REFER', () => ({ status: 603 })], // a transfer would take the call out of our hands (edge case 75)
]);

/** Answers a request that concerns nobody but us. */
export function answerAlone(request: IncomingRequest): void {
  const { status, headers = {} } = answerFor(request);
  request.respond(status, { headers });
}

function answerFor(request: IncomingRequest): Answer {
  const { method, headers } = request;
  // RFC 3261 §8.2.2.3
  const unknown = method === 'BYE' ? [] : unknownOptions(headers.require);
  if (unknown.length > 0) return { status: 420, headers: { unsupported: unsupportedValue(unknown) } };
  const rule = RULES.get(method);
  return rule === undefined ? NOT_ALLOWED : rule(request, isOurs(request));
}

/** A dialog is named by Call-ID and From tag of the INVITE that made it: in what the callee sends, that tag is in To. */
function isOurs(request: IncomingRequest): boolean {
  const { dialog, headers } = request;
  const start = `${headers['call-id']};from-tag=`;
  return dialog.startsWith(start) && isSameToken(dialog.slice(start.length), toTagOf(request));
}

/** Empty: it is outside any dialog. */
export const toTagOf = ({ headers }: IncomingRequest): string => tagOf(headers.to ?? '');
