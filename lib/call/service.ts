/** The ringing service: calls that come from a SIP server, and who keeps count of them. */
import { Budget } from '../base/budget.js';
import type { Clock } from '../base/clock.js';
import { CodedError, messageOf } from '../base/errors.js';
import { regardless } from '../base/guard.js';
import type { Ids } from '../base/ids.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { createSources } from '../base/source.js';
import { TransientMap } from '../base/transient-map.js';
import { ABILITIES, ABILITIES_WITHOUT_100REL, ALLOW_OUTSIDE } from '../sip-server/abilities.js';
import type { IncomingRequest, SipServer } from '../sip-server/sip-server.js';
import type { CallRecord, HuntStore, LiveCall, RecordWriter } from '../store/types.js';
import { Call, type CallUser } from './call.js';
import type { CallTraces } from './call-context.js';
import { tellEnded } from './call-log.js';
import { EndMetrics } from './call-metrics.js';
import type { SharedContext } from './guard/guarded-context.js';
import { HeaderRules } from './headers.js';
import { admit, isRefusal, type Refusal } from './intake.js';
import { Numbers } from './numbers.js';
import { FAULT } from './outcome.js';
import { type RefusedWord, refusedBy } from './refusals.js';
import { RefusedCalls, type RefusedInvite } from './refused-calls.js';
import { unanswered } from './session-id.js';
import type { RingingSettings } from './settings.js';
import type { Trunks } from './trunks/trunks.js';
import type { MediaPort } from './voices/media-port.js';

export interface RingingOptions {
  /** What `sip-server/embedded` or `sip-server/drachtio` provides. */
  readonly sip: SipServer;
  readonly store: HuntStore;
  readonly records: RecordWriter;
  /** Trunk URIs in order of preference, or something that chooses among them. */
  readonly trunks: Trunks;
  readonly settings: RingingSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly ids: Ids;
  readonly meter: Meter;
  /** Whether new calls are refused for now, beyond the count of calls: the event loop is late, say. */
  isOverloaded?(): boolean;
  /** Called once, when a drain begins: the time to leave the trunks, so that they call elsewhere. */
  onDrain?(): void;
  /** Undefined: there are no media servers. */
  readonly media?: MediaPort | undefined;
  /** Takes the course of each call. */
  readonly traces?: CallTraces | undefined;
}

export interface RingingService {
  /** Calls of which anything is left: a dialog, a ringing phone, or a cancelled INVITE that may still answer. */
  readonly active: number;
  readonly draining: boolean;
  /** Entries of every table whose entries come and go with calls, those of the SIP server included: for leak checks. */
  readonly tables: Readonly<Record<string, number>>;
  /** In the order in which they began; those that are over for the caller among them. */
  readonly calls: Iterable<LiveCall>;
  /** Attached to the SIP server and taking calls. */
  readonly ready: boolean;
  /** The SIP server has refused an INVITE with that status, before it was anybody's. `invite` is read only where it is written down. */
  refused(status: number, invite: () => RefusedInvite): void;
  /** Takes no new calls; resolves when the last one is over. After `deadlineMs` calls that go on are ended. */
  drain(deadlineMs: number): Promise<void>;
}

/** Throws CONFIG_INVALID for a default country that does not exist. */
export const createRingingService = (options: RingingOptions): RingingService => new Service(options);

/** After the deadline, the time that BYEs and CANCELs have to be answered. */
const GRACE_MS = 2000;

/** One source alone may have nine tenths of all calls: the rest is for who calls beside it. */
const CALLS = { share: 9, part: 1 };

class Service implements RingingService, CallUser {
  readonly #options: RingingOptions;
  readonly #at: SharedContext;
  readonly #calls = new TransientMap<string, Call>();
  /** The calls by who sends them. */
  readonly #room: Budget;
  readonly #sourceOf = createSources();
  readonly #refused: RefusedCalls;
  readonly #ends: EndMetrics;
  #draining = false;
  #drained: (() => void) | undefined;

