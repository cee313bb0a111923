/**
 * A double of drachtio-server 0.9.10: it speaks its protocol over TCP, without SIP, and has the faults that were seen on the real
 * one, and no others. Those that are about octets stand in drachtio-reader.ts.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Command, CRLF, commandOf, dialogOf, HOST, headOf, lines, withBody } from './drachtio-command.js';
import { DrachtioReader } from './drachtio-reader.js';

interface Received {
  readonly dialog: string;
  readonly head: string;
  readonly isReliable: boolean;
  isOver: boolean;
  awaitsPrack: boolean;
}

export interface CallParts {
  readonly callId?: string;
  readonly cseq?: number;
  readonly source?: string;
  readonly fields?: readonly string[];
  readonly body?: string;
  readonly uri?: string;
}

export class DrachtioDouble {
  version = 'v0.9.10';
  secret = 'cymru';
  /** What it does when its PRACK handling is entered without one. */
  died = false;
  /** Connections that were made, pings that came. */
  connections = 0;
  pings = 0;
  /** A status that it sends without saying so, as in the moment in which a connection breaks. */
  untold = '';
  /** Whether peers answer a BYE at once. */
  answersBye = true;
  /** All but authenticate, route and ping. */
  readonly commands: Command[] = [];
  readonly routes: string[] = [];
  readonly dialogs = new Set<string>();
  #isFrozen = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #received = new Map<string, Received>();
  /** INVITEs of the application that are open; in a dialog other requests, too. */
  readonly #open = new Map<string, Command>();

  constructor() {
    this.#server = createServer((socket) => this.#accept(socket));
  }

  async listen(port = 0): Promise<number> {
    this.#server.listen(port, HOST);
    await once(this.#server, 'listening');
    return (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** As after SIGSTOP: it reads nothing and says nothing, and the kernel makes its connections all the same. */
  freeze(): void {
    this.#isFrozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** As after SIGCONT. */
  thaw(): void {
    this.#isFrozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Cuts the connections. Transactions and dialogs stay. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Those of that name, of requests and of responses. */
  heard(name: string): readonly Command[] {
    return this.commands.filter((command) => command.name === name);
  }

  /** An INVITE of a caller. Returns its transaction. */
  call({ callId = 'call-1', cseq = 1, source = HOST, fields = [], body = 'v=0', uri }: CallParts = {}): string {
    const transaction = randomUUID();
    const head = [
      `Via: SIP/2.0/UDP ${source}:5070;branch=z9hG4bK${transaction}`,
      'From: <sip:+37126000009@127.0.0.1>;tag=ft1',
      'To: <sip:+37167000000@127.0.0.1>',
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} INVITE`,
    ].join(CRLF);
    const more = ['Contact: <sip:caller@127.0.0.1:5070>', 'Max-Forwards: 70', ...fields].join(CRLF);
    const dialog = `${callId};from-tag=ft1`;
    const isReliable = fields.some((field) => /^require:.*100rel/i.test(field));
    this.#received.set(transaction, { dialog, head, isReliable, isOver: false, awaitsPrack: false });
    const text = `INVITE ${uri ?? 'sip:+37167000000@127.0.0.1'} SIP/2.0${CRLF}${head}${CRLF}${more}${withBody(body)}`;
    this.#say(`sip|network|${text.length}|udp|${source}|5070|10:00:00.000000|${transaction}||${HOST}|5060|`, text);
    return transaction;
  }

  /** A request of a peer within a dialog. */
  request(dialog: string, method: string, fields: readonly string[] = [], body = ''): string {
    return this.#request(dialog, method, fields, body, `${dialog}|`);
  }

  /** One within an early dialog, which it takes for one outside. */
  stray(dialog: string, method: string): string {
    return this.#request(dialog, method, [], '', `|${HOST}|5060|`);
  }

  #request(dialog: string, method: string, fields: readonly string[], body: string, told: string): string {
    const transaction = randomUUID();
    const [callId, tag] = dialog.split(';from-tag=');
    const head = [
      `Via: SIP/2.0/UDP ${HOST}:5070;branch=z9hG4bK${transaction}`,
      `From: <sip:caller@127.0.0.1>;tag=${tag}`,
      'To: <sip:us@127.0.0.1>;tag=lt1',
      `Call-ID: ${callId}`,
      `CSeq: 9 ${method}`,
    ].join(CRLF);
    this.#received.set(transaction, { dialog, head, isReliable: false, isOver: false, awaitsPrack: false });
    const text = `${method} sip:us@127.0.0.1 SIP/2.0${CRLF}${head}${lines(fields)}${withBody(body)}`;
    this.#say(`sip|network|${text.length}|udp|${HOST}|5070|10:00:00.000000|${transaction}|${told}`, text);
    return transaction;
  }

  /** What a peer answers to a request of the application, if the server has not forgotten that. */
  answer(sent: Command, status: number, fields: readonly string[] = [], body = ''): void {
    if (!this.#open.has(sent.own)) return;
    // One within a dialog is forgotten after its first response, be that provisional.
    if (status >= 200 || sent.dialog !== '') this.#open.delete(sent.own);
    const dialog = dialogOf(sent);
    // Of another 2xx than 200 it knows no dialog.
    if (sent.name === 'INVITE' && status === 200) this.dialogs.add(dialog);
    const isDialogTold = status === 200 || sent.dialog !== '';
    const text = `SIP/2.0 ${status} Text${CRLF}${headOf(sent)}${lines(fields)}${withBody(body)}`;
    const lead = `sip|network|${text.length}|udp|${HOST}|5080|10:00:00.000000|${sent.own}|${isDialogTold ? dialog : ''}|`;
    this.#say(lead, text);
  }

  /** OPTIONS outside any dialog. */
  options(): void {
    const transaction = randomUUID();
    const head = `From: <sip:o@${HOST}>;tag=o1${CRLF}To: <sip:${HOST}>${CRLF}Call-ID: options${CRLF}CSeq: 1 OPTIONS`;
    this.#received.set(transaction, { dialog: '', head, isReliable: false, isOver: false, awaitsPrack: false });
    const text = `OPTIONS sip:${HOST} SIP/2.0${CRLF}Via: SIP/2.0/UDP ${HOST};branch=z9hG4bKo${CRLF}${head}${withBody('')}`;
    this.#say(`sip|network|${text.length}|udp|${HOST}|5070|10:00:00.000000|${transaction}||${HOST}|5060|`, text);
  }

  /** The CANCEL of a caller, which the server has answered. */
  cancel(transaction: string, fields: readonly string[] = []): void {
    const invite = this.#received.get(transaction);
    if (invite === undefined || invite.isOver) return;
    invite.isOver = true;
    const head = invite.head.replace('INVITE', 'CANCEL');
    const text = `CANCEL sip:us@${HOST} SIP/2.0${CRLF}${[head, ...fields].join(CRLF)}${withBody('')}`;
    const lead = `sip|network|0|udp|${HOST}|5070|10:00:00.000000|${transaction}|${invite.dialog}|`;
    this.#say(lead, text);
  }

  /** As if the application had answered so. */
  tell(transaction: string, status: number, require = ''): void {
    this.#respond({ id: '', transaction, dialog: '', name: String(status), headers: { require }, body: '', own: '' });
  }

  #accept(socket: Socket): void {
    this.connections++;
    if (this.died) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    const reader = new DrachtioReader();
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) => {
      if (!reader.read(chunk, (frame) => this.#take(frame, socket))) socket.destroy();
    });
    if (this.#isFrozen) socket.pause();
  }

  #take(frame: string, socket: Socket): void {
    const end = frame.indexOf(CRLF);
    const [id = '', type, ...words] = (end < 0 ? frame : frame.slice(0, end)).split('|');
    if (type === 'authenticate') {
      const isRight = words[0] === this.secret;
      this.#answer(id, isRight ? `OK|udp/${HOST}:5060|${this.version}|udp/${HOST}:5060` : 'NO|incorrect secret');
      if (!isRight) socket.end();
    } else if (type === 'ping') {
      this.pings++;
      this.#answer(id, 'OK|pong');
    } else if (type === 'route') {
      this.routes.push(words[0] ?? '');
      this.#answer(id, 'OK');
    } else this.#sip(commandOf(id, words, frame.slice(end + 2)));
  }

  #sip(command: Command): void {
    this.commands.push(command);
    if (/^\d/.test(command.name)) this.#respond(command);
    else if (command.name === 'CANCEL') this.#cancel(command);
    else if (command.dialog === '') this.#sent(command);
    else if (this.dialogs.has(command.dialog)) this.#sent(command);
    else this.#answer(command.id, 'NOK|Server error: unable to find dialog for dialog id provided');
  }

  #respond({ id, transaction, name, headers }: Command): void {
    const received = this.#received.get(transaction);
    if (received === undefined || received.isOver) {
      this.#answer(id, 'NOK|Response not sent due to unknown transaction');
      return;
    }
    const isProvisional = name < '200';
    if (!isProvisional && received.awaitsPrack) {
      this.#die();
      return;
    }
    received.awaitsPrack = isProvisional && (received.isReliable || headers.require === '100rel');
    received.isOver = !isProvisional;
    if (name === '200' && received.head.includes('INVITE')) this.dialogs.add(received.dialog);
    const more = received.awaitsPrack ? `${CRLF}RSeq: 7` : '';
    const text = `SIP/2.0 ${name} Text${CRLF}${received.head};tag=lt1${CRLF}Contact: <sip:us@${HOST}>${more}`;
    const lead = `OK|application|${text.length}|udp|${HOST}|5070|10:00:00.000000|${transaction}|${received.dialog}||Msg sent:|`;
    if (name !== this.untold) this.#answer(id, `${lead}${CRLF}${text}${CRLF}${CRLF}`);
  }

  #cancel({ id, transaction }: Command): void {
    const invite = this.#open.get(transaction);
    if (invite === undefined) this.#answer(id, `NOK|unable to cancel unknown transaction id: ${transaction}`);
    else this.#answer(id, this.#echo(invite, 'CANCEL'));
  }

  #sent(command: Command): void {
    this.#answer(command.id, this.#echo(command, command.name));
    if (command.name === 'ACK') return;
    this.#open.set(command.own, command);
    if (command.name !== 'BYE') return;
    if (!this.answersBye) return;
    this.dialogs.delete(command.dialog);
    this.answer(command, 200);
  }

  #echo(command: Command, method: string): string {
    const text = `${method} sip:peer@${HOST} SIP/2.0${CRLF}${headOf(command)}${CRLF}${CRLF}`;
    return `OK|application|${text.length}|udp|${HOST}|5060|10:00:00.000000|${command.own}|Msg sent:|${CRLF}${text}`;
  }

  #die(): void {
    this.died = true;
    this.cut();
  }

  #answer(id: string, words: string): void {
    this.#say(`response|${id}|${words}`);
  }

  #say(lead: string, text?: string): void {
    const content = text === undefined ? `${randomUUID()}|${lead}` : `${randomUUID()}|${lead}${CRLF}${text}`;
    if (this.#isFrozen) return;
    for (const socket of this.#sockets) socket.write(`${content.length}#${content}`, 'latin1');
  }
}
