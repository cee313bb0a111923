import type { Clock, Timer } from '../base/clock.js';
import { CodedError, messageOf } from '../base/errors.js';
import { encodeFrame, FRAME_LIMIT, FrameReader } from '../base/frames.js';
import { regardless } from '../base/guard.js';
import { type Log, maskNumber } from '../base/log.js';
import { type Machine, MachineKind } from '../base/machine.js';
import type { Meter } from '../base/meter.js';
import type { Engine, Owner, RequestEvent, ResponseEvent, UnsolicitedEvent } from '../engine/api.js';
import type { ByteStream } from './byte-stream.js';
import { type Command, type FailureWord, parseCommand } from './commands.js';
import { type Action, CONNECTION_TABLE, type Input, type State } from './connection-table.js';
import type { Replies } from './replies.js';
import type { Routes } from './routes.js';

/** What a connection needs from the server that accepted it. */
export interface ConnectionContext {
  readonly engine: Engine;
  readonly routes: Routes;
  readonly replies: Replies;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Compares in constant time. */
  isSecret(secret: string): boolean;
  attached(connection: Connection): void;
  closed(connection: Connection): void;
}

/** The version token that an application is told: drachtio-srf reads the number, the ringing service the suffix. */
const SERVER_VERSION = 'v0.9.5-virkne';
/** How long an application may take to authenticate. */
const AUTHENTICATION_DEADLINE_MS = 10_000;
/** Guessing takes time: how long a wrong secret waits for its answer. */
const WRONG_SECRET_PAUSE_MS = 1_000;
/** Bytes that may wait for an application that does not read. */
const MOST_UNSENT = 16 * 1024 * 1024;
/** Enough to authenticate. */
const UNAUTHENTICATED_FRAME_LIMIT = 4096;
/** How long the last frame may take to leave, in milliseconds. */
const LINGER = 5000;

