/** Messages of callers who do not mean well. */
import { SDP } from '../support/sip-peer.js';
import type { Address } from './sockets.js';

interface Parts {
  readonly source: Address;
  readonly number: string;
  /** Makes branch, tag and Call-ID. */
  readonly id: string;
  readonly transport?: string;
}

export function request(method: string, { source, number, id, transport = 'UDP' }: Parts, body = ''): string {
  const end = `${source.host}:${source.port}`;
  return [
    `${method} sip:${number}@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/${transport} ${end};branch=z9hG4bK-${id}`,
    `From: <sip:+37129999999@${end}>;tag=f-${id}`,
    `To: <sip:${number}@127.0.0.1>`,
    `Call-ID: hostile-${id}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:+37129999999@${end}>`,
    'Max-Forwards: 70',
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

export const invite = (parts: Parts): string => request('INVITE', parts, SDP);

/** A response to nothing. */
export const stray = (parts: Parts): string =>
  request('INVITE', parts)
    .replace(/^[^\r]*/, 'SIP/2.0 200 OK')
    .replace('127.0.0.1>\r\nCall', '127.0.0.1>;tag=t\r\nCall');
