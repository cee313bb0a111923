/**
 * Our own connection to a media server's event socket. It says why a server cannot be used, which drachtio-fsmrf does not (a wrong
 * password never settles there, a wrong profile is an uncaught exception), notices at once when it goes, and asks what it has.
 */
import { connect, type Socket } from 'node:net';
import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { type Machine, MachineKind, type Table } from '../base/machine.js';
import { EventReader, type SocketMessage } from './event-reader.js';
import type { MediaServerSettings } from './settings.js';

type State = 'connecting' | 'authenticating' | 'looking' | 'ready' | 'over';
type Input =
  | 'asksPassword'
  | 'accepted'
  | 'refused'
  | 'denied'
  | 'hasProfile'
  | 'lacksProfile'
  | 'late'
  | 'ended'
  | 'close';
type Action = 'authenticate' | 'look' | 'ready' | 'password' | 'acl' | 'profile' | 'silent' | 'lost' | 'end';

const ANYTIME = {
  late: ['over', 'silent'],
  ended: ['over', 'lost'],
  close: ['over', 'end'],
} as const;

const TABLE: Table<State, Input, Action> = {
  connecting: { ...ANYTIME, asksPassword: ['authenticating', 'authenticate'], denied: ['over', 'acl'] },
  authenticating: { ...ANYTIME, accepted: ['looking', 'look'], refused: ['over', 'password'], denied: ['over', 'acl'] },
  looking: { ...ANYTIME, hasProfile: ['ready', 'ready'], lacksProfile: ['over', 'profile'] },
  ready: ANYTIME,
  over: {},
};

interface WatchUser {
  onReady(): void;
  /** It is over; not after {@link Watch.close}. @param why the step that failed, for people */
  onOver(why: string): void;
}

/** How often a server that says nothing is asked something. */
const ASK_MS = 5000;

export class Watch {
  static readonly #PERFORM: Readonly<Record<Action, (watch: Watch) => void>> = {
    authenticate: (watch) => watch.#send(`auth ${watch.#settings.password}`),
    look: (watch) => watch.#look(),
    ready: (watch) => watch.#ready(),
    password: (watch) => watch.#over('password: refused'),
    acl: (watch) => watch.#over('access list: event_socket denies this address (apply-inbound-acl)'),
    profile: (watch) => watch.#over(`profile: sofia has none that runs by the name ${watch.#settings.profile}`),
    silent: (watch) => watch.#over('connection: it does not answer'),
    lost: (watch) => watch.#over(`connection: ${watch.#reason}`),
    end: (watch) => watch.#stop(),
  };
  static readonly #MACHINE = new MachineKind(TABLE, Watch.#PERFORM);
  /** What its last heartbeat says; undefined before the first. */
  load: { readonly sessions: number; readonly most: number } | undefined;
  readonly #settings: MediaServerSettings;
  readonly #clock: Clock;
  readonly #user: WatchUser;
  readonly #machine: Machine<State, Input, Action>;
  readonly #socket: Socket;
  readonly #answers: ((body: string) => void)[] = [];
  #deadline: Timer | undefined;
  #asking: Timer | undefined;
  #reason = 'closed';

  constructor(settings: MediaServerSettings, timeoutMs: number, clock: Clock, user: WatchUser) {
    this.#settings = settings;
    this.#clock = clock;
    this.#user = user;
    this.#machine = Watch.#MACHINE.of(this, 'connecting');
    this.#timeoutMs = timeoutMs;
    const reader = new EventReader((message) => this.#receive(message));
    this.#socket = connect({ host: settings.host, port: settings.port, noDelay: true, keepAlive: true });
    this.#socket.on('data', (chunk: Buffer) => {
      if (!reader.read(chunk)) this.#socket.destroy(new Error('it speaks something else'));
    });
    this.#socket.on('error', (error) => {
      this.#reason = messageOf(error);
    });
    this.#socket.on('close', () => this.#machine.send('ended'));
    this.#expect();
  }

  readonly #timeoutMs: number;

  /** Not called back where the connection ends before the answer. */
  api(command: string, done: (body: string) => void): void {
    if (this.#machine.state === 'over') return;
    this.#answers.push(done);
    this.#send(`api ${command}`);
  }

  close(): void {
    this.#machine.send('close');
  }

  #send(command: string): void {
    this.#socket.write(`${command}\n\n`);
    this.#expect();
  }

  /** Something is to come within the time. */
  #expect(): void {
    this.#deadline ??= this.#clock.after(this.#timeoutMs, () => this.#machine.send('late'));
  }

  #receive({ type, reply, body }: SocketMessage): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
    if (type === 'auth/request') this.#machine.send('asksPassword');
    else if (type === 'text/rude-rejection') this.#machine.send('denied');
    else if (type === 'command/reply') this.#machine.send(reply.startsWith('+OK') ? 'accepted' : 'refused');
    else if (type === 'api/response') this.#answers.shift()?.(body);
    else if (type === 'text/event-json') this.#note(body);
    if (this.#answers.length > 0) this.#expect();
  }

  #look(): void {
    const line = new RegExp(`^\\s*${escaped(this.#settings.profile)}\\s.*sip:mod_sofia@`, 'm');
    this.api('sofia status', (body) => this.#machine.send(line.test(body) ? 'hasProfile' : 'lacksProfile'));
  }

  #ready(): void {
    this.#send('event json HEARTBEAT');
    this.#ask();
    this.#user.onReady();
  }

  /** A machine that hangs says nothing, and TCP does not tell. */
  #ask(): void {
    this.#asking = this.#clock.after(ASK_MS, () => {
      if (this.#answers.length === 0) this.api('uuid_exists none', () => {});
      this.#ask();
    });
  }

  #note(body: string): void {
    const event = parsed(body);
    if (event['Event-Name'] !== 'HEARTBEAT') return;
    const sessions = Number(event['Session-Count']);
    const most = Number(event['Max-Sessions']);
    if (Number.isFinite(sessions) && most > 0) this.load = { sessions, most };
  }

  #over(why: string): void {
    this.#stop();
    this.#user.onOver(why);
  }

  #stop(): void {
    this.#deadline?.cancel();
    this.#asking?.cancel();
    this.#answers.length = 0;
    this.#socket.destroy();
  }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
