/** What an application asks for: frames turned into commands. */
import type { Draft, LateAnswer, RequestDraft, ResponseDraft } from '../engine/api.js';
import { trim } from '../sip/chars.js';
import { canonicalName, splitValues } from '../sip/headers.js';
import { DELIVER, LATE_ANSWER, LOCALHOST, ROUTE, TRYING } from '../sip/link-headers.js';
import type { Field } from '../sip/message.js';
import { isToken } from '../sip/tokens.js';

/** `NO`: a fault of the protocol, the connection is closed after it. `NOK`: this operation failed. */
export type FailureWord = 'NO' | 'NOK';

/** `id` is the application's message id, which the answer quotes. */
export type Command = { readonly id: string } & (
  | { readonly kind: 'authenticate'; readonly secret: string; readonly tags: readonly string[] }
  | { readonly kind: 'ping' }
  | { readonly kind: 'route' | 'remove-route'; readonly verb: string }
  | { readonly kind: 'respond'; readonly transactionId: string; readonly draft: ResponseDraft }
  | { readonly kind: 'request'; readonly draft: RequestDraft }
  | { readonly kind: 'request-in-dialog'; readonly dialogId: string; readonly draft: RequestDraft }
  | { readonly kind: 'acknowledge'; readonly dialogId: string; readonly draft: Draft }
  | { readonly kind: 'cancel'; readonly transactionId: string; readonly draft: Draft; readonly late: LateAnswer }
  /** A request that names a transaction but is no CANCEL gets no answer. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'failure'; readonly word: FailureWord; readonly text: string }
);

const CRLF = '\r\n';
const REQUEST_LINE = /^([\w.!%*+`'~-]+) +([^ ]+) +SIP\/2\.0$/;
const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/;

/** `proxy` is not served: the application answers the request itself, or calls its target by an INVITE of its own. */
const NO_PROXY = 'proxy is not supported: this server is a back-to-back user agent and forwards no request';

export function parseCommand(content: string): Command {
  const end = content.indexOf(CRLF);
  const tokens = (end < 0 ? content : content.slice(0, end)).split('|');
  const payload = end < 0 ? '' : content.slice(end + 2);
  const id = tokens[0] ?? '';
  if (tokens.length < 2) return failure(id, 'NO', 'Invalid message format');
  switch (tokens[1]) {
    case 'sip':
      return sipCommand(id, tokens, payload);
    case 'proxy':
      return failure(id, 'NOK', NO_PROXY);
    case 'ping':
      return { id, kind: 'ping' };
    case 'route':
      return { id, kind: 'route', verb: tokens[2] ?? '' };
    case 'remove_route':
      return { id, kind: 'remove-route', verb: tokens[2] ?? '' };
    case 'authenticate':
      return { id, kind: 'authenticate', secret: tokens[2] ?? '', tags: (tokens[3] ?? '').split(',') };
    default:
      return failure(id, 'NO', 'Unknown message type');
  }
}

const failure = (id: string, word: FailureWord, text: string): Command => ({ id, kind: 'failure', word, text });

/** The order of the questions is the protocol's. */
function sipCommand(id: string, tokens: readonly string[], payload: string): Command {
  const transactionId = tokens[2] ?? '';
  const dialogId = tokens[3] ?? '';
  const { startLine, fields: given, body } = takeApart(payload);
  const [fields, keepsLocalhost] = withoutWish(given, LOCALHOST);
  const draft: Draft = { fields, body, ...(keepsLocalhost && { keepsLocalhost }) };
  if (startLine.startsWith('SIP/')) return responseCommand(id, transactionId, startLine, draft);
  const line = REQUEST_LINE.exec(startLine);
  if (line === null) return failure(id, 'NOK', `invalid request-uri: ${startLine}`);
  const method = line[1] as string;
  const uri = line[2] as string;
  if (dialogId !== '') {
    if (method === 'ACK') return { id, kind: 'acknowledge', dialogId, draft };
    return { id, kind: 'request-in-dialog', dialogId, draft: { ...draft, method, uri } };
  }
  if (transactionId !== '') {
    if (method !== 'CANCEL') return { id, kind: 'ignored' };
    return cancelCommand(id, transactionId, draft);
  }
  const [unrouted, route] = withoutRoute(fields);
  const [rest, deliverTrying] = withoutWish(unrouted, TRYING);
  const nextHop = tokens[4] === '' ? undefined : tokens[4];
  const request = {
    ...draft,
    method,
    uri,
    fields: rest,
    ...(nextHop && { nextHop }),
    ...(route && { route }),
    ...(deliverTrying && { deliverTrying }),
  };
  return { id, kind: 'request', draft: request };
}

function responseCommand(id: string, transactionId: string, startLine: string, draft: Draft): Command {
  if (transactionId === '') return failure(id, 'NO', 'transaction id missing');
  const line = STATUS_LINE.exec(startLine);
  if (line === null) return failure(id, 'NOK', 'Unknown server error sending response');
  return { id, kind: 'respond', transactionId, draft: { ...draft, status: Number(line[1]), reason: line[2] ?? '' } };
}

function cancelCommand(id: string, transactionId: string, draft: Draft): Command {
  const [fields, deliver] = withoutWish(draft.fields, LATE_ANSWER);
  const late = deliver ? 'deliver' : 'release';
  return { id, kind: 'cancel', transactionId, draft: { ...draft, fields }, late };
}

/** The fields without those of that name, and whether one of them said `deliver`. */
function withoutWish(fields: readonly Field[], wish: string): [fields: readonly Field[], deliver: boolean] {
  const found = fields.find((field) => canonicalName(field[0]) === wish);
  if (found === undefined) return [fields, false];
  return [fields.filter((field) => canonicalName(field[0]) !== wish), found[1].toLowerCase() === DELIVER];
}

function withoutRoute(fields: readonly Field[]): [fields: readonly Field[], route: readonly string[] | undefined] {
  const isRoute = ([name]: Field): boolean => canonicalName(name) === ROUTE;
  if (!fields.some(isRoute)) return [fields, undefined];
  const route = fields.filter(isRoute).flatMap(([, value]) => splitValues(value));
  return [fields.filter((field) => !isRoute(field)), route];
}

interface TakenApart {
  readonly startLine: string;
  readonly fields: readonly Field[];
  readonly body: string;
}

/** The body is everything to the end of the frame, whatever Content-Length says; bad header lines are dropped. */
function takeApart(payload: string): TakenApart {
  const headEnd = payload.indexOf('\r\n\r\n');
  const head = headEnd < 0 ? payload : payload.slice(0, headEnd);
  const body = headEnd < 0 ? '' : payload.slice(headEnd + 4);
  const lines = head.split(/[\r\n]+/);
  const fields: Field[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] as string;
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = trim(line.slice(0, colon));
    if (!isToken(name) || canonicalName(name) === 'content-length') continue;
    fields.push([name, trim(line.slice(colon + 1))]);
  }
  return { startLine: lines[0] as string, fields, body };
}
