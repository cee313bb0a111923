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

/** That context for one call: what clock and store call back runs guarded. One small object, because every call has it. */
export class GuardedContext implements CallContext, Clock, CallStore {
  readonly sip: CallSip;
  readonly #at: SharedContext;
  readonly #guard: CallGuard;
  readonly #call: string;
  /** Made when a group wishes for voices. */
  #media: GuardedMedia | undefined;

  constructor(at: SharedContext, sip: CallSip, guard: CallGuard, call: string) {
    this.#at = at;
    this.sip = sip;
    this.#guard = guard;
    this.#call = call;
  }

  get store(): CallStore {
    return this;
  }

  get clock(): Clock {
    return this;
  }

  get trunks(): Trunks {
    return this.#at.trunks;
  }

  get numbers(): Numbers {
    return this.#at.numbers;
  }

  get settings(): RingingSettings {
    return this.#at.settings;
  }

  get rules(): HeaderRules {
    return this.#at.rules;
  }

  get log(): Log {
    return this.#at.log;
  }

  get meter(): Meter {
    return this.#at.meter;
  }

  get media(): MediaPort | undefined {
    const { media } = this.#at;
    if (media !== undefined) this.#media ??= new GuardedMedia(media, this.#guard);
    return this.#media;
  }

  /** A fault has ended the call: so are its endpoints. */
  closeMedia(): void {
    this.#media?.close();
  }

  uuid(): string {
    return this.#at.uuid();
  }

  now(): number {
    return this.#at.clock.now();
  }

  wall(): number {
    return this.#at.clock.wall();
  }

  precise(): number {
    return this.#at.clock.precise();
  }

  after(delay: number, action: () => void): Timer {
    return this.#at.clock.after(delay, () => this.#guard.run(action));
  }

  takeTurn(pilot: string, done: (turn: Turn | undefined) => void, failed: (thrown: unknown) => void): void {
    const guard = this.#guard;
    this.#at.store.takeTurn(pilot, this.#call).then(
      (turn) => guard.run(() => done(turn)),
      (thrown: unknown) => guard.run(() => failed(thrown)),
    );
  }

  claim(member: string, done: (granted: boolean) => void, failed: (thrown: unknown) => void): void {
    const guard = this.#guard;
    this.#at.store.claim(member, this.#call).then(
      (granted) => {
        // Nobody is left who would give it back.
        if (guard.isBroken && granted) this.release(member);
        guard.run(() => done(granted));
      },
      (thrown: unknown) => guard.run(() => failed(thrown)),
    );
  }

  release(member: string): void {
    this.#at.store.release(member, this.#call);
  }
}
