/** One media server: joined step by step, tried out, used, left when it fails, and joined again when it is back. */
import type Mrf from 'drachtio-fsmrf';
import type { FsEndpoint, FsMediaServer } from 'drachtio-fsmrf';
import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { guarded, regardless } from '../base/guard.js';
import type { Log } from '../base/log.js';
import { type Machine, MachineKind, type Table } from '../base/machine.js';
import type { Meter } from '../base/meter.js';
import type { EndpointUser, MediaFailure } from '../call/voices/media-port.js';
import { failureOf, MediaEndpoint } from './endpoint.js';
import type { MediaServerSettings, MediaSettings } from './settings.js';
import { Sweeper } from './sweeper.js';
import { Watch } from './watch.js';

type State = 'down' | 'watching' | 'linking' | 'trying' | 'up' | 'closed';
type Input = 'begin' | 'watched' | 'linked' | 'tried' | 'failed' | 'close';
type Action = 'watch' | 'link' | 'try' | 'serve' | 'giveUp' | 'close';

const AT_WORK = { failed: ['down', 'giveUp'], close: ['closed', 'close'] } as const;

const TABLE: Table<State, Input, Action> = {
  down: { begin: ['watching', 'watch'], close: ['closed', 'close'] },
  watching: { ...AT_WORK, watched: ['linking', 'link'] },
  linking: { ...AT_WORK, linked: ['trying', 'try'] },
  // One endpoint is made and destroyed before calls rely on it.
  trying: { ...AT_WORK, tried: ['up', 'serve'] },
  up: AT_WORK,
  closed: {},
};

const LAST_RETRY_MS = 30_000;
/** What a server takes that has not said so yet: FreeSWITCH's own default. */
const MOST_SESSIONS = 1000;
/** A whole call that nobody listens to. */
const NOBODY: EndpointUser = { onDigit: () => {}, onGone: () => {} };

export interface MediaServerOptions {
  readonly server: MediaServerSettings;
  readonly settings: MediaSettings;
  readonly mrf: Mrf;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

export class MediaServer {
  static readonly #PERFORM: Readonly<Record<Action, (server: MediaServer) => void>> = {
    watch: (server) => server.#join(),
    link: (server) => server.#link(),
    try: (server) => server.#try(),
    serve: (server) => server.#serve(),
    giveUp: (server) => server.#giveUp(),
    close: (server) => server.#leave(),
  };
  static readonly #MACHINE = new MachineKind(TABLE, MediaServer.#PERFORM);
  readonly name: string;
  /** Why it is down, for people; empty while it is up. */
  reason = 'connection: not made yet';
  readonly endpoints = new Set<MediaEndpoint>();
  readonly #options: MediaServerOptions;
  readonly #machine: Machine<State, Input, Action>;
  #watch: Watch | undefined;
  #library: FsMediaServer | undefined;
  #sweeper: Sweeper | undefined;
  #retry: Timer | undefined;
  #retryMs: number;
  #restUntil = 0;
  #told = '';
  /** Grows when it is left: what was asked before is nobody's any more. */
  #generation = 0;

  constructor(options: MediaServerOptions) {
    this.#options = options;
    this.name = `${options.server.host}:${options.server.port}`;
    this.#retryMs = options.settings.retryMs;
    this.#machine = MediaServer.#MACHINE.of(this, 'down');
    this.#machine.send('begin');
  }

  get isUp(): boolean {
    return this.#machine.state === 'up' && this.#options.clock.now() >= this.#restUntil;
  }

  /** The share of its sessions that are taken: what it says itself, or what we have there where that is more. */
  get load(): number {
    const { sessions = 0, most = MOST_SESSIONS } = this.#watch?.load ?? {};
    return Math.max(sessions, this.endpoints.size) / most;
  }

  close(): void {
    this.#machine.send('close');
  }

