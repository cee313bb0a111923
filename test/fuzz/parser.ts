import { responseTo, stampReceived } from '../../lib/sip/build.js';
import { MessageFramer } from '../../lib/sip/framer.js';
import { parseMessage } from '../../lib/sip/parse.js';
import { defectOf } from '../../lib/sip/validate.js';
import { loadTorture } from '../torture/corpus.js';
import { mutate, type Random } from './mutate.js';
import type { Target } from './target.js';

/** Torture messages, mutated, through parser, validation, every typed view, serialization and the framer of streams. */
export class ParserTarget implements Target {
  readonly #random: Random;
  readonly #corpus = loadTorture().map(({ text }) => text);
  #framer = new MessageFramer(65_535);

  constructor(random: Random) {
    this.#random = random;
  }

  next(): string {
    return mutate(this.#corpus, this.#random);
  }

  take(text: string): boolean {
    this.#stream(text);
    const message = parseMessage(text);
    if (message === undefined) return false;
    const defect = defectOf(message);
    if (defect !== undefined) {
      if (!(defect.status >= 400 && defect.status <= 699)) throw new Error(`a defect with status ${defect.status}`);
      parseMessage(responseTo(message, defect.status, defect.reason, { toTag: 'x' }).text);
      return false;
    }
    const { from, to, via, cseq, contactUri, callId } = message;
    const seen = [from.uri, to.uri, via.host, cseq.number, contactUri, callId, message.values('record-route')];
    const again = parseMessage(stampReceived(message, '192.0.2.77', 5066).text);
    if (again === undefined || again.callId !== callId || defectOf(again) !== undefined) {
      throw new Error('a good message is not good any more once it has been stamped');
    }
    return seen.length > 0;
  }

  /** The same bytes in pieces: a connection that breaks is followed by another. */
  #stream(text: string): void {
    const cut = this.#random(text.length + 1);
    for (const piece of [text.slice(0, cut), text.slice(cut)]) {
      if (this.#framer.push(piece).some(({ kind }) => kind === 'error')) this.#framer = new MessageFramer(65_535);
    }
  }
}
