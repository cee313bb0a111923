/** Frames of an application, and the texts of messages: part of the double of drachtio-server. */
import { randomUUID } from 'node:crypto';

export const HOST = '127.0.0.1';
export const CRLF = '\r\n';

/** A frame of the application. */
export interface Command {
  readonly id: string;
  readonly transaction: string;
  readonly dialog: string;
  /** `INVITE`, or the status of a response. */
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of a request: that of its responses. */
  readonly own: string;
}

export const lines = (fields: readonly string[]): string => fields.map((field) => CRLF + field).join('');

export const withBody = (body: string): string =>
  body === ''
    ? `${CRLF}Content-Length: 0${CRLF}${CRLF}`
    : `${CRLF}Content-Type: application/sdp${CRLF}Content-Length: ${body.length}${CRLF}${CRLF}${body}`;

export function commandOf(id: string, [transaction = '', dialog = '']: readonly string[], text: string): Command {
  const [head = '', ...rest] = text.split(CRLF + CRLF);
  const [startLine = '', ...lines] = head.split(CRLF);
  const [first = '', second = ''] = startLine.split(' ');
  const fields = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return {
    id,
    transaction,
    dialog,
    name: first === 'SIP/2.0' ? second : first,
    headers: Object.fromEntries(fields) as Record<string, string>,
    body: rest.join(CRLF + CRLF),
    own: randomUUID(),
  };
}

export const dialogOf = ({ dialog, own }: Command): string => (dialog === '' ? `${own}@double;from-tag=our` : dialog);

export function headOf(command: Command): string {
  const [callId, tag] = dialogOf(command).split(';from-tag=');
  return [
    `Via: SIP/2.0/UDP ${HOST}:5060;branch=z9hG4bK${command.own}`,
    `From: <sip:us@${HOST}>;tag=${tag}`,
    'To: <sip:peer@127.0.0.1>;tag=rt1',
    `Call-ID: ${callId}`,
    `CSeq: 1 ${command.name}`,
  ].join(CRLF);
}
