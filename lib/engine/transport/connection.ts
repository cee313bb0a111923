import type { Socket } from 'node:net';
import { checkServerIdentity, TLSSocket } from 'node:tls';
import type { Account, Budget } from '../../base/budget.js';
import type { Clock } from '../../base/clock.js';
import { CodedError, type ErrorCode } from '../../base/errors.js';
import { MessageFramer } from '../../sip/framer.js';
import type { Carries, Flow, Protocol } from '../api.js';
import { CONNECTION_BYTES } from '../weight.js';
import { canonicalAddress } from './addresses.js';
import type { DropReason } from './drops.js';
import { type Endpoint, formatEndpoint } from './listen.js';
import type { TransportLimits } from './options.js';
import { TimeLimits } from './time-limits.js';
import { Unanswered, type Written } from './unanswered.js';
import { type Failed, WaitingMessages } from './waiting.js';

export type StreamProtocol = Exclude<Protocol, 'udp'>;

/** Whoever holds the connection. */
export interface ConnectionOwner {
  readonly protocol: StreamProtocol;
  readonly clock: Clock;
  readonly limits: TransportLimits;
  readonly budget: Budget;
  /** Who a peer is, where what it takes is counted. */
  readonly sourceOf: (address: string) => string;
  received(text: string, connection: StreamConnection): void;
  /** Whether a call lives on it. Asked when it has been idle for so long that it would be closed. */
  inUse(connection: StreamConnection): boolean;
  /** Once, at the end. `error`: undefined when the peer, idleness or `close` ended it in good order. */
  closed(connection: StreamConnection, error: Error | undefined): void;
  dropped(reason: DropReason): void;
  /** A programming error has ended the connection, or could have. Never throws, as the next. */
  faulted(thrown: unknown): void;
  tellFailed(failed: Failed, error: Error): void;
}

const KEEP_ALIVE_PROBE_MS = 30_000;
const FAREWELL_MS = 1000;
const PONG = '\r\n';

/**
 * One TCP or TLS connection, opened by either side. What is sent before it is established waits in a bounded queue; a peer
 * that does not read, that sends a message byte by byte, or that has left without a word does not hold resources for long.
 */
export class StreamConnection {
  /** Where messages on this connection come from and go to. */
  readonly flow: Flow;
  /** The peer opened it: nobody listens at its port. */
  readonly inbound: boolean;
  /** The other address at which RFC 5923 lets us reach this peer. */
  alias: Endpoint | undefined;
  /** What a TLS server had to prove. */
  readonly host: string | undefined;
  readonly #owner: ConnectionOwner;
  readonly #framer: MessageFramer;
  readonly #socket: Socket;
  #trusted = false;
  #established = false;
  #ended = false;
  readonly #waiting: WaitingMessages;
  readonly #limits: TimeLimits;
  /** A whole message has come. */
  #hasSpoken = false;
  readonly #account: Account;
  #held: number;
  readonly #unanswered: Unanswered;
  #isLeft = false;

