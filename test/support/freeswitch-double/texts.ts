/** What the double says of itself, and how it reads what it is told. Pure. */
import type { SipMessage } from '../../../lib/sip/message.js';
import { parseSdp } from './sdp.js';

export const heartbeatOf = (sessions: number, most: number): Record<string, string> => ({
  'Event-Name': 'HEARTBEAT',
  'Core-UUID': 'double',
  'Max-Sessions': String(most),
  'Session-Count': String(sessions),
  'Session-Per-Sec': '30',
  'FreeSWITCH-Hostname': 'double',
  'FreeSWITCH-IPv4': '127.0.0.1',
  'FreeSWITCH-IPv6': '::1',
  'FreeSWITCH-Version': 'double',
  'Idle-CPU': '99.0',
});

/** @param at address and port of its profile; undefined: it has none of that name */
export function sofiaStatus(at: string | undefined, channels: number): string {
  const line = at === undefined ? '' : `drachtio_mrf\tprofile\t  sip:mod_sofia@${at}\tRUNNING (${channels})`;
  return ['                     Name\t   Type\t  Data\tState', line, '1 profile', ''].join('\n');
}

/** 488 for what has no codec of PCMU and PCMA over plain RTP. */
export function refusalOf(sdp: string): number | undefined {
  if (sdp === '') return undefined;
  const described = parseSdp(sdp);
  if (described?.protocol !== 'RTP/AVP') return 488;
  return described.payloads.some((type) => type === 0 || type === 8) ? undefined : 488;
}

/** RFC 2976 left the body open: both that are in use. */
export function digitIn(info: SipMessage): string | undefined {
  const type = info.first('content-type') ?? '';
  if (type.includes('dtmf-relay')) return /Signal\s*=\s*([\d*#A-D])/i.exec(info.body)?.[1];
  return type.includes('application/dtmf') ? info.body.trim()[0] : undefined;
}
