/** One message of a `-trace_msg` file. */
export interface TracedMessage {
  /** Milliseconds since 1970, as SIPp saw it. */
  readonly at: number;
  readonly direction: 'sent' | 'received';
  /** `INVITE` for the request, `180 INVITE` for a response to it: what a test compares sequences of. */
  readonly name: string;
  readonly status: number | undefined;
  readonly callId: string;
  readonly text: string;
  readonly body: string;
  /** The first value of a header, by its full name. */
  header(name: string): string | undefined;
}

const DIVIDER = /^-{20,} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+)\n/m;
/** An unexpected message is traced a second time, without its time. */
const AGAIN = /^-{20,}\n[\s\S]*/m;
const KIND = /^\S+ message (sent|received)[^\n]*\n\n/;

/** The messages of a SIPp trace, in the order of the file. A message still being written is left out. */
export function parseTrace(trace: string): readonly TracedMessage[] {
  const parts = trace.split(DIVIDER);
  const messages: TracedMessage[] = [];
  for (let i = 1; i + 1 < parts.length; i += 2) {
    const message = parseMessage(parts[i] ?? '', parts[i + 1] ?? '');
    if (message !== undefined) messages.push(message);
  }
  return messages;
}

/** `sent INVITE`, `received 180 INVITE`, …: what a test compares with what should have happened. */
export const namesOf = (messages: readonly TracedMessage[]): string[] =>
  messages.map(({ direction, name }) => `${direction} ${name}`);

function parseMessage(time: string, part: string): TracedMessage | undefined {
  const kind = KIND.exec(part);
  if (kind === null) return undefined;
  const text = part.slice(kind[0].length).replace(AGAIN, '');
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  const header = (name: string): string | undefined => {
    const prefix = `${name.toLowerCase()}:`;
    return lines
      .find((line) => line.toLowerCase().startsWith(prefix))
      ?.slice(prefix.length)
      .trim();
  };
  const status = start.startsWith('SIP/2.0 ') ? Number(start.slice(8, 11)) : undefined;
  const method = (header('CSeq') ?? '').replace(/^\d+\s+/, '');
  return {
    at: timeOf(time),
    direction: kind[1] === 'sent' ? 'sent' : 'received',
    name: status === undefined ? start.slice(0, start.indexOf(' ')) : `${status} ${method}`,
    status,
    callId: header('Call-ID') ?? '',
    text,
    body: text.slice(end + 4).trimEnd(),
    header,
  };
}

/** SIPp writes local time with microseconds. */
function timeOf(text: string): number {
  const [date = '', fraction = '0'] = text.split('.');
  return new Date(date.replace(' ', 'T')).getTime() + Number(`0.${fraction}`) * 1000;
}
