import type { Clock, Timer } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import type { CallSip, SipServer } from '../../sip-server/sip-server.js';
import type { HuntStore, Turn } from '../../store/types.js';
import type { CallContext, CallGuard, CallStore } from '../call-context.js';
import type { HeaderRules } from '../headers.js';
import type { Numbers } from '../numbers.js';
import type { RingingSettings } from '../settings.js';
import type { Trunks } from '../trunks/trunks.js';
import type { MediaPort } from '../voices/media-port.js';
import { GuardedMedia } from './guarded-media.js';

/** What all calls share. */
export interface SharedContext {
  readonly sip: SipServer;
  readonly store: HuntStore;
  readonly trunks: Trunks;
  readonly numbers: Numbers;
  readonly settings: RingingSettings;
  readonly rules: HeaderRules;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly media?: MediaPort | undefined;
  /** Gives an unguessable token. */
  cnonce(): string;
  uuid(): string;
}

/** That context for one call: what clock and store call back runs guarded. One object for all of it, because every call has it. */
export class GuardedContext implements CallContext, Clock, CallStore {
  readonly sip: CallSip;
  readonly store: CallStore;
  readonly clock: Clock;
  readonly trunks: Trunks;
  readonly numbers: Numbers;
  readonly settings: RingingSettings;
  readonly rules: HeaderRules;
  readonly log: Log;
  readonly meter: Meter;
  private readonly at: SharedContext;
  private readonly guard: CallGuard;
  private readonly call: string;
  /** Made when a group wishes for voices. */
  private guardedMedia: GuardedMedia | undefined;

  constructor(at: SharedContext, sip: CallSip, guard: CallGuard, call: string) {
    this.sip = sip;
    this.store = this;
    this.clock = this;
    this.trunks = at.trunks;
    this.numbers = at.numbers;
    this.settings = at.settings;
    this.rules = at.rules;
    this.log = at.log;
    this.meter = at.meter;
    this.at = at;
    this.guard = guard;
    this.call = call;
    this.guardedMedia = undefined;
  }

  get media(): MediaPort | undefined {
    const { media } = this.at;
    if (media !== undefined) this.guardedMedia ??= new GuardedMedia(media, this.guard);
    return this.guardedMedia;
  }

  /** A fault has ended the call: so are its endpoints. */
  closeMedia(): void {
    this.guardedMedia?.close();
  }

  uuid(): string {
    return this.at.uuid();
  }

  now(): number {
    return this.at.clock.now();
  }

  wall(): number {
    return this.at.clock.wall();
  }

  precise(): number {
    return this.at.clock.precise();
  }

  after(delay: number, action: () => void): Timer {
    return this.at.clock.after(delay, () => this.guard.run(action));
  }

  takeTurn(pilot: string, done: (turn: Turn | undefined) => void, failed: (thrown: unknown) => void): void {
    this.at.store.takeTurn(pilot, this.call).then(
      (turn) => this.guard.run(() => done(turn)),
      (thrown: unknown) => this.guard.run(() => failed(thrown)),
    );
  }

  claim(member: string, done: (granted: boolean) => void, failed: (thrown: unknown) => void): void {
    this.at.store.claim(member, this.call).then(
      (granted) => {
        // Nobody is left who would give it back.
        if (this.guard.isBroken && granted) this.release(member);
        this.guard.run(() => done(granted));
      },
      (thrown: unknown) => this.guard.run(() => failed(thrown)),
    );
  }

  release(member: string): void {
    this.at.store.release(member, this.call);
  }
}
