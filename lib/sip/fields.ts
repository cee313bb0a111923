import { messageCodes, type Span, valueCodes } from './codes.js';
import { canonicalName, nameOf, numberOf, numberWritten, ODD, spellingOf } from './names.js';
import { tokenStart, trimmedEnd } from './runs.js';
import { FOLDED, type Index, type IndexedHead, NUMBER, STRIDE, unfold } from './scan.js';

/** A header field: the name as written, the value unfolded and trimmed. */
export type Field = readonly [name: string, value: string];

/** The header fields of a message, in their order. Names that are asked for are canonical. */
export interface Fields {
  readonly count: number;
  readonly list: readonly Field[];
  /** All values together have no more chars. */
  readonly bytes: number;
  /** Those of lists (`list-names.ts`) have no more, one added for each. */
  readonly listBytes: number;
  /** The number of a field's name; 0 when it is not known. */
  number(at: number): number;
  name(at: number): string;
  value(at: number): string;
  /** Chars of the value. */
  length(at: number): number;
  field(at: number): Field;
  /** The first field of that name from `from` on; -1 when there is none. */
  find(name: string, from?: number): number;
  /** The same for a name that has a number, not 0. */
  findNumber(number: number, from?: number): number;
  /** The value of a field, for scanners: valid until another one is opened. */
  open(at: number): Span;
  /** The same for the first field whose name has that number, not 0. */
  openFirst(number: number): Span | undefined;
  /** The same for the Request-URI of the message. */
  openUri(method: string, uri: string): Span;
  /**
   * The same fields with another value at one place.
   * @param written the value as it shall stand in the text
   */
  replace(at: number, value: string, written: string): Fields;
  /** The value as it stands in the text. */
  written(at: number): string;
  /** Whether it is written otherwise than it reads. */
  isFolded(at: number): boolean;
  /** The text of the whole message; undefined when it has to be made of the fields. */
  readonly text: string | undefined;
}

const span: Span = { text: '', codes: valueCodes.of(''), from: 0, to: 0 };

function openValue(value: string): Span {
  span.text = value;
  span.codes = valueCodes.of(value);
  span.from = 0;
  span.to = value.length;
  return span;
}

function openPart(source: string, owner: Index, from: number, to: number): Span {
  span.text = source;
  span.codes = messageCodes.ofOwned(source, owner);
  span.from = from;
  span.to = to;
  return span;
}

/** Fields as they were given. */
export class ListedFields implements Fields {
  readonly list: readonly Field[];
  readonly count: number;

  constructor(list: readonly Field[]) {
    this.list = list;
    this.count = list.length;
  }

  get bytes(): number {
    let bytes = 0;
    for (const [, value] of this.list) bytes += value.length;
    return bytes;
  }

  get listBytes(): number {
    return this.bytes + this.count;
  }

  number(at: number): number {
    return numberWritten((this.list[at] as Field)[0]);
  }

  name(at: number): string {
    return canonicalName((this.list[at] as Field)[0]);
  }

  value(at: number): string {
    return (this.list[at] as Field)[1];
  }

  length(at: number): number {
    return (this.list[at] as Field)[1].length;
  }

  field(at: number): Field {
    return this.list[at] as Field;
  }

  find(name: string, from = 0): number {
    const number = numberOf(name);
    if (number !== 0) return this.findNumber(number, from);
    const { list } = this;
    for (let at = from; at < list.length; at++) {
      const written = (list[at] as Field)[0];
      if (written.length === name.length && canonicalName(written) === name) return at;
    }
    return -1;
  }

  /** Nearly all names are usually spelled; most others are told apart by their length, if they are no single letter. */
  findNumber(number: number, from = 0): number {
    const { list } = this;
    const usual = spellingOf(number);
    for (let at = from; at < list.length; at++) {
      const written = (list[at] as Field)[0];
      if (written === usual) return at;
      if (written.length !== usual.length && written.length !== 1) continue;
      if (numberWritten(written) === number) return at;
    }
    return -1;
  }

  open(at: number): Span {
    return openValue((this.list[at] as Field)[1]);
  }

  openFirst(number: number): Span | undefined {
    const at = this.findNumber(number);
    return at < 0 ? undefined : this.open(at);
  }

  openUri(_method: string, uri: string): Span {
    return openValue(uri);
  }

  replace(at: number, value: string): ListedFields {
    return new ListedFields(this.list.with(at, [(this.list[at] as Field)[0], value]));
  }

  written(at: number): string {
    return this.value(at);
  }

  isFolded(): boolean {
    return false;
  }

  get text(): undefined {
    return undefined;
  }
}

/** A value that stands in place of the one in the text. */
interface Replaced {
  readonly at: number;
  readonly value: string;
  /** As it stands in the text. */
  readonly written: string;
}

