import { CodedError } from '../base/errors.js';
import { address, type NameAddress, parseNameAddress, scanAddress } from './address.js';
import type { Span } from './codes.js';
import { type CSeq, readCSeq } from './cseq.js';
import type { Defect } from './defect.js';
import { type Field, type Fields, ListedFields } from './fields.js';
import type { Exchange } from './glance.js';
import { canonicalName, splitValues } from './headers.js';
import { CALL_ID, CONTACT, CSEQ, FROM, TO, VIA } from './names.js';
import { valueText } from './params.js';
import { spaceEnd, trimmedEnd, valueEndIn } from './runs.js';
import { TopVia } from './via.js';

export type { CSeq } from './cseq.js';
export type { Field } from './fields.js';

/** What the start line says. */
export interface Start {
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  readonly reason: string;
}

/** What a request is known by, where that need not be read in it. */
export interface Identity extends Exchange {
  /** Undefined: it is read when it is asked for. */
  readonly fromTag?: string;
}

const EMPTY: readonly string[] = [];
const CONTENT_LENGTH = 'content-length';

/**
 * A SIP message, request or response. Immutable. Text is a binary string (one char is one byte).
 * Names are asked for in lower-case long form (`call-id`, `via`). Typed views are read on first use; they throw
 * SIP_MALFORMED, which cannot happen after `defectOf` has passed the message. Tags, branch, sent-by and the URI of the Contact
 * are read without making the objects of the views.
 */
export class SipMessage {
  readonly method: string;
  readonly uri: string;
  /** 0 for a request. */
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  /** What the parser had to overlook. */
  readonly fault: Defect | undefined;
  /** The fields, for readers that want few of them. */
  readonly head: Fields;
  private wire: string | undefined;
  // Views: undefined is not yet read, null is malformed.
  private readCallId: string | undefined;
  private readFromTag: string | null | undefined;
  private readToTag: string | null | undefined;
  private readVia: TopVia | null | undefined;
  private cseqView: CSeq | null | undefined;
  private readContactUri: string | null | undefined;
  private madeFrom: NameAddress | undefined;
  private madeTo: NameAddress | undefined;

  private constructor(start: Start, head: Fields, body: string, fault?: Defect, text?: string) {
    this.method = start.method;
    this.uri = start.uri;
    this.status = start.status;
    this.reason = start.reason;
    this.body = body;
    this.fault = fault;
    this.head = head;
    this.wire = text;
    this.readCallId = undefined;
    this.readFromTag = undefined;
    this.readToTag = undefined;
    this.readVia = undefined;
    this.cseqView = undefined;
    this.readContactUri = undefined;
    this.madeFrom = undefined;
    this.madeTo = undefined;
  }

  /** `text`: the message as it stands on the wire, where it is already known. */
  static request(method: string, uri: string, fields: readonly Field[], body = '', text?: string): SipMessage {
    return new SipMessage({ method, uri, status: 0, reason: '' }, new ListedFields(fields), body, undefined, text);
  }

  /** A request of ours, whose fields say that. */
  static outgoing(start: Start, fields: readonly Field[], body: string, identity: Identity): SipMessage {
    const message = new SipMessage(start, new ListedFields(fields), body);
    message.readCallId = identity.callId;
    if (identity.fromTag !== undefined) message.readFromTag = identity.fromTag;
    message.cseqView = identity.cseq;
    return message;
  }

  static response(status: number, reason: string, fields: readonly Field[], body = '', text?: string): SipMessage {
    return new SipMessage({ method: '', uri: '', status, reason }, new ListedFields(fields), body, undefined, text);
  }

  static parsed(start: Start, head: Fields, body: string, fault: Defect | undefined): SipMessage {
    return new SipMessage(start, head, body, fault);
  }

  /**
   * The same message with another value in its first Via field. The views that do not change are kept.
   * @param written the value as it shall stand in the text
   * @param via its topmost value, where that is known already
   */
  withFirstVia(value: string, written: string, via?: TopVia): SipMessage {
    const copy = new SipMessage(
      this,
      this.head.replace(this.head.findNumber(VIA), value, written),
      this.body,
      this.fault,
    );
    copy.readCallId = this.readCallId;
    copy.readFromTag = this.readFromTag;
    copy.readToTag = this.readToTag;
    copy.readVia = via;
    copy.cseqView = this.cseqView;
    copy.readContactUri = this.readContactUri;
    copy.madeFrom = this.madeFrom;
    copy.madeTo = this.madeTo;
    return copy;
  }

  get isRequest(): boolean {
    return this.status === 0;
  }

  /** The whole message as it goes over the wire; Content-Length is the serializer's. */
  get text(): string {
    this.wire ??= this.head.text ?? this.serialize();
    return this.wire;
  }

  get fields(): readonly Field[] {
    return this.head.list;
  }

  first(name: string): string | undefined {
    const at = this.head.find(name);
    return at < 0 ? undefined : this.head.value(at);
  }

  /** As `first`, for a name whose number is known (`names.ts`). */
  firstNumbered(number: number): string | undefined {
    const at = this.head.findNumber(number);
    return at < 0 ? undefined : this.head.value(at);
  }

