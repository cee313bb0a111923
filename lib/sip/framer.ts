import { scanHead } from './scan.js';

/**
 * What a stream yields. A `ping` wants one CRLF as its answer (RFC 5626 §3.5.1). After an `error` nothing more can be told
 * apart: the connection has to be closed; `text` is the head of the message that broke it, if a 400 is to be tried.
 */
export type Framed =
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'ping' }
  | { readonly kind: 'error'; readonly reason: string; readonly text: string };

const END = '\r\n\r\n';

/**
 * Cuts the bytes of one TCP or TLS connection into messages by Content-Length (RFC 3261 §18.3). Chunks are gathered without
 * being looked at twice, so bytes that trickle in one by one cost no more than their number; never more than one message is
 * kept.
 */
export class MessageFramer {
  private readonly mostBytes: number;
  private buffer = '';
  /** The last three bytes of `buffer`: an empty line may be spread over chunks. */
  private tail = '';
  /** Bytes of the message being received; 0 while its head is incomplete. */
  private needed = 0;
  private begun = false;
  private broken = false;

  /** @param mostBytes of one message */
  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  /** Bytes that wait for the rest of their message. */
  get length(): number {
    return this.buffer.length;
  }

  /** A message has begun and not ended: there is more than keep-alives. */
  get isWithin(): boolean {
    return this.begun;
  }

  push(chunk: string): Framed[] {
    const framed: Framed[] = [];
    if (this.broken || chunk === '') return framed;
    const ended = this.tail + chunk;
    this.buffer += chunk;
    this.tail = ended.slice(-3);
    this.begun ||= beginsMessage(chunk);
    if (this.needed === 0 && !ended.includes(END)) this.checkBound(framed);
    else if (this.buffer.length >= this.needed) this.cut(framed);
    return framed;
  }

  /** Takes every whole message off the buffer. */
  private cut(framed: Framed[]): void {
    let position = 0;
    while (!this.broken) {
      if (this.needed === 0) {
        position = this.skipKeepAlives(position, framed);
        const headEnd = this.buffer.indexOf(END, position);
        if (headEnd < 0) break;
        this.measure(this.buffer.slice(position, headEnd + END.length), framed);
      }
      if (this.broken || this.buffer.length - position < this.needed) break;
      framed.push({ kind: 'message', text: this.buffer.slice(position, position + this.needed) });
      position += this.needed;
      this.needed = 0;
    }
    this.buffer = this.broken ? '' : this.buffer.slice(position);
    this.begun = this.needed > 0 || beginsMessage(this.buffer);
    this.tail = this.buffer.slice(-3);
    if (this.needed === 0) this.checkBound(framed);
  }

  /** A run of pings gets one answer, so that no flood of them is doubled; a lone CRLF is a pong, or precedes a message (§7.5). */
  private skipKeepAlives(from: number, framed: Framed[]): number {
    let position = from;
    if (this.buffer.startsWith(END, position)) framed.push({ kind: 'ping' });
    while (this.buffer.startsWith(END, position)) position += END.length;
    if (this.buffer.startsWith('\r\n', position) && !'\r\n\r\n'.startsWith(this.buffer.slice(position, position + 4)))
      position += 2;
    return position;
  }

  private measure(head: string, framed: Framed[]): void {
    const { contentLength } = scanHead(head);
    if (contentLength === -1) this.fail('Content-Length is missing', head, framed);
    else if (Number.isNaN(contentLength)) this.fail('Content-Length is malformed', head, framed);
    else if (head.length + contentLength > this.mostBytes) this.fail('Message is too large', head, framed);
    else this.needed = head.length + contentLength;
  }

  private checkBound(framed: Framed[]): void {
    if (this.buffer.length > this.mostBytes) this.fail('Header section is too large', this.buffer, framed);
  }

  private fail(reason: string, text: string, framed: Framed[]): void {
    this.broken = true;
    this.buffer = '';
    framed.push({ kind: 'error', reason, text });
  }
}

const beginsMessage = (bytes: string): boolean => /[^\r\n]/.test(bytes);
