/** How drachtio-server 0.9.10 takes frames out of the octets that come, faults included: part of the double. */

/** What its buffer holds. More drives out what stood there first. */
const BUFFER = 12_228;
/** What it reads at once. */
const CHUNK = 8192;
const LONGEST_NUMBER = 6;

export class DrachtioReader {
  #buffer = '';
  /** Of the frame that is not complete yet. */
  #length = 0;

  /** @returns false: the length of a frame is none, and the connection is closed */
  read(bytes: Buffer, take: (frame: string) => void): boolean {
    const text = bytes.toString('latin1');
    for (let at = 0; at < text.length; at += CHUNK) if (!this.#append(text.slice(at, at + CHUNK), take)) return false;
    return true;
  }

  #append(chunk: string, take: (frame: string) => void): boolean {
    this.#buffer = (this.#buffer + chunk).slice(-BUFFER);
    for (;;) {
      if (this.#length === 0) {
        const hash = this.#buffer.slice(0, LONGEST_NUMBER).indexOf('#');
        const number = this.#buffer.slice(0, hash < 0 ? LONGEST_NUMBER : hash);
        if (!/^\d*$/.test(number) || number.length === LONGEST_NUMBER || hash === 0) return false;
        if (hash < 0) return true;
        this.#length = Number(number);
        this.#buffer = this.#buffer.slice(hash + 1);
      }
      if (this.#buffer.length < this.#length) return true;
      const frame = this.#buffer.slice(0, this.#length);
      this.#buffer = this.#buffer.slice(this.#length);
      this.#length = 0;
      take(frame);
    }
  }
}
