import { CodedError } from '../base/errors.js';
import { type NameAddress, parseNameAddress } from './address.js';
import { isSpaceCode, isToken, parseDigits, trim } from './chars.js';
import type { Defect } from './defect.js';
import { canonicalName, splitValues, valueEnd } from './headers.js';
import type { Field } from './scan.js';
import { parseVia, type Via } from './via.js';

export type { Field } from './scan.js';

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** What the parser knows of a message. */
export interface Parts {
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly Field[];
  readonly body: string;
  /** The canonical name of each field. */
  readonly names?: readonly string[] | undefined;
  /** The message as it stands on the wire. */
  readonly text?: string | undefined;
  /** Where in `text` the value of the first Via field stands; -1 or absent: unknown. */
  readonly viaFrom?: number;
  readonly viaTo?: number;
  readonly fault?: Defect | undefined;
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
  /** What the parser had to overlook. */
  readonly fault: Defect | undefined;
  /** Where in `text` the value of the first Via field stands; -1 when unknown. */
  readonly viaFrom: number;
  readonly viaTo: number;
  private names: readonly string[] | undefined;
  private wire: string | undefined;
  // Typed views: undefined is not yet parsed, null is malformed.
  private parsedFrom: NameAddress | null | undefined;
  private parsedTo: NameAddress | null | undefined;
  private parsedVia: Via | null | undefined;
  private parsedCSeq: CSeq | null | undefined;
  private parsedContact: NameAddress | null | undefined;

  private constructor(parts: Parts) {
    this.method = parts.method;
    this.uri = parts.uri;
    this.status = parts.status;
    this.reason = parts.reason;
    this.fields = parts.fields;
    this.body = parts.body;
    this.fault = parts.fault;
    this.viaFrom = parts.viaFrom ?? -1;
    this.viaTo = parts.viaTo ?? -1;
    this.names = parts.names;
    this.wire = parts.text;
    this.parsedFrom = undefined;
    this.parsedTo = undefined;
    this.parsedVia = undefined;
    this.parsedCSeq = undefined;
    this.parsedContact = undefined;
  }

  /** `text`: the message as it stands on the wire, where it is already known. */
  static request(method: string, uri: string, fields: readonly Field[], body = '', text?: string): SipMessage {
    return new SipMessage({ method, uri, status: 0, reason: '', fields, body, text });
  }

  static response(status: number, reason: string, fields: readonly Field[], body = '', text?: string): SipMessage {
    return new SipMessage({ method: '', uri: '', status, reason, fields, body, text });
  }

  static parsed(parts: Parts): SipMessage {
    return new SipMessage(parts);
  }

  /**
   * The same message with another value in its first Via field. The views that do not change are kept.
   * @param written the value as it shall stand in the text
   */
  withFirstVia(value: string, written: string): SipMessage {
    const at = this.fieldNames.indexOf('via');
    const fields = this.fields.slice();
    fields[at] = [(fields[at] as Field)[0], value];
    const { viaFrom, viaTo, text } = this;
    const known = viaFrom >= 0;
    const copy = new SipMessage({
      method: this.method,
      uri: this.uri,
      status: this.status,
      reason: this.reason,
      fields,
      body: this.body,
      names: this.names,
      text: known ? text.slice(0, viaFrom) + written + text.slice(viaTo) : undefined,
      viaFrom,
      viaTo: known ? viaFrom + written.length : -1,
      fault: this.fault,
    });
    copy.parsedFrom = this.parsedFrom;
    copy.parsedTo = this.parsedTo;
    copy.parsedCSeq = this.parsedCSeq;
    copy.parsedContact = this.parsedContact;
    return copy;
  }

  get isRequest(): boolean {
    return this.status === 0;
  }

  /** The whole message as it goes over the wire; Content-Length is the serializer's. */
  get text(): string {
    this.wire ??= this.serialize();
    return this.wire;
  }

  /** The canonical name of each field, in the order of `fields`. */
  get fieldNames(): readonly string[] {
    this.names ??= this.fields.map((field) => canonicalName(field[0]));
    return this.names;
  }

