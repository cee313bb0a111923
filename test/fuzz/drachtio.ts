import { encodeFrame, FrameReader } from '../../lib/base/frames.js';
import type { ByteStream, ByteStreamListener } from '../../lib/drachtio/byte-stream.js';
import { createDrachtioServer, type DrachtioServer } from '../../lib/drachtio/server.js';
import { SDP } from '../support/sip-peer.js';
import { mutateText, pick, type Random } from './mutate.js';
import type { Target } from './target.js';
import { World } from './world.js';

const SECRET = 'cymru';
const REMEMBERED = 32;

/** The application's end of a stream. */
class Application implements ByteStream {
  readonly peer = 'fuzz';
  readonly unsent = 0;
  isOpen = true;
  #listener: ByteStreamListener | undefined;
  readonly #reader = new FrameReader();
  readonly #heard: (content: string) => void;

  constructor(heard: (content: string) => void) {
    this.#heard = heard;
  }

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
  }

  write(bytes: string): void {
    if (!this.#reader.read(bytes, this.#heard)) throw new Error('the server wrote what is no frame');
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#listener?.closed();
  }

  say(bytes: string): void {
    if (this.isOpen) this.#listener?.received(bytes);
  }
}

/** Mutated frames of applications into real connections, with a live engine behind them that has calls to lose. */
export class DrachtioTarget implements Target {
  readonly #world: World;
  readonly #random: Random;
  readonly #server: DrachtioServer;
  readonly #transactions: string[] = ['none'];
  readonly #dialogs: string[] = ['none'];
  #application: Application | undefined;

  private constructor(world: World) {
    this.#world = world;
    this.#random = world.random;
    const { engine, clock, ids, log, meter } = world;
    this.#server = createDrachtioServer({ engine, secret: SECRET, clock, ids, log, meter });
  }

  static async start(random: Random): Promise<DrachtioTarget> {
    return new DrachtioTarget(await new World(random).start());
  }

  next(): string {
    const frame = encodeFrame(this.#command());
    if (this.#random(3) === 0) return frame;
    const corpus = [frame, ...this.#world.peer.heard];
    // Inside the frame more often than its number: a broken number ends the connection.
    return this.#random(4) === 0
      ? mutateText(frame, this.#random, corpus)
      : encodeFrame(mutateText(this.#command(), this.#random, corpus) || ' ');
  }

  take(bytes: string): boolean {
    const application = this.#attached();
    if (this.#random(3) === 0) this.#world.receive(this.#world.peer.next());
    application.say(bytes);
    this.#world.clock.advance(this.#random(40));
    this.#world.check();
    return application.isOpen;
  }

  settle(): Promise<void> {
    return this.#world.settle();
  }

  async finish(): Promise<string[]> {
    this.#application?.destroy();
    await this.#server.close();
    const left = await this.#world.leftOver();
    this.#world.check();
    return [...left, ...(this.#server.connections > 0 ? ['an application is still attached'] : [])];
  }

  #attached(): Application {
    if (this.#application?.isOpen) return this.#application;
    const application = new Application((content) => this.#heard(content));
    this.#application = application;
    this.#server.attach(application, this.#random(2) === 0 ? { routes: 'all' } : {});
    application.say(encodeFrame(`m0|authenticate|${SECRET}|`));
    for (const verb of ['invite', 'options', 'message']) application.say(encodeFrame(`m0|route|${verb}`));
    return application;
  }

  /** Ids of what is alive: the commands that follow name them. */
  #heard(content: string): void {
    if (content.includes('internal server error')) throw new Error(content);
    const tokens = content.split('\r\n', 1)[0]?.split('|') ?? [];
    const isEvent = tokens[1] === 'sip';
    remember(this.#transactions, tokens[isEvent ? 8 : 9]);
    remember(this.#dialogs, tokens[isEvent ? 9 : 10]);
  }

  #command(): string {
    const random = this.#random;
    const transaction = pick(this.#transactions, random);
    const dialog = pick(this.#dialogs, random);
    const head = 'From: <sip:a@localhost>\r\nContact: <sip:a@localhost>\r\nX-Any: 1\r\n';
    const sdp = `Content-Type: application/sdp\r\n\r\n${SDP}`;
    return pick(
      [
        `m1|sip|||\r\nINVITE sip:m@10.0.0.9 SIP/2.0\r\n${head}${sdp}`,
        `m1|sip||||sip:10.0.0.9\r\nINVITE tel:+37120000001 SIP/2.0\r\nX-Trying: deliver\r\n${head}${sdp}`,
        `m2|sip|||\r\nOPTIONS sip:m@member.example.net SIP/2.0\r\n${head}\r\n`,
        `m3|sip|${transaction}|${dialog}\r\nSIP/2.0 ${pick(['100', '180', '183', '200', '486', '999'], random)} X\r\n${head}${sdp}`,
        `m3|sip|${transaction}|\r\nSIP/2.0 180 Ringing\r\nRequire: 100rel\r\n${head}\r\n`,
        `m4|sip|${transaction}|\r\nCANCEL sip:m@10.0.0.9 SIP/2.0\r\nX-Late-Answer: deliver\r\n\r\n`,
        ...['ACK', 'BYE', 'BYE', 'INVITE', 'INFO', 'UPDATE', 'NOTIFY'].map(
          (method) => `m5|sip||${dialog}\r\n${method} sip:x SIP/2.0\r\n${head}\r\n`,
        ),
        `m6|proxy|${transaction}|remainInDialog|||||5s|sip:10.0.0.9\r\n\r\n`,
        'm7|ping',
        'm8|route|register',
        'm9|remove_route|invite',
        `m9|authenticate|${SECRET}|tag`,
      ],
      random,
    );
  }
}

function remember(list: string[], id: string | undefined): void {
  if (id === undefined || id === '' || list.includes(id)) return;
  list.push(id);
  if (list.length > REMEMBERED) list.shift();
}
