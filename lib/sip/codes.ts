/** Char codes of a text, and more behind them: every reader has to keep to its own end. */
export type Codes = Uint16Array;

/** `[from, to)` of a text. */
export interface Span {
  text: string;
  codes: Codes;
  from: number;
  to: number;
}

/** Larger than any message that the transports let in. */
const USUAL_LENGTH = 2 ** 16;

/** So few are copied sooner than `write` is called. */
const FEW_CHARS = 64;

/**
 * The char codes of one text at a time. Copying a text and reading the copy takes a quarter of the time of reading it with
 * `charCodeAt`. Two bytes a char, because the parsers of single values are given texts that are no binary strings, too.
 */
class Copy {
  private codes: Codes = new Uint16Array(USUAL_LENGTH);
  private bytes = Buffer.from(this.codes.buffer);
  private owner: object | undefined;

  /** Valid until the next text is asked for. */
  of(text: string): Codes {
    this.owner = undefined;
    if (text.length > this.codes.length) {
      this.codes = new Uint16Array(text.length);
      this.bytes = Buffer.from(this.codes.buffer);
    }
    if (text.length > FEW_CHARS) this.bytes.write(text, 0, 'utf16le');
    else for (let at = 0; at < text.length; at++) this.codes[at] = text.charCodeAt(at);
    return this.codes;
  }

  /** The same for a text that is read again and again: it is copied only when another one was read in between. */
  ofOwned(text: string, owner: object): Codes {
    if (owner !== this.owner) {
      this.of(text);
      this.owner = owner;
    }
    return this.codes;
  }

  /** The text that was copied last is from now on known by `owner`. */
  own(owner: object): void {
    this.owner = owner;
  }
}

/** For whole messages. */
export const messageCodes = new Copy();

/** For single values; apart, so that reading one does not disturb the reading of its message. */
export const valueCodes = new Copy();
