import { CodedError } from '../../lib/base/errors.js';
import type { Owner, RequestEvent, ResponseEvent } from '../../lib/engine/api.js';
import type { Field } from '../../lib/sip/message.js';
import { SDP } from '../support/sip-peer.js';
import { pick, type Random } from './mutate.js';
import type { Target } from './target.js';
import { World } from './world.js';

const STATUSES = [100, 180, 183, 200, 200, 200, 202, 302, 404, 486, 503, 603];
const URIS = [
  'sip:m@10.0.0.9',
  'sip:m@10.0.0.9;transport=tcp',
  'sip:m@member.example.net',
  'sip:m@nowhere.example.net',
];
const INSIDE = ['BYE', 'BYE', 'INVITE', 'UPDATE', 'INFO', 'OPTIONS', 'NOTIFY', 'PRACK'];
const RELIABLE: Field = ['Require', '100rel'];
/** Longer than Timer C would cut the calls of the owner; short, so that the world does not fill up with calls. */
const LONGEST_CALL_MS = 60_000;

/** Transactions and dialogs: mutated call flows into an engine whose application does as it likes. */
export class EngineTarget implements Target {
  readonly #world: World;
  readonly #random: Random;
  readonly #owner: Owner = {
    onRequest: (event) => this.#asked(event),
    onResponse: (event) => this.#told(event),
    onUnsolicited: () => {},
  };

  private constructor(world: World) {
    this.#world = world;
    this.#random = world.random;
    world.engine.dispatcher = { choose: () => (this.#random(20) === 0 ? undefined : this.#owner) };
  }

  static async start(random: Random): Promise<EngineTarget> {
    return new EngineTarget(await new World(random).start());
  }

  next(): string {
    return this.#world.next();
  }

  take(text: string): boolean {
    if (this.#random(12) === 0) this.#call();
    return this.#world.receive(text);
  }

  settle(): Promise<void> {
    return this.#world.settle();
  }

  async finish(): Promise<string[]> {
    const { engine, clock } = this.#world;
    // What the owner still has in mind.
    clock.advance(LONGEST_CALL_MS);
    engine.release(this.#owner);
    const left = await this.#world.leftOver();
    this.#world.check();
    return left;
  }

  #asked({ kind, transactionId, dialogId }: RequestEvent): void {
    if (this.#random(50) === 0) throw new Error('careless');
    if (kind === 'ack' || kind === 'cancel') return;
    this.#later(() => this.#respond(transactionId));
    if (this.#random(3) === 0) this.#later(() => this.#respond(transactionId));
    this.#endLater(dialogId);
  }

  #told({ message, dialogId, transactionId }: ResponseEvent): void {
    if (this.#random(50) === 0) throw new Error('careless');
    if (message.status >= 200 && message.status < 300 && this.#random(4) > 0) {
      this.#later(() => this.#world.engine.acknowledge(this.#owner, dialogId, { fields: [], body: '' }));
    }
    if (message.status < 200 && this.#random(6) === 0) this.#cancelLater(transactionId);
    this.#endLater(dialogId);
  }

  #respond(transactionId: string): void {
    const status = pick(STATUSES, this.#random);
    const fields = this.#random(5) === 0 ? [RELIABLE] : [];
    const body = this.#random(2) === 0 ? SDP : '';
    this.#endLater(
      this.#world.engine.respond(this.#owner, transactionId, { status, reason: 'So', fields, body }).dialogId,
    );
  }

  #call(): void {
    const method =
      this.#random(4) === 0 ? pick(['OPTIONS', 'MESSAGE', 'SUBSCRIBE', 'REGISTER'], this.#random) : 'INVITE';
    this.#quietly(() => {
      const draft = { method, uri: pick(URIS, this.#random), fields: [], body: method === 'INVITE' ? SDP : '' };
      const { transactionId } = this.#world.engine.request(this.#owner, draft);
      this.#cancelLater(transactionId, LONGEST_CALL_MS);
    });
  }

  #cancelLater(transactionId: string, within?: number): void {
    const late = this.#random(2) === 0 ? 'release' : 'deliver';
    this.#later(() => this.#world.engine.cancel(this.#owner, transactionId, { fields: [], body: '' }, late), within);
  }

  #endLater(dialogId: string): void {
    if (dialogId === '') return;
    const ask = (method: string) =>
      this.#world.engine.requestInDialog(this.#owner, dialogId, { method, uri: 'sip:x', fields: [], body: '' });
    if (this.#random(3) === 0) this.#later(() => ask(pick(INSIDE, this.#random)));
    this.#later(() => ask('BYE'), LONGEST_CALL_MS);
  }

  #later(action: () => void, within = 3000): void {
    this.#world.clock.after(this.#random(within), () => this.#quietly(action));
  }

  /** Only a CodedError may come back from the engine. */
  #quietly(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
    }
  }
}