  has(name: string): boolean {
    return this.head.find(name) >= 0;
  }

  /** The values of all fields of that name, one for each field line. */
  all(name: string): readonly string[] {
    const { head } = this;
    let found: string[] | undefined;
    for (let at = head.find(name); at >= 0; at = head.find(name, at + 1)) {
      found ??= [];
      found.push(head.value(at));
    }
    return found ?? EMPTY;
  }

  /** As {@link all}, with comma-separated lists taken apart (RFC 3261 §7.3.1). Not for Date or credentials. */
  values(name: string): readonly string[] {
    const all = this.all(name);
    return all.length === 0 ? EMPTY : all.flatMap(splitValues);
  }

  get callId(): string {
    this.readCallId ??= this.firstNumbered(CALL_ID) ?? '';
    return this.readCallId;
  }

  get from(): NameAddress {
    return this.madeFrom ?? this.tryFrom() ?? malformed('From');
  }

  get to(): NameAddress {
    return this.madeTo ?? this.tryTo() ?? malformed('To');
  }

  get fromTag(): string {
    return this.readFromTag ?? this.tryFromTag() ?? malformed('From');
  }

  get toTag(): string {
    return this.readToTag ?? this.tryToTag() ?? malformed('To');
  }

  /** The topmost Via. */
  get via(): TopVia {
    return this.readVia ?? this.tryVia() ?? malformed('Via');
  }

  /** Whether there is no Via value but the topmost: the message is for nobody behind us. */
  get hasOneVia(): boolean {
    const { head } = this;
    const at = head.findNumber(VIA);
    return this.via.text.length === head.length(at) && head.findNumber(VIA, at + 1) < 0;
  }

  get cseq(): CSeq {
    return this.cseqView ?? this.tryCSeq() ?? malformed('CSeq');
  }

  /** The URI of the first Contact; undefined when there is none, or it is malformed or `*`. */
  get contactUri(): string | undefined {
    if (this.readContactUri === undefined) this.readContactUri = this.scanContact() ?? null;
    return this.readContactUri ?? undefined;
  }

  /** These are the views above for messages that are not yet judged: undefined where the others throw. */
  tryFrom(): NameAddress | undefined {
    this.madeFrom ??= parseNameAddress(this.firstNumbered(FROM) ?? '');
    return this.madeFrom;
  }

  tryTo(): NameAddress | undefined {
    this.madeTo ??= parseNameAddress(this.firstNumbered(TO) ?? '');
    return this.madeTo;
  }

  tryFromTag(): string | undefined {
    if (this.readFromTag === undefined) this.readFromTag = this.scanTag(FROM) ?? null;
    return this.readFromTag ?? undefined;
  }

  tryToTag(): string | undefined {
    if (this.readToTag === undefined) this.readToTag = this.scanTag(TO) ?? null;
    return this.readToTag ?? undefined;
  }

  tryVia(): TopVia | undefined {
    if (this.readVia === undefined) {
      const value = this.head.openFirst(VIA);
      // What is well formed as one value is one: it has no comma outside quotes.
      this.readVia = (value && (TopVia.read(value) ?? TopVia.read(firstOf(value)))) ?? null;
    }
    return this.readVia ?? undefined;
  }

  tryCSeq(): CSeq | undefined {
    if (this.cseqView === undefined) {
      const value = this.head.openFirst(CSEQ);
      this.cseqView = (value && readCSeq(value)) ?? null;
    }
    return this.cseqView ?? undefined;
  }

  private scanTag(number: number): string | undefined {
    const value = this.head.openFirst(number);
    if (value === undefined || !scanAddress(value.codes, value.from, value.to)) return undefined;
    return valueText(value.text, address.tagFrom, address.tagTo);
  }

  private scanContact(): string | undefined {
    const value = this.head.openFirst(CONTACT);
    if (value === undefined) return undefined;
    if (!scanAddress(value.codes, value.from, value.to)) {
      const first = firstOf(value);
      if (!scanAddress(first.codes, first.from, first.to)) return undefined;
    }
    return value.text.slice(address.uriFrom, address.uriTo);
  }

  private serialize(): string {
    let text =
      this.status === 0 ? `${this.method} ${this.uri} SIP/2.0\r\n` : `SIP/2.0 ${this.status} ${this.reason}\r\n`;
    for (const field of this.head.list) {
      const name = field[0];
      // Most names are told apart by their length.
      if ((name.length === CONTENT_LENGTH.length || name.length === 1) && canonicalName(name) === CONTENT_LENGTH)
        continue;
      text += `${name}: ${field[1]}\r\n`;
    }
    return `${text}Content-Length: ${this.body.length}\r\n\r\n${this.body}`;
  }
}

/** The first of the values; `[from, to)` is set to it. */
function firstOf(values: Span): Span {
  const { codes, from, to } = values;
  const end = valueEndIn(codes, from, to);
  if (end < to) {
    values.from = spaceEnd(codes, from, end);
    values.to = trimmedEnd(codes, from, end);
  }
  return values;
}

function malformed(name: string): never {
  throw new CodedError('SIP_MALFORMED', `${name} is missing or malformed`);
}
