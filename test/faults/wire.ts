/** Sockets and the text of SIP messages, as callers and members of the drills send them. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export const HOST = '127.0.0.1';
export const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 4000 RTP/AVP 8',
  '',
].join('\r\n');

export async function listening(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  socket.on('error', () => {}); // a node that is gone
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket;
}

export const portOf = (socket: Socket): number => (socket.address() as AddressInfo).port;

export const field = (message: string, name: string): string =>
  new RegExp(`^${name}: *(.*?)\r?$`, 'im').exec(message)?.[1] ?? '';

export const contactOf = (message: string): string => /<([^>]*)>/.exec(field(message, 'Contact'))?.[1] ?? '';

/** Of a From or To; empty where there is none. */
export const tagOf = (value: string): string => /;tag=([^;\s]+)/.exec(value)?.[1] ?? '';

export function responseTo(request: string, status: string, tag: string, port: number): string {
  const to = field(request, 'To');
  const body = request.startsWith('INVITE') && status.startsWith('2') ? SDP : '';
  const vias = request.split('\r\n').filter((line) => /^Via:/i.test(line));
  const lines = [
    `SIP/2.0 ${status}`,
    ...vias,
    `From: ${field(request, 'From')}`,
    `To: ${to}${to.includes(';tag=') ? '' : `;tag=${tag}`}`,
    `Call-ID: ${field(request, 'Call-ID')}`,
    `CSeq: ${field(request, 'CSeq')}`,
    `Contact: <sip:desk@${HOST}:${port}>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