  constructor(options: RingingOptions) {
    this.#options = options;
    this.#room = new Budget(options.settings.maxCalls, CALLS);
    const { sip, store, trunks, settings, clock, ids, log, meter, media } = options;
    if (settings.ringRefreshMs <= 0) throw new CodedError('CONFIG_INVALID', 'ringRefreshMs must be more than 0');
    const numbers = new Numbers(settings.defaultCountry);
    const rules = new HeaderRules(settings.headers, settings.correlationHeader);
    this.#ends = new EndMetrics(meter);
    const cnonce = (): string => ids.token();
    const uuid = (): string => ids.uuid();
    this.#at = { sip, store, trunks, numbers, settings, rules, clock, log, meter, media, cnonce, uuid };
    this.#refused = new RefusedCalls({
      node: settings.node,
      numbers,
      clock,
      ids,
      log,
      meter,
      perSecond: settings.refusedPerSecond,
      write: (record) => this.#writeRefused(record),
    });
    const entries = (): number => Object.values(this.tables).reduce((total, one) => total + one, 0);
    meter.gauge('ringing_entries', 'Entries in all tables of the ringing service: none without calls', entries);
    meter.gauge('calls_active', 'Calls going on', () => this.active);
    sip.user = {
      onInvite: (invite) => this.#receive(invite),
      onRequest: (request) => this.#receive(request),
      onConnected: () => {},
      onLost: () => {
        for (const call of [...this.#calls.values()]) call.serverLost();
      },
    };
  }

  get active(): number {
    return this.#calls.size;
  }

  get calls(): Iterable<LiveCall> {
    return this.#calls.values();
  }

  get tables(): Readonly<Record<string, number>> {
    return { calls: this.active, callers: this.#room.accounts, ...this.#at.sip.tables };
  }

  get draining(): boolean {
    return this.#draining;
  }

  get ready(): boolean {
    return this.#at.sip.connected && !this.#isFull;
  }

  refused(status: number, invite: () => RefusedInvite): void {
    const why = refusedBy(status);
    if (this.#refused.admits(why)) this.#refused.noteOnce(invite(), why, status);
  }

  drain(deadlineMs: number): Promise<void> {
    const { clock } = this.#at;
    if (!this.#draining) this.#options.onDrain?.();
    this.#draining = true;
    if (this.active === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const finished = (): void => {
        deadline.cancel();
        this.#drained = undefined;
        resolve();
      };
      let deadline = clock.after(deadlineMs, () => {
        for (const call of [...this.#calls.values()]) call.shutDown();
        deadline = clock.after(GRACE_MS, finished);
        if (this.active === 0) finished();
      });
      this.#drained = finished;
    });
  }

  get #isFull(): boolean {
    return this.#draining || this.active >= this.#at.settings.maxCalls || (this.#options.isOverloaded?.() ?? false);
  }

  #invite(invite: IncomingRequest): void {
    const at = this.#at;
    const { address } = invite.source;
    const source = this.#sourceOf(address);
    const decision = admit(invite, at, {
      arrival: at.trunks.arrival(invite.uri, address),
      answersReliably: at.sip.capabilities.surfacesWithoutPrack,
      draining: this.#draining,
      full: this.#isFull || !this.#room.admits(source, 1),
    });
    if (isRefusal(decision)) {
      this.#refuse(invite, decision);
      return;
    }
    const id = this.#options.ids.uuid();
    const trace = this.#options.traces?.begin(id, invite.headers['call-id'] ?? '');
    const call = new Call({ at, id, invite, admitted: decision, trace, user: this });
    this.#calls.set(id, call);
    call.seat = this.#room.charge(source, 1);
    call.begin(invite);
  }

  #refuse(invite: IncomingRequest, { why, status, headers }: Refusal): void {
    const { settings, meter } = this.#at;
    meter.count('calls_refused_total', { status: String(status) });
    const sessionId = settings.sessionIds ? unanswered(invite.headers, undefined) : {};
    invite.respond(status, { headers: { ...headers, ...sessionId } });
    if (this.#refused.admits(why)) this.#refused.note(invite, why, status);
  }

  /** A fault at a request that is no call yet costs this request only, and it gets its response. */
  #receive(request: IncomingRequest): void {
    try {
      if (request.method === 'INVITE') this.#invite(request);
      else this.#request(request);
    } catch (thrown) {
      const { log, meter } = this.#at;
      regardless(() => {
        const about = { method: request.method, sipCallId: request.headers['call-id'], err: thrown };
        log.error(about, 'an error of ours refuses a request');
      });
      regardless(() => meter.count('request_faults_total'));
      request.respond(FAULT.status, { headers: FAULT.headers });
      if (request.method !== 'INVITE') return;
      regardless(() => this.#refused.admits('fault') && this.#refused.note(request, 'fault', FAULT.status));
    }
  }

  #request(request: IncomingRequest): void {
    // A REGISTER that binds nothing is some trunks' keep-alive; we are nobody's registrar.
    const isKeepAlive = request.method === 'REGISTER' && request.headers.contact === undefined;
    if (request.method !== 'OPTIONS' && !isKeepAlive) {
      request.respond(405, { headers: { allow: ALLOW_OUTSIDE } });
      return;
    }
    // RFC 3261 §11.2: as an INVITE would be answered, so that the carrier's SBC moves on (edge case 85).
    const { sip, settings } = this.#at;
    const abilities = sip.capabilities.surfacesWithoutPrack ? ABILITIES : ABILITIES_WITHOUT_100REL;
    if (!this.#isFull) {
      request.respond(200, { headers: abilities });
      return;
    }
    const { retryAfterSeconds } = settings;
    request.respond(503, { headers: { ...abilities, 'retry-after': String(retryAfterSeconds) } });
  }

  /** One that nobody has ever set up costs no more than the others that are refused. */
  write(record: CallRecord): void {
    const refused = record.refused as RefusedWord | null;
    if (refused !== null) this.#refused.count(refused);
    if (refused !== 'no-such-number' || this.#refused.hasRoom()) this.#write(record);
  }

  /** Its course is over as it begins. */
  #writeRefused(record: CallRecord): void {
    const { traces } = this.#options;
    regardless(() => {
      traces?.begin(record.call, record.callId);
      traces?.ended(record.call, record);
      traces?.forget(record.call);
    });
    this.#write(record);
  }

  #write(record: CallRecord): void {
    this.#options.records.write(record).catch((thrown) => {
      this.#at.log.error({ error: messageOf(thrown), call: record.call }, 'call record could not be written');
    });
  }

  onEnded(record: CallRecord): void {
    regardless(() => this.#options.traces?.ended(record.call, record));
    this.#ends.count(record);
    tellEnded(this.#at.log, record);
  }

  onForgotten(call: Call): void {
    this.#calls.delete(call.id);
    call.seat?.change(-1);
    call.seat = undefined;
    if (this.active === 0) this.#drained?.();
    if (call.trace !== undefined) this.#options.traces?.forget(call.id);
  }
}