  constructor(owner: ConnectionOwner, socket: Socket, flow: Flow, inbound: boolean, host?: string) {
    this.#owner = owner;
    this.#socket = socket;
    this.flow = { ...flow, connection: this, ...(host !== undefined && { host }) };
    this.inbound = inbound;
    this.host = host;
    this.#framer = new MessageFramer(owner.limits.maxMessageBytes);
    this.#limits = new TimeLimits(owner.clock);
    this.#unanswered = new Unanswered(owner.clock);
    this.#held = CONNECTION_BYTES[owner.protocol];
    this.#account = owner.budget.charge(owner.sourceOf(flow.address), this.#held);
    this.#waiting = new WaitingMessages(owner.clock, (failed) => {
      owner.tellFailed(failed, notSent('NOT_CONNECTED', `${this.#name} was not established in time`));
      this.#weigh();
    });
    this.#armDeadline('slow', `${this.#name} was not established in time`);
    socket.setEncoding('latin1');
    socket.setNoDelay(true);
    // Finds a peer that went away without a word while nothing is under way; #limits cover the rest.
    socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    socket.on('data', (chunk: string) => this.#enter(chunk));
    socket.on('error', (error) => this.#left(() => this.end(error)));
    // The peer will send no more: answer what is under way, and use a new connection for the rest.
    socket.on('end', () => this.#left(() => this.close()));
    socket.on('close', () => this.#left(() => this.end(undefined)));
  }

  /** False once the connection has ended: nothing can be sent any more. */
  get alive(): boolean {
    return !this.#ended;
  }

  /** Alive, and not silent for so long that a request had better take a new connection. */
  get promising(): boolean {
    return !(this.#ended || this.#limits.isSilent);
  }

  /** Whether what goes there goes over this connection. */
  carries({ protocol, address, port, host, connection }: Parameters<Carries>[0]): boolean {
    if (connection !== undefined) return connection === this;
    if (protocol !== this.flow.protocol || !this.proves(host)) return false;
    const isAt = (end: Endpoint): boolean =>
      end.port === port && (end.address === address || canonicalAddress(end.address) === canonicalAddress(address));
    return isAt(this.flow) || (this.alias !== undefined && isAt(this.alias));
  }

  /**
   * Whether the peer at the other end is that name, as far as anybody has to prove it: TLS is used again only for the name it was
   * verified for (RFC 5922 §7.1), and towards a peer that has connected to us (RFC 5923) for those in its certificate.
   */
  proves(host: string | undefined): boolean {
    if (host === undefined || this.flow.protocol !== 'tls') return true;
    if (!this.inbound) return this.host?.toLowerCase() === host.toLowerCase();
    if (!this.#trusted || !(this.#socket instanceof TLSSocket)) return false;
    return checkServerIdentity(host, this.#socket.getPeerCertificate()) === undefined;
  }

  /** Once it has ended: the requests that the peer has perhaps never read. None where it was us who ended it. */
  takeUnanswered(): readonly Written[] {
    return this.#isLeft ? this.#unanswered.take() : [];
  }

  /** Whether a whole message has come over it. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /** When the last byte passed. */
  get lastActive(): number {
    return this.#limits.lastActive;
  }

  get established(): boolean {
    return this.#established;
  }

  /** The peer has proved with a certificate who it is. */
  get trusted(): boolean {
    return this.#trusted;
  }

  /** The handshakes are done: what has been waiting goes out. */
  establish(trusted: boolean): void {
    if (this.#ended) return;
    this.#established = true;
    this.#trusted = trusted;
    this.#limits.clearDeadline();
    this.#limits.watchIdleness(this.#owner.limits.idleMs, () => {
      if (!this.#owner.inUse(this)) this.close();
      return this.#ended;
    });
    for (const { text, failed, isRepeated } of this.#waiting.take()) this.#write(text, failed, isRepeated);
    this.#weigh();
    if (this.inbound && !this.#ended)
      this.#armDeadline('silent', `${this.#name} has said nothing`, this.#owner.limits.silentMs);
  }

  /**
   * @param connectMs how long it may wait for the connection to be established; undefined: as long as that takes
   * @param isRepeated it was sent over another connection before, which the peer has closed
   */
  send(text: string, failed: Failed, connectMs?: number, isRepeated = false): void {
    const waiting = this.#established ? this.#socket.writableLength : this.#waiting.bytes;
    if (this.#ended || waiting + text.length > this.#owner.limits.maxQueuedBytes) {
      const error = notSent('CONNECTION_LOST', `${this.#name} ${this.#ended ? 'is closed' : 'does not keep up'}`);
      process.nextTick(() => this.#owner.tellFailed(failed, error));
      // Before it is established the others may still get through; afterwards the peer has stopped reading.
      if (this.#established && !this.#ended) this.#drop('slow', error);
      return;
    }
    if (this.#established) this.#write(text, failed, isRepeated);
    else {
      this.#waiting.add({ text, failed, isRepeated }, connectMs);
      this.#weigh();
    }
  }

  /** Sends what is still to be sent and closes; the owner is told without an error. */
  close(): void {
    if (this.#ended) return;
    const forced = this.#owner.clock.after(FAREWELL_MS, () => this.#socket.destroy());
    this.#socket.once('close', () => forced.cancel());
    if (this.#established) this.#socket.destroySoon();
    else this.#socket.destroy();
    this.#finish(undefined);
  }

  /** Cuts the connection. `error`: undefined when the end is in good order. */
  end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#socket.destroy(error);
    this.#finish(error);
  }

  get #name(): string {
    return `Connection ${this.flow.protocol}/${formatEndpoint(this.flow)}`;
  }

  /** It is the peer who ends it. */
  #left(end: () => void): void {
    if (!this.#ended) this.#isLeft = true;
    end();
  }

  #finish(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#account.change(-this.#held);
    this.#limits.stop();
    const failure = this.#failure(
      error ?? notSent('CONNECTION_LOST', `${this.#name}: closed before it was established`),
    );
    for (const { failed } of this.#waiting.take()) this.#owner.tellFailed(failed, failure);
    this.#owner.closed(this, error);
  }

  #write(text: string, failed: Failed, isRepeated: boolean): void {
    this.#limits.wrote(this.#unanswered.note(text, failed, isRepeated));
    this.#socket.write(text, 'latin1', (error) => {
      // What was not answered is seen to when the connection has ended, which is next.
      if (error && !(this.#isLeft || this.#unanswered.has(text))) this.#owner.tellFailed(failed, this.#failure(error));
      this.#weigh();
    });
    this.#weigh();
  }

  #failure(error: Error): CodedError {
    if (error instanceof CodedError) return error;
    return new CodedError('SIP_NOT_SENT', `${this.#name}: ${error.message}`, { cause: error });
  }

  #enter(chunk: string): void {
    try {
      this.#read(chunk);
    } catch (thrown) {
      this.#owner.faulted(thrown);
      this.end(new CodedError('SIP_MALFORMED', `${this.#name}: what came could not be handled`));
    }
  }

  #read(chunk: string): void {
    this.#limits.heard();
    const framed = this.#framer.push(chunk);
    if (framed.length > 0) this.#limits.clearDeadline();
    // A message that has begun must end in time, however steadily its bytes drip in. Keep-alives begin none (RFC 5626 §4.4.1).
    if (this.#framer.isWithin) this.#armDeadline('slow', `${this.#name} did not finish a message in time`);
    else this.#limits.clearDeadline();
    this.#weigh();
    for (const item of framed) {
      if (this.#ended) return;
      if (item.kind === 'message') {
        this.#hasSpoken = true;
        this.#unanswered.heard(item.text);
        this.#owner.received(item.text, this);
      } else if (item.kind === 'ping') this.send(PONG, () => {});
      else {
        const reason = item.reason.endsWith('too large') ? 'size' : 'framing';
        this.#drop(reason, new CodedError('SIP_MALFORMED', `${this.#name}: ${item.reason}`));
      }
    }
  }

  #armDeadline(reason: DropReason, why: string, delay = this.#owner.limits.handshakeMs): void {
    this.#limits.setDeadline(delay, () => this.#drop(reason, notSent('NOT_CONNECTED', why)));
  }

  /** Counts what it has not yet read to the end or sent. When room is short, who has the most of that is cut off first. */
  #weigh(): void {
    if (this.#ended) return;
    const waiting = this.#framer.length + this.#waiting.bytes + this.#socket.writableLength;
    const grown = CONNECTION_BYTES[this.#owner.protocol] + waiting - this.#held;
    if (grown === 0) return;
    this.#held += grown;
    this.#account.change(grown);
    if (grown > 0 && !this.#account.admits(waiting))
      this.#drop('budget', new CodedError('SIP_NOT_SENT', `${this.#name} takes too much room`));
  }

  #drop(reason: DropReason, error: Error): void {
    this.#owner.dropped(reason);
    this.end(error);
  }
}

/** @param why whoever wants to know finds it as the cause */
const notSent = (why: ErrorCode, text: string): CodedError =>
  new CodedError('SIP_NOT_SENT', text, { cause: new CodedError(why, text) });
