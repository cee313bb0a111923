/**
 * Frames of the application protocol: `<N>#<N bytes>`, N in decimal.
 * Text is binary strings throughout (one char is one byte), so that what came from the network leaves byte for byte.
 */

/** Larger than any SIP message that the engine would send. */
export const FRAME_LIMIT = 1024 * 1024;

const HASH = 35;
const ZERO = 48;
const DIGITS_LIMIT = 7;

export const encodeFrame = (content: string): string => `${content.length}#${content}`;

/** Cuts a stream of bytes into frames, however it is segmented. Holds at most one incomplete frame. */
export class FrameReader {
  /** Longest content that is accepted, in bytes. */
  limit: number;
  #chunks: string[] = [];
  #length = 0;
  /** With fewer bytes than this in hand no frame can be complete: saves joining the chunks of a long one again and again. */
  #needed = 1;

  constructor(limit = FRAME_LIMIT) {
    this.limit = limit;
  }

  /**
   * Takes the next bytes and hands each complete frame's content to `take`, in order.
   * @returns false when the stream is not made of frames, or one is over the limit: it cannot be followed any further
   */
  read(bytes: string, take: (content: string) => void): boolean {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    if (this.#length < this.#needed) return true;
    const text = this.#chunks.length === 1 ? bytes : this.#chunks.join('');
    let start = 0;
    for (;;) {
      const hash = endOfDigits(text, start);
      if (hash < 0) return false;
      if (hash === text.length) return this.#keep(text.slice(start), 1);
      const size = Number(text.slice(start, hash));
      if (size === 0 || size > this.limit) return false;
      const end = hash + 1 + size;
      if (end > text.length) return this.#keep(text.slice(start), end - start);
      take(text.slice(hash + 1, end));
      start = end;
    }
  }

  #keep(rest: string, needed: number): true {
    this.#chunks = rest === '' ? [] : [rest];
    this.#length = rest.length;
    this.#needed = Math.max(needed, rest.length + 1);
    return true;
  }
}

/** Where the `#` stands; the length of the text when it has not come yet; negative when it cannot come any more. */
function endOfDigits(text: string, start: number): number {
  const last = start + DIGITS_LIMIT;
  for (let i = start; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === HASH) return i > start ? i : -1;
    if (i === last || char < ZERO || char > ZERO + 9) return -1;
  }
  return text.length;
}
