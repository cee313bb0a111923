/**
 * One call as its caller makes it. With no response, or 503, it goes to the next node (RFC 3263 §4.3), as an SBC does: so two nodes
 * may have it, and both may answer. What was begun anywhere is ended there, too: a call that nobody ends has no record.
 */
import { contactOf, field, HOST, SDP, tagOf } from './wire.js';

const HOLD_MS = 300;
const NEXT_NODE_MS = 600;
/** Of a request without a response (RFC 3261 §17.1.2.1 begins with it). */
const AGAIN_MS = 500;
const GIVE_UP_MS = 8_000;
/** A node that died says nothing to BYE or CANCEL any more. */
const OVER_AFTER_MS = 20_000;

export interface CallMade {
  /** In E.164, of this call alone: how it is found again in the records. */
  readonly caller: string;
  readonly begun: number;
  /** The final response; undefined: none came. */
  status?: number;
  answered?: number;
  /** Answered, and its BYE as well. */
  complete: boolean;
}

export interface CallerParts {
  readonly id: string;
  readonly caller: string;
  readonly pilot: string;
  /** Of whom responses are heard: a port of this host. */
  readonly port: number;
  /** The SIP ports of the nodes. */
  readonly targets: () => readonly number[];
  send(text: string, port: number): void;
  over(): void;
}

/** With one node: what became of its INVITE. */
interface Asked {
  isRinging: boolean;
  isFinal: boolean;
}

/** One answer. */
interface Dialog {
  readonly to: string;
  readonly contact: string;
}

export class Caller {
  readonly made: CallMade;
  readonly #parts: CallerParts;
  readonly #asked = new Map<number, Asked>();
  /** Those that go on, by the tag of who answered. */
  readonly #dialogs = new Map<string, Dialog>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #target: number;
  #tries = 0;
  #chosen: string | undefined;
  #isDecided = false;

  constructor(parts: CallerParts, target: number) {
    this.made = { caller: parts.caller, begun: performance.now(), complete: false };
    this.#parts = parts;
    this.#target = target;
    this.#invite();
    this.#later(GIVE_UP_MS, () => this.#decide());
    this.#later(OVER_AFTER_MS, () => this.#over());
  }

  /** @param from the port of the node */
  heard(status: number, message: string, from: number): void {
    const cseq = field(message, 'CSeq');
    if (cseq.endsWith('INVITE')) this.#invited(status, message, from);
    else if (cseq.endsWith('BYE') && status >= 200) this.#ended(tagOf(field(message, 'To')), status === 200);
    // A node that was killed, and is there again, knows nothing of it.
    else if (cseq.endsWith('CANCEL') && status === 481) this.#unknown(from);
  }

  /** The node hangs up. */
  hungUp(message: string): void {
    this.#ended(tagOf(field(message, 'From')), false);
  }

  #invite(): void {
    this.#tries += 1;
    const target = this.#target;
    const asked = this.#asked.get(target) ?? { isRinging: false, isFinal: false };
    this.#asked.set(target, asked);
    this.#send('INVITE', target);
    this.#later(NEXT_NODE_MS, () => {
      if (!this.#isDecided && !asked.isRinging && !asked.isFinal) this.#nextNode();
    });
  }

  #nextNode(): void {
    const targets = this.#parts.targets();
    this.#target = targets[(targets.indexOf(this.#target) + 1) % targets.length] ?? this.#target;
    this.#invite();
  }

  #invited(status: number, message: string, from: number): void {
    const asked = this.#asked.get(from);
    if (asked === undefined) return;
    if (status < 200) {
      asked.isRinging = true;
      if (this.#isDecided) this.#cancel(from, asked);
      return;
    }
    asked.isFinal = true;
    if (status < 300) this.#answered(status, message);
    else this.#refused(status, message, from);
    this.#settle();
  }

  #answered(status: number, message: string): void {
    const to = field(message, 'To');
    const tag = tagOf(to);
    const contact = contactOf(message);
    this.#send('ACK', portIn(contact), { uri: contact, to, branch: `ACK-${tag}` });
    if (this.#dialogs.has(tag) || tag === this.#chosen) return;
    this.#dialogs.set(tag, { to, contact });
    if (this.#isDecided) {
      this.#bye(tag);
      return;
    }
    this.#chosen = tag;
    this.made.answered = performance.now();
    this.#later(HOLD_MS, () => this.#bye(tag));
    this.#decide(status);
  }

  #refused(status: number, message: string, from: number): void {
    this.#send('ACK', from, { to: field(message, 'To') });
    if (this.#isDecided) return;
    if (status === 503 && this.#tries < this.#parts.targets().length) this.#nextNode();
    else this.#decide(status);
  }

  /** What the call comes to: all else that was begun is cancelled. */
  #decide(status?: number): void {
    if (this.#isDecided) return;
    this.#isDecided = true;
    if (status !== undefined) this.made.status = status;
    for (const [target, asked] of this.#asked) if (asked.isRinging) this.#cancel(target, asked);
    this.#settle();
  }

  /** Only once a provisional response was there (RFC 3261 §9.1). */
  #cancel(target: number, asked: Asked): void {
    if (asked.isFinal) return;
    this.#send('CANCEL', target);
    this.#later(AGAIN_MS, () => this.#cancel(target, asked));
  }

  #unknown(target: number): void {
    const asked = this.#asked.get(target);
    if (asked !== undefined) asked.isFinal = true;
    this.#settle();
  }

  #bye(tag: string): void {
    const dialog = this.#dialogs.get(tag);
    if (dialog === undefined) return;
    const { to, contact } = dialog;
    this.#send('BYE', portIn(contact), { uri: contact, to, branch: `BYE-${tag}` });
    this.#later(AGAIN_MS, () => this.#bye(tag));
  }

  #ended(tag: string, isComplete: boolean): void {
    if (!this.#dialogs.delete(tag)) return;
    if (tag === this.#chosen) this.made.complete = isComplete;
    this.#settle();
  }

  /** Over, as soon as every node that was asked has said its last word. */
  #settle(): void {
    if (!this.#isDecided || this.#dialogs.size > 0) return;
    for (const { isFinal } of this.#asked.values()) if (!isFinal) return;
    this.#over();
  }

  #over(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#isDecided = true;
    this.#parts.over();
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }

  #send(method: string, target: number, within: { uri?: string; to?: string; branch?: string } = {}): void {
    const { id, caller, pilot, port, send } = this.#parts;
    // CANCEL, and ACK of what is no 2xx, are of the INVITE's transaction (RFC 3261 §9.1, §17.1.1.3).
    const { uri = `sip:${pilot}@${HOST}:${target}`, to = `<sip:${pilot}@${HOST}>`, branch = 'INVITE' } = within;
    const body = method === 'INVITE' ? SDP : '';
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${HOST}:${port};branch=z9hG4bK${id}-${target}-${branch}`,
      `From: <sip:${caller}@${HOST}>;tag=${id}`,
      `To: ${to}`,
      `Call-ID: ${id}`,
      `CSeq: ${method === 'BYE' ? 2 : 1} ${method}`,
      `Contact: <sip:${caller}@${HOST}:${port}>`,
      'Max-Forwards: 70',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
    ];
    send(`${lines.join('\r\n')}\r\n\r\n${body}`, target);
  }
}

const portIn = (uri: string): number => Number(/:(\d+)/.exec(uri.slice('sip:'.length))?.[1] ?? 5060);
