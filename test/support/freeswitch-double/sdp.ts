/** As much of a session description as the double and the phones of tests need. */
export interface Described {
  readonly address: string;
  readonly port: number;
  readonly payloads: readonly number[];
  readonly direction: string;
  readonly protocol: string;
  /** The payload type of telephone-event; undefined: there is none. */
  readonly events: number | undefined;
}

export function parseSdp(text: string): Described | undefined {
  const audio = /^m=audio (\d+) (\S+) ([\d ]+)/m.exec(text);
  if (audio === null) return undefined;
  const [, port = '0', protocol = '', payloads = ''] = audio;
  const events = /^a=rtpmap:(\d+) telephone-event/m.exec(text)?.[1];
  return {
    address: /^c=IN IP4 (\S+)/m.exec(text)?.[1] ?? '0.0.0.0',
    port: Number(port),
    payloads: payloads.trim().split(' ').map(Number),
    direction: /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(text)?.[1] ?? 'sendrecv',
    protocol,
    events: events === undefined ? undefined : Number(events),
  };
}

export interface SdpParts {
  readonly owner: string;
  readonly version: number;
  readonly address: string;
  readonly port: number;
  readonly payloads?: readonly number[];
  readonly events?: number;
  readonly direction?: string;
}

export function writeSdp({
  owner,
  version,
  address,
  port,
  payloads = [0, 8],
  events = 101,
  direction,
}: SdpParts): string {
  const lines = [
    'v=0',
    `o=${owner} 1 ${version} IN IP4 ${address}`,
    `s=${owner}`,
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${[...payloads, events].join(' ')}`,
    `a=rtpmap:${events} telephone-event/8000`,
    `a=fmtp:${events} 0-15`,
    'a=ptime:20',
    ...(direction === undefined ? [] : [`a=${direction}`]),
  ];
  return `${lines.join('\r\n')}\r\n`;
}
