import { CodedError } from '../base/errors.js';
import { type NameAddress, parseNameAddress } from './address.js';
import { canonicalName, splitValues } from './headers.js';
import { parseVia, type Via } from './via.js';

/** A header field: the name as written, the value unfolded and trimmed. */
export type Field = readonly [name: string, value: string];

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

const EMPTY: readonly string[] = [];

/**
 * A SIP message, request or response. Immutable. Text is a binary string (one char is one byte).
 * Names are asked for in lower-case long form (`call-id`, `via`). Typed views are parsed on first use; they throw
 * SIP_MALFORMED, which cannot happen after `defectOf` has passed the message.
 */
export class SipMessage {
  readonly method: string;
  readonly uri: string;
  /** 0 for a request. */
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly Field[];
  readonly body: string;
  #text: string | undefined;
  #from: NameAddress | undefined;
  #to: NameAddress | undefined;
  #via: Via | undefined;
  #cseq: CSeq | undefined;

  private constructor(
    method: string,
    uri: string,
    status: number,
    reason: string,
    fields: readonly Field[],
    body: string,
    text?: string,
  ) {
    this.method = method;
    this.uri = uri;
    this.status = status;
    this.reason = reason;
    this.fields = fields;
    this.body = body;
    this.#text = text;
  }

  /** `text`: the message as it stands on the wire, where it is already known. */
  static request(method: string, uri: string, fields: readonly Field[], body = '', text?: string): SipMessage {
    return new SipMessage(method, uri, 0, '', fields, body, text);
  }

  static response(status: number, reason: string, fields: readonly Field[], body = '', text?: string): SipMessage {
    return new SipMessage('', '', status, reason, fields, body, text);
  }

  get isRequest(): boolean {
    return this.status === 0;
  }

  /** The whole message as it goes over the wire; Content-Length is the serializer's. */
  get text(): string {
    this.#text ??= this.#serialize();
    return this.#text;
  }

  first(name: string): string | undefined {
    for (const field of this.fields) if (canonicalName(field[0]) === name) return field[1];
    return undefined;
  }

  has(name: string): boolean {
    return this.first(name) !== undefined;
  }

  /** The values of all fields of that name, one for each field line. */
  all(name: string): readonly string[] {
    let found: string[] | undefined;
    for (const field of this.fields) {
      if (canonicalName(field[0]) !== name) continue;
      found ??= [];
      found.push(field[1]);
    }
    return found ?? EMPTY;
  }

  /** As {@link all}, with comma-separated lists taken apart (RFC 3261 §7.3.1). Not for Date or credentials. */
  values(name: string): readonly string[] {
    return this.all(name).flatMap(splitValues);
  }

  get callId(): string {
    return this.first('call-id') ?? '';
  }

  get from(): NameAddress {
    this.#from ??= this.#address('from');
    return this.#from;
  }

  get to(): NameAddress {
    this.#to ??= this.#address('to');
    return this.#to;
  }

  get fromTag(): string {
    return this.from.params.get('tag') ?? '';
  }

  get toTag(): string {
    return this.to.params.get('tag') ?? '';
  }

  /** The topmost Via. */
  get via(): Via {
    if (this.#via === undefined) {
      const via = parseVia(splitValues(this.first('via') ?? '')[0] ?? '');
      if (via === undefined) throw new CodedError('SIP_MALFORMED', 'Via is missing or malformed');
      this.#via = via;
    }
    return this.#via;
  }

  get cseq(): CSeq {
    if (this.#cseq === undefined) {
      const match = /^(\d{1,10})\s+(\S+)$/.exec(this.first('cseq') ?? '');
      if (match === null) throw new CodedError('SIP_MALFORMED', 'CSeq is missing or malformed');
      this.#cseq = { number: Number(match[1]), method: match[2] as string };
    }
    return this.#cseq;
  }

  /** The first Contact; undefined when there is none, or it is malformed or `*`. */
  get contact(): NameAddress | undefined {
    const value = this.values('contact')[0];
    return value === undefined ? undefined : parseNameAddress(value);
  }

  #address(name: 'from' | 'to'): NameAddress {
    const address = parseNameAddress(this.first(name) ?? '');
    if (address === undefined) throw new CodedError('SIP_MALFORMED', `${name} is missing or malformed`);
    return address;
  }

  #serialize(): string {
    let head = this.isRequest ? `${this.method} ${this.uri} SIP/2.0\r\n` : `SIP/2.0 ${this.status} ${this.reason}\r\n`;
    for (const [name, value] of this.fields) {
      if (canonicalName(name) !== 'content-length') head += `${name}: ${value}\r\n`;
    }
    return `${head}Content-Length: ${this.body.length}\r\n\r\n${this.body}`;
  }
}