  first(name: string): string | undefined {
    const at = this.fieldNames.indexOf(name);
    return at < 0 ? undefined : this.fields[at]?.[1];
  }

  has(name: string): boolean {
    return this.fieldNames.includes(name);
  }

  /** The values of all fields of that name, one for each field line. */
  all(name: string): readonly string[] {
    const names = this.fieldNames;
    let found: string[] | undefined;
    for (let at = names.indexOf(name); at >= 0; at = names.indexOf(name, at + 1)) {
      found ??= [];
      found.push((this.fields[at] as Field)[1]);
    }
    return found ?? EMPTY;
  }

  /** As {@link all}, with comma-separated lists taken apart (RFC 3261 §7.3.1). Not for Date or credentials. */
  values(name: string): readonly string[] {
    const all = this.all(name);
    return all.length === 0 ? EMPTY : all.flatMap(splitValues);
  }

  get callId(): string {
    return this.first('call-id') ?? '';
  }

  get from(): NameAddress {
    return this.tryFrom() ?? malformed('From');
  }

  get to(): NameAddress {
    return this.tryTo() ?? malformed('To');
  }

  get fromTag(): string {
    return this.from.params.get('tag') ?? '';
  }

  get toTag(): string {
    return this.to.params.get('tag') ?? '';
  }

  /** The topmost Via. */
  get via(): Via {
    return this.tryVia() ?? malformed('Via');
  }

  get cseq(): CSeq {
    return this.tryCSeq() ?? malformed('CSeq');
  }

  /** The first Contact; undefined when there is none, or it is malformed or `*`. */
  get contact(): NameAddress | undefined {
    if (this.parsedContact === undefined) this.parsedContact = parseNameAddress(this.firstValue('contact')) ?? null;
    return this.parsedContact ?? undefined;
  }

  /** These four are the views above for messages that are not yet judged: undefined where the others throw. */
  tryFrom(): NameAddress | undefined {
    if (this.parsedFrom === undefined) this.parsedFrom = parseNameAddress(this.first('from') ?? '') ?? null;
    return this.parsedFrom ?? undefined;
  }

  tryTo(): NameAddress | undefined {
    if (this.parsedTo === undefined) this.parsedTo = parseNameAddress(this.first('to') ?? '') ?? null;
    return this.parsedTo ?? undefined;
  }

  tryVia(): Via | undefined {
    if (this.parsedVia === undefined) this.parsedVia = parseVia(this.firstValue('via')) ?? null;
    return this.parsedVia ?? undefined;
  }

  tryCSeq(): CSeq | undefined {
    if (this.parsedCSeq === undefined) this.parsedCSeq = parseCSeq(this.first('cseq') ?? '') ?? null;
    return this.parsedCSeq ?? undefined;
  }

  private firstValue(name: string): string {
    const value = this.first(name) ?? '';
    const end = valueEnd(value, 0);
    return end === value.length ? value : trim(value.slice(0, end));
  }

  private serialize(): string {
    const { fields, fieldNames } = this;
    let text = this.isRequest ? `${this.method} ${this.uri} SIP/2.0\r\n` : `SIP/2.0 ${this.status} ${this.reason}\r\n`;
    for (let i = 0; i < fields.length; i++) {
      const [name, value] = fields[i] as Field;
      if (fieldNames[i] !== 'content-length') text += `${name}: ${value}\r\n`;
    }
    return `${text}Content-Length: ${this.body.length}\r\n\r\n${this.body}`;
  }
}

function malformed(name: string): never {
  throw new CodedError('SIP_MALFORMED', `${name} is missing or malformed`);
}

/** RFC 3261 §8.1.1.5: below 2^31. */
const CSEQ_LIMIT = 2 ** 31;

function parseCSeq(text: string): CSeq | undefined {
  let numberTo = 0;
  while (numberTo < text.length && !isSpaceCode(text.charCodeAt(numberTo))) numberTo++;
  const number = parseDigits(text.slice(0, numberTo));
  const method = trim(text.slice(numberTo));
  return number < CSEQ_LIMIT && isToken(method) ? { number, method } : undefined;
}
