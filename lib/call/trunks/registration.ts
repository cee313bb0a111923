/** Our own registration at a trunk that wants one (RFC 3261 §10.2). */
import type { Clock, Timer } from '../../base/clock.js';
import type { Ids } from '../../base/ids.js';
import { type Machine, MachineKind } from '../../base/machine.js';
import { octetsOf } from '../../base/text.js';
import { numberHeld, numberWithin } from '../../sip/number.js';
import { parseSipUri, unescapeUri } from '../../sip/uri.js';
import { type DigestExchange, DigestSession } from '../../sip-server/auth/session.js';
import type { Credentials, Headers, Reply, SipServer } from '../../sip-server/sip-server.js';
import { addressOf, registrarIn, transportOf, userOf } from './account.js';
import { type Granted, grantedIn, isSameContact, NO_BINDING, type Registrant, routeIn } from './binding.js';
import {
  REGISTRATION_TABLE,
  type RegistrationAction,
  type RegistrationInput,
  type RegistrationState,
} from './registration-table.js';

export interface RegistrationOptions {
  /** The trunk's URI: the registrar. */
  readonly uri: string;
  readonly credentials: Credentials;
  /** Of our address of record. Default: the host of that URI. */
  readonly domain?: string | undefined;
  /** How long a binding is asked for. */
  readonly seconds: number;
  readonly sip: Pick<SipServer, 'connected' | 'send'>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** From 0 to below 1. */
  random(): number;
  /** Called once for each change; `status` is 0 where there was no response. */
  onChange(isRegistered: boolean, status: number): void;
}

/** RFC 5626 §4.5: 30 s, doubled for each failure up to half an hour, and of that the half to the whole by chance. */
const BACK_OFF_SECONDS = 30;
const MAX_BACK_OFF_SECONDS = 1800;
/** In place of the 30 s where a registrar accepts, and keeps no binding of ours: another may have taken its place. */
const UNBOUND_SECONDS = 2;
/** While there is no SIP server to send anything. */
const DETACHED_SECONDS = 1;
const MAX_INTERVAL_SECONDS = 86_400;
/** How long a drain waits for the registrar. */
const LEAVING_MS = 2000;

