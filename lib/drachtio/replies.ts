/** What an application is told: the lead lines of all frames to it. Positions of tokens are fixed. */
import type { Clock } from '../base/clock.js';
import type { Ids } from '../base/ids.js';
import type { Flow, RequestEvent, ResponseEvent, Sent, UnsolicitedEvent } from '../engine/api.js';
import { LOCAL_FAILURE } from '../sip/link-headers.js';
import type { SipMessage } from '../sip/message.js';
import type { FailureWord } from './commands.js';

/** Where an application may see it, and another one sees a header that it does not know. */
const withFailure = (text: string, failure: ResponseEvent['failure']): string =>
  failure === undefined ? text : text.replace('\r\n', `\r\n${LOCAL_FAILURE}: ${failure}\r\n`);

const DAY = 86_400_000;
const SECOND = 1000;

/** Builds contents of frames. `id` is the message id of the application's frame that is answered. */
export class Replies {
  readonly #clock: Clock;
  readonly #ids: Ids;
  #second = -1;
  #secondText = '';

  constructor(clock: Clock, ids: Ids) {
    this.#clock = clock;
    this.#ids = ids;
  }

  ok(id: string, ...tokens: readonly string[]): string {
    return [this.#ids.uuid(), 'response', id, 'OK', ...tokens].join('|');
  }

  failed(id: string, word: FailureWord, text: string): string {
    return `${this.#ids.uuid()}|response|${id}|${word}|${text.replace(/[|\r\n]+/g, ' ')}`;
  }

  /** The transaction id is token 10. Over UDP the address is our own, otherwise the peer's. */
  sentRequest(id: string, sent: Sent): string {
    const { flow } = sent;
    const end = flow?.protocol === 'udp' ? flow.local : flow;
    return `${this.#sent(id, sent, end)}|${sent.transactionId}|Msg sent:|\r\n${sent.message.text}`;
  }

  /** The transaction id is token 10, the dialog id token 11; the address is the destination. */
  sentResponse(id: string, sent: Sent): string {
    return `${this.#sent(id, sent, sent.flow)}|${sent.transactionId}|${sent.dialogId}||Msg sent:|\r\n${sent.message.text}`;
  }

  /** Only a new request says where it was received. */
  request(event: RequestEvent): string {
    const { message, flow } = event;
    const received = event.kind === 'new' ? `|${flow.local.address}|${flow.local.port}|` : '|';
    return `${this.#sip('network', message, flow)}|${event.transactionId}|${event.dialogId}${received}\r\n${message.text}`;
  }

  /** A response that the engine made up has length 0 and no address. */
  response(event: ResponseEvent): string {
    const { message, flow } = event;
    const head =
      flow === undefined
        ? `${this.#ids.uuid()}|sip|network|0|${event.protocol}||0|${this.#time()}`
        : this.#sip('network', message, flow);
    return `${head}|${event.transactionId}|${event.dialogId}|\r\n${withFailure(message.text, event.failure)}`;
  }

  /** A BYE that the engine sent; the address is our own. */
  unsolicited(event: UnsolicitedEvent): string {
    const { message, flow } = event;
    const head = `${this.#ids.uuid()}|sip|application|${message.text.length}`;
    const own = `${flow?.protocol ?? 'unknown'}|${flow?.local.address ?? ''}|${flow?.local.port ?? 0}`;
    return `${head}|${own}|${this.#time()}|unsolicited|${event.dialogId}|\r\n${message.text}`;
  }

  #sent(id: string, sent: Sent, end: { address: string; port: number } | undefined): string {
    const head = `${this.#ids.uuid()}|response|${id}|OK|application|${sent.message.text.length}`;
    return `${head}|${sent.flow?.protocol ?? 'unknown'}|${end?.address ?? ''}|${end?.port ?? 0}|${this.#time()}`;
  }

  #sip(source: string, message: SipMessage, flow: Flow): string {
    const head = `${this.#ids.uuid()}|sip|${source}|${message.text.length}`;
    return `${head}|${flow.protocol}|${flow.address}|${flow.port}|${this.#time()}`;
  }

  /** `HH:MM:SS.uuuuuu` in UTC. The part before the dot is kept, as it changes once in a second. */
  #time(): string {
    const now = this.#clock.now() % DAY;
    const second = Math.floor(now / SECOND);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * SECOND).toISOString().slice(11, 19);
    }
    const micros = Math.floor((now - second * SECOND) * 1000);
    return `${this.#secondText}.${String(micros).padStart(6, '0')}`;
  }
}
