import { ListedFields } from '../../lib/sip/fields.js';
import { canonicalName } from '../../lib/sip/headers.js';
import { type Field, SipMessage } from '../../lib/sip/message.js';
import { parseMessage } from '../../lib/sip/parse.js';

const LINES = [
  'INVITE sip:+37167000000@10.1.0.9 SIP/2.0',
  'Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bKa1;rport',
  'Max-Forwards: 70',
  'From: "Caller" <sip:+37120000009@10.1.0.1>;tag=f1',
  'To: <sip:+37167000000@10.1.0.9>',
  'Call-ID: c1@10.1.0.1',
  'CSeq: 7 INVITE',
  'Contact: <sip:caller@10.1.0.1:5060>',
  'Content-Length: 0',
];

/**
 * The usual INVITE, without the lines that begin with a name in `changes`, and with the lines given for it at the end; an empty
 * line only removes. The line under `INVITE` is the start line.
 */
export function inviteText(changes: Record<string, string | string[]> = {}): string {
  const { INVITE, ...headers } = changes;
  const [start, ...lines] = LINES as [string, ...string[]];
  const kept = lines.filter((line) => !Object.keys(headers).some((name) => line.startsWith(name)));
  const added = Object.values(headers).flat();
  return [INVITE ?? start, ...kept, ...added.filter((line) => line !== ''), '', ''].flat().join('\r\n');
}

export function parsed(text: string): SipMessage {
  const message = parseMessage(text);
  if (message === undefined) throw new Error('no SIP message');
  return message;
}

/** The canonical name of each field. */
export const namesOf = (message: SipMessage): string[] => message.fields.map(([name]) => canonicalName(name));

/** The message with exactly one field of that name: in place of the first, at the end where there was none. */
export function withHeader(message: SipMessage, name: string, value: string): SipMessage {
  const canonical = name.toLowerCase();
  const names = namesOf(message);
  const at = names.indexOf(canonical);
  const field: Field = [name, value];
  const fields =
    at < 0
      ? [...message.fields, field]
      : message.fields.flatMap((old, i) => (i === at ? [field] : names[i] === canonical ? [] : [old]));
  return SipMessage.parsed(message, new ListedFields(fields), message.body, message.fault);
}