/** Fields of a message that was parsed: positions in its text. Nothing is cut out of it before somebody asks. */
export class IndexedFields implements Fields {
  readonly count: number;
  readonly bytes: number;
  readonly listBytes: number;
  private readonly source: string;
  /** The message is `[from, to)` of the source. */
  private readonly from: number;
  private readonly to: number;
  private readonly index: Index;
  private readonly replaced: Replaced | undefined;
  private madeList: readonly Field[] | undefined;

  constructor(source: string, from: number, to: number, head: IndexedHead, replaced?: Replaced) {
    const { index, bytes, listBytes } = head;
    this.count = index.length / STRIDE;
    this.bytes = bytes;
    this.listBytes = listBytes;
    this.source = source;
    this.from = from;
    this.to = to;
    this.index = index;
    this.replaced = replaced;
    this.madeList = undefined;
  }

  replace(at: number, value: string, written: string): IndexedFields {
    const { index } = this;
    const bytes = this.bytes + written.length;
    const head = { index, bytes, listBytes: this.listBytes + written.length + 1 };
    return new IndexedFields(this.source, this.from, this.to, head, { at, value, written });
  }

  get text(): string {
    const { source, index, replaced } = this;
    if (replaced === undefined) {
      return this.from === 0 && this.to === source.length ? source : source.slice(this.from, this.to);
    }
    const i = replaced.at * STRIDE;
    return source.slice(this.from, index[i + 1]) + replaced.written + source.slice(index[i + 2], this.to);
  }

  written(at: number): string {
    if (this.replaced?.at === at) return this.replaced.written;
    const i = at * STRIDE;
    return this.source.slice(this.index[i + 1], this.index[i + 2]);
  }

  get list(): readonly Field[] {
    if (this.madeList === undefined) {
      const list: Field[] = [];
      for (let at = 0; at < this.count; at++) list.push(this.field(at));
      this.madeList = list;
    }
    return this.madeList;
  }

  number(at: number): number {
    return (this.index[at * STRIDE] as number) & NUMBER;
  }

  name(at: number): string {
    const number = (this.index[at * STRIDE] as number) & NUMBER;
    return number === 0 ? this.writtenName(at).toLowerCase() : nameOf(number);
  }

  value(at: number): string {
    if (this.replaced?.at === at) return this.replaced.value;
    const { index } = this;
    const i = at * STRIDE;
    const value = this.source.slice(index[i + 1], index[i + 2]);
    return ((index[i] as number) & FOLDED) === 0 ? value : unfold(value);
  }

  length(at: number): number {
    const { index } = this;
    const i = at * STRIDE;
    if (this.replaced?.at === at || ((index[i] as number) & FOLDED) !== 0) return this.value(at).length;
    return (index[i + 2] as number) - (index[i + 1] as number);
  }

  field(at: number): Field {
    return [this.writtenName(at), this.value(at)];
  }

  find(name: string, from = 0): number {
    const number = numberOf(name);
    const { index } = this;
    for (let at = from, i = at * STRIDE; i < index.length; at++, i += STRIDE) {
      if (((index[i] as number) & NUMBER) === number && (number !== 0 || this.name(at) === name)) return at;
    }
    return -1;
  }

  findNumber(number: number, from = 0): number {
    const { index } = this;
    for (let i = from * STRIDE; i < index.length; i += STRIDE) {
      if (((index[i] as number) & NUMBER) === number) return i / STRIDE;
    }
    return -1;
  }

  open(at: number): Span {
    const { source, index } = this;
    const i = at * STRIDE;
    if (this.replaced?.at === at || ((index[i] as number) & FOLDED) !== 0) return openValue(this.value(at));
    return openPart(source, index, index[i + 1] as number, index[i + 2] as number);
  }

  openFirst(number: number): Span | undefined {
    const at = this.findNumber(number);
    return at < 0 ? undefined : this.open(at);
  }

  openUri(method: string, uri: string): Span {
    const from = this.from + method.length + 1;
    return openPart(this.source, this.index, from, from + uri.length);
  }

  isFolded(at: number): boolean {
    return ((this.index[at * STRIDE] as number) & FOLDED) !== 0;
  }

  private writtenName(at: number): string {
    const i = at * STRIDE;
    const number = this.index[i] as number;
    if ((number & ODD) === 0) return spellingOf(number & NUMBER);
    // What stands before the colon that is before the value, back to the line end before it.
    const { source } = this;
    const codes = messageCodes.ofOwned(source, this.index);
    const to = trimmedEnd(codes, 0, source.lastIndexOf(':', (this.index[i + 1] as number) - 1));
    return source.slice(tokenStart(codes, to), to);
  }
}
