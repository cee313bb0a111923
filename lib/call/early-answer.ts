/** Answers that came before the 2xx (RFC 3261 §13.2.1, RFC 6337 §3.1.1), for a 2xx that does not repeat them. Pure. */
import { tagOf } from '../sip/address.js';
import { isSameToken } from '../sip/tokens.js';
import type { Reply } from '../sip-server/sip-server.js';
import { hasOffer } from './descriptions.js';

interface Early {
  /** The To tag: each dialog has an answer of its own. */
  readonly tag: string;
  readonly reliable: boolean;
  readonly reply: Reply;
}

/** Early dialogs of one INVITE, so that no peer fills the memory. */
const MAX_DIALOGS = 32;
const CONTENT = ['content-type', 'content-disposition', 'content-encoding', 'content-language', 'mime-version'];

export class EarlyAnswers {
  /** Nearly no INVITE has any. */
  #known: Early[] | undefined;

  /** The first description in a dialog counts; one in a reliable response is the answer itself, the others are previews of it. */
  note(reply: Reply): void {
    // Headers are read only if somebody asks for them.
    if (reply.body === '' || !hasOffer(reply)) return;
    this.#known ??= [];
    const tag = tagOf(reply.headers.to ?? '');
    const reliable = reply.headers.rseq !== undefined;
    const at = this.#known.findIndex((one) => isSameToken(one.tag, tag));
    if (at < 0) {
      if (this.#known.length < MAX_DIALOGS) this.#known.push({ tag, reliable, reply });
    } else if (reliable && this.#known[at]?.reliable === false) this.#known[at] = { tag, reliable, reply };
  }

  /** The 2xx with the answer of its dialog, and with that one's content headers, octet for octet. */
  complete(answer: Reply): Reply {
    if (this.#known === undefined || hasOffer(answer)) return answer;
    const tag = tagOf(answer.headers.to ?? '');
    const early = this.#known.find((one) => isSameToken(one.tag, tag))?.reply;
    if (early === undefined) return answer;
    const headers: Record<string, string> = { ...answer.headers };
    for (const name of CONTENT) {
      delete headers[name];
      const value = early.headers[name];
      if (value !== undefined) headers[name] = value;
    }
    headers['content-type'] ??= 'application/sdp';
    return { status: answer.status, reason: answer.reason, headers, body: early.body };
  }
}
