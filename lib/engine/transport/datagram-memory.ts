const PIECE_BYTES = 65_536;
/** What would waste too much of a piece has memory of its own. */
const LONGEST = PIECE_BYTES / 16;

/**
 * Memory for datagrams until the kernel has them: cut from pieces that are eight times those of `Buffer.from`, which asks for a new
 * one with every call. Nothing is written twice in one piece, as a datagram may have to wait for the socket.
 */
export class DatagramMemory {
  #piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  #used = 0;

  /** @param text a binary string */
  write(text: string): Buffer {
    const { length } = text;
    if (length > LONGEST) return Buffer.from(text, 'latin1');
    if (this.#used + length > PIECE_BYTES) {
      this.#piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += length;
    this.#piece.write(text, from, length, 'latin1');
    return this.#piece.subarray(from, this.#used);
  }
}