export class Registration {
  static readonly #PERFORM: Readonly<
    Record<RegistrationAction, (registration: Registration, result: Result | undefined) => void>
  > = {
    register: (registration) => {
      registration.#exchange = registration.#session.begin();
      registration.#send(registration.#seconds);
    },
    repeat: (registration) => registration.#send(registration.#asked),
    lengthen: (registration, result) => {
      registration.#seconds = leastOf(result?.headers) ?? registration.#seconds;
      registration.#send(registration.#seconds);
    },
    announce: (registration, result) => {
      registration.#options.onChange(true, result?.status ?? 0);
      registration.#bound(result);
    },
    refreshLater: (registration, result) => registration.#bound(result),
    backOff: (registration, result) => {
      registration.#unboundIfRefused(result);
      registration.#backOff(result);
    },
    announceLoss: (registration, result) => {
      registration.#options.onChange(false, result?.status ?? 0);
      registration.#unboundIfRefused(result);
      registration.#backOff(result);
    },
    limit: (registration) => registration.#limit(),
    leave: (registration) => {
      registration.#binding = NO_BINDING;
      registration.#limit();
      registration.#unregister();
    },
    unregister: (registration) => registration.#unregister(),
    end: (registration) => {
      registration.#timer?.cancel();
      registration.#stopped?.();
    },
  };
  static readonly #MACHINE = new MachineKind(REGISTRATION_TABLE, Registration.#PERFORM);
  readonly #options: RegistrationOptions;
  readonly #machine: Machine<RegistrationState, RegistrationInput, RegistrationAction>;
  readonly #callId: string;
  readonly #fromTag: string;
  readonly #registrant: Registrant;
  readonly #address: string;
  readonly #registrar: string;
  #session: DigestSession;
  #exchange: DigestExchange;
  #binding = NO_BINDING;
  /** Raised by 423. */
  #seconds: number;
  #asked = 0;
  #cseq = 0;
  #failures = 0;
  #timer: Timer | undefined;
  #stopped: (() => void) | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: RegistrationOptions) {
    const { uri, credentials, ids } = options;
    this.#options = options;
    this.#callId = ids.uuid();
    this.#fromTag = ids.token();
    this.#seconds = options.seconds;
    this.#session = new DigestSession(credentials, () => ids.token());
    this.#exchange = this.#session.begin();
    this.#registrar = registrarIn(octetsOf(uri));
    this.#address = addressOf(uri, credentials.username, options.domain);
    this.#registrant = { user: unescapeUri(userOf(this.#address)), line: ids.token() };
    this.#machine = Registration.#MACHINE.of(this, 'unregistered');
  }

  get state(): RegistrationState {
    return this.#machine.state;
  }

  /** Where requests to the trunk are to pass, in this order, as long as the binding lives (RFC 3608 §6.1); undefined: nowhere. */
  get serviceRoute(): readonly string[] | undefined {
    const { route, until } = this.#binding;
    return route !== undefined && until > this.#options.clock.now() ? route : undefined;
  }

  /**
   * Whether a request to this URI comes because of our registration: it has our `line`, or, where the registrar drops
   * parameters, user and host are those of a contact that it named.
   */
  isContact(uri: string): boolean {
    const { contacts } = this.#binding;
    const { line } = this.#registrant;
    if (!uri.includes(line) && contacts.length === 0) return false;
    const parsed = parseSipUri(uri);
    if (parsed === undefined) return false;
    return parsed.params.get('line') === line || contacts.some((contact) => isSameContact(parsed, contact));
  }

  start(): void {
    this.#machine.send('start');
  }

  /** Removes the binding; resolves when it is removed, or when that took too long. */
  stop(): Promise<void> {
    if (this.#machine.state === 'unregistered') return Promise.resolve();
    this.#stopping ??= new Promise((resolve) => {
      this.#stopped = resolve;
      this.#machine.send('stop');
    });
    return this.#stopping;
  }

  #send(seconds: number): void {
    const { sip } = this.#options;
    if (!sip.connected) {
      this.#machine.send('refused', DETACHED);
      return;
    }
    this.#asked = seconds;
    this.#cseq++;
    const method = 'REGISTER';
    const uri = this.#registrar;
    const headers = {
      from: `<${this.#address}>;tag=${this.#fromTag}`,
      to: `<${this.#address}>`,
      'call-id': this.#callId,
      cseq: `${this.#cseq} ${method}`,
      // The SIP server puts its own address there.
      contact: `<sip:${userOf(this.#address)}@localhost${transportOf(uri)};line=${this.#registrant.line}>`,
      expires: String(seconds),
      // RFC 3327 §5.1: a proxy on the way may want to be on the way of our calls, too.
      supported: 'path',
      ...this.#exchange.headersFor({ method, uri, body: '' }),
    };
    const sent = this.#cseq;
    sip.send({ method, uri, headers }, (outcome) => {
      if (sent !== this.#cseq) return;
      const result = resultOf(outcome);
      this.#machine.send(this.#meaningOf(result), result);
    });
  }

  #meaningOf({ status, headers }: Result): RegistrationInput {
    if (isAccepted({ status })) {
      return this.#asked === 0 || this.#grantedBy(headers).seconds > 0 ? 'accepted' : 'unbound';
    }
    if ((status === 401 || status === 407) && this.#exchange.take(headers)) return 'challenged';
    if (status !== 423) return 'refused';
    return (leastOf(headers) ?? 0) > this.#asked ? 'tooBrief' : 'refused';
  }

  /** RFC 3608 §6.1: the Service-Route of the latest response counts, and none where it has none. */
  #bound({ headers }: Result = DETACHED): void {
    const { contacts, seconds } = this.#grantedBy(headers);
    const until = this.#options.clock.now() + seconds * 1000;
    this.#binding = { contacts, route: routeIn(headers['service-route']), until };
    this.#refreshLater(seconds);
  }

  /** A registrar that is silent or in trouble has removed nothing: what it said counts until the binding lapses. */
  #unboundIfRefused({ status }: Result = DETACHED): void {
    if (status >= 200 && status !== 408 && Math.floor(status / 100) !== 5) this.#binding = NO_BINDING;
  }

  #grantedBy(headers: Headers): Granted {
    return grantedIn(headers, this.#registrant, this.#asked);
  }

  /** Halfway, so that a refresh that fails can be tried again before the binding is gone. */
  #refreshLater(granted: number): void {
    this.#failures = 0;
    const { random } = this.#options;
    this.#wait(Math.max(1, (granted / 2) * (0.9 + 0.1 * random())));
  }

  #backOff(result: Result | undefined): void {
    if (result === DETACHED) {
      this.#wait(DETACHED_SECONDS);
      return;
    }
    const { credentials, ids, random } = this.#options;
    this.#session = new DigestSession(credentials, () => ids.token());
    const first = result !== undefined && isAccepted(result) ? UNBOUND_SECONDS : BACK_OFF_SECONDS;
    const longest = Math.min(MAX_BACK_OFF_SECONDS, first * 2 ** Math.min(this.#failures, 16));
    this.#failures++;
    const asked = numberHeld(result?.headers['retry-after'], 0, MAX_BACK_OFF_SECONDS) ?? 0;
    this.#wait(Math.max(asked, longest * (0.5 + 0.5 * random())));
  }

  /** An error of ours has come out of it: whatever it was about, it begins anew. */
  recover(): void {
    this.#machine.send('refused', DETACHED);
    if (this.#machine.state !== 'unregistered') this.#wait(BACK_OFF_SECONDS);
  }

  #wait(seconds: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(seconds * 1000, () => this.#machine.send('due'));
  }

  #limit(): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(LEAVING_MS, () => this.#machine.send('waited'));
  }

  #unregister(): void {
    this.#exchange = this.#session.begin();
    this.#send(0);
  }
}

/** A final response, or status 0 where there was none. */
interface Result {
  readonly status: number;
  readonly headers: Headers;
}

const isAccepted = ({ status }: Pick<Result, 'status'>): boolean => status >= 200 && status < 300;

const DETACHED: Result = { status: 0, headers: {} };

const resultOf = (outcome: Reply | Error): Result => (outcome instanceof Error ? { status: 0, headers: {} } : outcome);

/** Undefined: it says none, or more than anybody asks for. */
const leastOf = (headers: Headers | undefined): number | undefined =>
  numberWithin(headers?.['min-expires'], 1, MAX_INTERVAL_SECONDS);