  create(offer: string | undefined, user: EndpointUser, done: (made: MediaEndpoint | MediaFailure) => void): void {
    const { clock, settings } = this.#options;
    const library = this.#library;
    if (library === undefined) {
      clock.after(0, () => done('gone'));
      return;
    }
    const generation = this.#generation;
    let isAnswered = false;
    const answer = (made: MediaEndpoint | MediaFailure): void => {
      if (isAnswered) return;
      isAnswered = true;
      timer.cancel();
      done(made);
    };
    const timer = clock.after(settings.timeoutMs, () => {
      this.#rest();
      answer('timeout');
    });
    library.createEndpoint(offer === undefined ? {} : { remoteSdp: offer }).then(
      (made) => {
        if (isAnswered || generation !== this.#generation) {
          made.dialog.destroy().catch(() => {});
          answer('gone');
        } else answer(this.#adopt(made, user));
      },
      (thrown: unknown) => {
        const failure = failureOf(thrown);
        if (failure !== 'refused' && generation === this.#generation) this.#rest();
        answer(failure);
      },
    );
  }

  #adopt(library: FsEndpoint, user: EndpointUser): MediaEndpoint {
    const { clock, settings } = this.#options;
    const endpoint = new MediaEndpoint(
      library,
      {
        clock,
        timeoutMs: settings.timeoutMs,
        onOver: (over) => {
          this.endpoints.delete(over);
          this.#sweeper?.released(over.uuid);
        },
      },
      user,
    );
    this.endpoints.add(endpoint);
    return endpoint;
  }

  #join(): void {
    const { server, settings, clock } = this.#options;
    this.#watch = new Watch(server, settings.timeoutMs, clock, {
      onReady: () => this.#machine.send('watched'),
      onOver: (why) => this.#failed(why),
    });
  }

  #link(): void {
    const { server, settings, mrf } = this.#options;
    const generation = this.#generation;
    const { host: address, port, password: secret, profile } = server;
    const listenAddress = settings.listenAddress ?? (LOOPBACK.test(address) ? '127.0.0.1' : undefined);
    this.#deadline('event socket: it lets nobody in');
    mrf.connect({ address, port, secret, profile, ...(listenAddress !== undefined && { listenAddress }) }).then(
      (library) => {
        library.conn.reconnectOpts.maxAttempts = 1;
        if (generation !== this.#generation) {
          library.disconnect();
          return;
        }
        library.conn.socket?.setNoDelay(true);
        for (const event of ['esl::end', 'esl::ready']) library.conn.removeAllListeners(event);
        this.#library = library;
        this.#machine.send('linked');
      },
      (thrown: unknown) => {
        if (generation === this.#generation) this.#failed(`event socket: ${messageOf(thrown)}`);
      },
    );
  }

  #try(): void {
    this.#deadline('endpoint: no answer to the INVITE');
    this.create(undefined, NOBODY, (made) => {
      if (typeof made === 'string') this.#failed(ENDPOINT_FAILURES[made]);
      else {
        made.destroy();
        this.#machine.send('tried');
      }
    });
  }

  #serve(): void {
    const { clock, settings, log, meter } = this.#options;
    this.#retry?.cancel();
    this.#retryMs = settings.retryMs;
    this.#restUntil = 0;
    this.reason = '';
    this.#told = '';
    const ask = (command: string, done: (body: string) => void): void => this.#watch?.api(command, done);
    this.#sweeper = new Sweeper({ clock, meter, everyMs: settings.sweepMs, endpoints: this.endpoints, ask });
    log.info({ mediaServer: this.name }, 'media server is up');
  }

  #failed(why: string): void {
    this.reason = why;
    this.#machine.send('failed');
  }

  #giveUp(): void {
    const { log, meter, clock } = this.#options;
    const { reason } = this;
    const [step = ''] = reason.split(':', 1);
    meter.count('media_server_failures_total', { step });
    if (reason !== this.#told)
      log.error({ mediaServer: this.name, code: 'MEDIA_UNAVAILABLE', reason }, 'media server is down');
    this.#told = reason;
    this.#leave();
    this.#retry = clock.after(this.#retryMs, () => this.#machine.send('begin'));
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #leave(): void {
    this.#generation++;
    this.#retry?.cancel();
    this.#watch?.close();
    this.#sweeper?.stop();
    this.#watch = this.#sweeper = undefined;
    for (const endpoint of [...this.endpoints]) {
      // A fault in one call must not keep the others from learning it.
      guarded(
        () => endpoint.lost(),
        (err) => this.#options.log.error({ mediaServer: this.name, code: 'MEDIA_FAULT', err }, 'a fault in a call'),
      );
    }
    regardless(() => this.#library?.disconnect());
    this.#library = undefined;
  }

  #rest(): void {
    const { clock, settings } = this.#options;
    this.#restUntil = clock.now() + settings.restMs;
  }

  /** A step may never answer. */
  #deadline(why: string): void {
    const { clock, settings } = this.#options;
    const { state } = this.#machine;
    this.#retry?.cancel();
    this.#retry = clock.after(2 * settings.timeoutMs, () => {
      if (this.#machine.state === state) this.#failed(why);
    });
  }
}

const LOOPBACK = /^(?:127\.|localhost$)/;

/** At the trial, where each means a setting of the server. */
const ENDPOINT_FAILURES: Readonly<Record<MediaFailure, string>> = {
  'none-up': 'endpoint: gone',
  refused: 'endpoint: 488, no codec or no free RTP port',
  busy: 'endpoint: 480 or 503, the profile lacks enable-3pcc, or the server is full, paused or starting',
  timeout: 'endpoint: no answer to the INVITE, or the server does not reach us (media.listenAddress)',
  gone: 'endpoint: refused, or the server does not reach us (media.listenAddress)',
};
