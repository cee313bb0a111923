import { existsSync, readFileSync } from 'node:fs';
import type { Arrow } from '../explain/draw.js';

/** A party of the demo's call, and the file into which its SIPp writes each message as it goes or comes. */
interface Traced {
  readonly name: string;
  readonly file: string;
}

export interface Message extends Omit<Arrow, 'note'> {
  /** `INVITE`, or `180 INVITE` for a response. */
  readonly name: string;
}

const DIVIDER = /^-{20,} (\d{4}-\d\d-\d\d)[\t ](\d\d:\d\d:\d\d\.\d+).*\n/m;

/** All messages of a SIPp trace. One that is still being written is left out. */
export function parseTrace(party: string, service: string, text: string): Message[] {
  const parts = text.split(DIVIDER);
  const messages: Message[] = [];
  for (let i = 1; i + 2 < parts.length; i += 3) {
    const message = parseMessage(party, service, parts[i + 2] ?? '');
    if (message !== undefined) messages.push({ at: timeOf(parts[i] ?? '', parts[i + 1] ?? ''), ...message });
  }
  return messages;
}

function parseMessage(party: string, service: string, part: string): Omit<Message, 'at'> | undefined {
  const kind = /^\S+ message (sent|received)[^\n]*\n\n/.exec(part);
  if (kind === null || !part.includes('\r\n\r\n')) return undefined;
  const start = part.slice(kind[0].length);
  const method = /^CSeq: *\d+ +(\S+)/im.exec(start)?.[1] ?? '';
  const status = /^SIP\/2\.0 (\d{3}) ([^\r]*)/.exec(start);
  const name = status === null ? start.slice(0, start.indexOf(' ')) : `${status[1]} ${method}`;
  const label = status?.[1] ?? name;
  const [from, to] = kind[1] === 'sent' ? [party, service] : [service, party];
  return { from, to, label, name };
}

/** SIPp writes local time with microseconds. */
function timeOf(date: string, time: string): number {
  const [whole, fraction = '0'] = time.split('.');
  return new Date(`${date}T${whole}`).getTime() + Number(`0.${fraction}`) * 1000;
}

/** Reads the traces of several parties again and again, and yields what is new, in the order of time. */
export class Tap {
  readonly #parties: readonly Traced[];
  readonly #service: string;
  readonly #seen = new Map<string, number>();

  constructor(parties: readonly Traced[], service: string) {
    this.#parties = parties;
    this.#service = service;
  }

  /** New messages up to the time `until`; what is later waits, because another party's file may still get something earlier. */
  take(until: number): Message[] {
    const fresh: Message[] = [];
    for (const { name, file } of this.#parties) {
      if (!existsSync(file)) continue;
      const seen = this.#seen.get(name) ?? 0;
      const messages = parseTrace(name, this.#service, readFileSync(file, 'latin1')).slice(seen);
      const due = messages.filter(({ at }) => at <= until);
      this.#seen.set(name, seen + due.length);
      fresh.push(...due);
    }
    return fresh.sort((a, b) => a.at - b.at);
  }
}