/** One attached application: turns its frames into calls of the engine, and what the engine tells it into frames. */
export class Connection implements Owner {
  /** Those without a command are not given one. */
  static readonly #PERFORM: Readonly<Record<Action, (connection: Connection, command: Command) => void>> = {
    welcome: (connection, command) => connection.#welcome(command),
    pong: (connection, command) => connection.#write(connection.#context.replies.ok(command.id, 'pong')),
    pause: (connection, command) => connection.#pause(command),
    execute: (connection, command) => connection.#execute(command),
    refuse: (connection, command) => connection.#refuse(command, 'secret', 'incorrect secret'),
    deny: (connection, command) => connection.#refuse(command, 'unauthenticated', 'not authenticated'),
    complain: (connection, command) => connection.#farewell(command.id, command.kind === 'failure' ? command.text : ''),
    drop: (connection) => connection.#drop(),
    forget: (connection) => connection.#leave(),
  };
  static readonly #MACHINE = new MachineKind(CONNECTION_TABLE, Connection.#PERFORM);
  readonly #context: ConnectionContext;
  readonly #stream: ByteStream;
  readonly #takesAll: boolean;
  readonly #reader = new FrameReader(UNAUTHENTICATED_FRAME_LIMIT);
  readonly #machine: Machine<State, Input, Action>;
  /** To authenticate, and then until a wrong secret is answered. */
  #deadline: Timer;
  #linger: Timer | undefined;
  #open = true;
  /** Events raised while a command is executed: they follow its answer. */
  #held: string[] | undefined;

  constructor(context: ConnectionContext, stream: ByteStream, takesAll: boolean) {
    this.#context = context;
    this.#stream = stream;
    this.#takesAll = takesAll;
    this.#machine = Connection.#MACHINE.of(this, 'unauthenticated');
    this.#deadline = context.clock.after(AUTHENTICATION_DEADLINE_MS, () =>
      this.#enter(() => this.#machine.send('deadline')),
    );
    stream.listen({
      received: (bytes) => this.#enter(() => this.#received(bytes)),
      closed: () => this.#enter(() => this.#closed()),
    });
  }

  get isAttached(): boolean {
    return this.#machine.state === 'attached';
  }

  onRequest(event: RequestEvent): void {
    this.#enter(() => this.#tell(this.#context.replies.request(event)));
  }

  onResponse(event: ResponseEvent): void {
    this.#enter(() => this.#tell(this.#context.replies.response(event)));
  }

  onUnsolicited(event: UnsolicitedEvent): void {
    this.#enter(() => this.#tell(this.#context.replies.unsolicited(event)));
  }

  /** It has not authenticated, and gives way to one that may. */
  crowdOut(): void {
    this.#machine.send('crowded out');
  }

  /** The server closes. */
  close(): void {
    this.#machine.send('gone');
    this.#stream.destroy();
  }

  /** An error of ours costs this connection, and neither the engine nor another application. */
  #enter(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      const { log, meter } = this.#context;
      regardless(() => meter.count('drachtio_faults_total'));
      regardless(() =>
        log.error({ err: thrown, peer: this.#stream.peer }, 'a fault closes the connection of an application'),
      );
      const wasOpen = this.#machine.state !== 'closed';
      regardless(() => this.#machine.send('broken'));
      // It may have been on the way out.
      if (wasOpen) return;
      regardless(() => this.#stream.destroy());
      regardless(() => this.#leave());
    }
  }

  #received(bytes: string): void {
    const followed = this.#reader.read(bytes, (content) => this.#take(parseCommand(content)));
    if (!followed && this.#machine.state !== 'closed') {
      this.#context.log.warn(
        { peer: this.#stream.peer },
        'application sent no frame, or one that is too long: closing',
      );
      this.#machine.send('overrun');
    }
  }

  #take(command: Command): void {
    this.#machine.send(this.#inputOf(command), command);
  }

  #inputOf(command: Command): Input {
    if (command.kind === 'ping') return 'ping';
    if (command.kind === 'authenticate')
      return this.#context.isSecret(command.secret) ? 'right secret' : 'wrong secret';
    return command.kind === 'failure' && command.word === 'NO' ? 'fault' : 'command';
  }

  #closed(): void {
    this.#open = false;
    this.#linger?.cancel();
    this.#machine.send('gone');
  }

  #welcome(command: Command): void {
    const { engine, replies, routes } = this.#context;
    this.#deadline.cancel();
    this.#reader.limit = FRAME_LIMIT;
    this.#write(replies.ok(command.id, engine.advertised.join(','), SERVER_VERSION, engine.bound.join(',')));
    if (this.#takesAll) routes.addAll(this);
    this.#context.attached(this);
  }

  #pause(command: Command): void {
    const { clock, log } = this.#context;
    log.warn({ peer: this.#stream.peer }, 'an application gave a wrong secret');
    this.#deadline.cancel();
    this.#deadline = clock.after(WRONG_SECRET_PAUSE_MS, () =>
      this.#enter(() => this.#machine.send('pause over', command)),
    );
  }

  #refuse(command: Command, reason: string, text: string): void {
    this.#context.meter.count('drachtio_refused_total', { reason });
    this.#farewell(command.id, text);
  }

  #drop(): void {
    regardless(() => this.#stream.destroy());
    this.#leave();
  }

  /** A last word, and the connection closes behind it. */
  #farewell(id: string, text: string): void {
    this.#write(this.#context.replies.failed(id, 'NO', text));
    this.#stream.end();
    if (this.#open) this.#linger = this.#context.clock.after(LINGER, () => this.#stream.destroy());
    this.#leave();
  }

  #leave(): void {
    this.#deadline.cancel();
    this.#context.routes.removeAll(this);
    this.#context.closed(this);
    this.#context.engine.release(this);
  }

  #execute(command: Command): void {
    this.#held = [];
    let answer: string | undefined;
    try {
      answer = this.#answer(command);
    } catch (thrown) {
      answer = this.#failed(command.id, 'NOK', this.#textOf(thrown));
    }
    const held = this.#held;
    this.#held = undefined;
    if (answer !== undefined) this.#write(answer);
    for (const content of held) this.#write(content);
  }

  #answer(command: Command): string | undefined {
    const { engine, replies, routes } = this.#context;
    switch (command.kind) {
      case 'respond':
        return replies.sentResponse(command.id, engine.respond(this, command.transactionId, command.draft));
      case 'request':
        return replies.sentRequest(command.id, engine.request(this, command.draft));
      case 'request-in-dialog':
        return replies.sentRequest(command.id, engine.requestInDialog(this, command.dialogId, command.draft));
      case 'acknowledge':
        return replies.sentRequest(command.id, engine.acknowledge(this, command.dialogId, command.draft));
      case 'cancel':
        return replies.sentRequest(command.id, engine.cancel(this, command.transactionId, command.draft, command.late));
      case 'route':
        routes.add(this, command.verb);
        return replies.ok(command.id);
      case 'remove-route':
        routes.remove(this, command.verb);
        return replies.ok(command.id);
      case 'failure':
        return this.#failed(command.id, command.word, command.text);
      default:
        return undefined;
    }
  }

  #failed(id: string, word: FailureWord, text: string): string {
    this.#context.log.debug({ peer: this.#stream.peer, word, text: maskNumber(text) }, 'command failed');
    return this.#context.replies.failed(id, word, text);
  }

  /** Errors that are not the application's are ours: it learns only that there was one. */
  #textOf(thrown: unknown): string {
    if (thrown instanceof CodedError) return thrown.message;
    this.#context.log.error({ error: messageOf(thrown) }, 'command failed inside the engine');
    return 'internal server error';
  }

  #tell(content: string): void {
    if (this.#held !== undefined) this.#held.push(content);
    else if (this.isAttached) this.#write(content);
  }

  #write(content: string): void {
    if (!this.#open) return;
    this.#stream.write(encodeFrame(content));
    if (this.#stream.unsent <= MOST_UNSENT) return;
    this.#context.log.warn({ peer: this.#stream.peer }, 'application does not read: closing');
    this.#context.meter.count('drachtio_refused_total', { reason: 'not-reading' });
    this.#machine.send('overrun');
  }
}
