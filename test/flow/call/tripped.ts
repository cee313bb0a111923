/** What the ringing service and the engine are given, with a tripwire over all of it. */

import type { Clock } from '../../../lib/base/clock.js';
import type { CallTraces } from '../../../lib/call/call-context.js';
import type { RingingOptions } from '../../../lib/call/service.js';
import type { EngineOptions } from '../../../lib/engine/api.js';
import type { NotSent } from '../../../lib/sip-server/not-sent.js';
import type {
  Capabilities,
  DialogSnapshot,
  DialogUser,
  IncomingRequest,
  InviteUser,
  Message,
  OutgoingInvite,
  Reply,
  SipServer,
} from '../../../lib/sip-server/sip-server.js';
import { CallTrace } from '../../../lib/trace/call-trace.js';
import type { Tripwire } from '../../support/tripwire.js';

const tracesOf = (clock: Clock): CallTraces => ({
  begin: () => new CallTrace(clock),
  ended: () => {},
  forget: () => {},
});

export function tripped(options: RingingOptions, harness: Tripwire): RingingOptions {
  const { clock, log, ids, meter, store, records, trunks, sip } = options;
  return {
    ...options,
    clock: harness.over('clock', clock),
    log: harness.over('log', log),
    ids: harness.over('ids', ids),
    meter: harness.over('meter', meter),
    store: harness.over('store', store),
    records: harness.over('records', records),
    trunks: harness.over('trunks', trunks),
    sip: new TrippedServer(sip, harness),
    // With it, each step of each machine asks the clock: a fault in every transition.
    traces: harness.over('traces', tracesOf(harness.over('clock', clock))),
  };
}

/** What the engine is given, likewise. */
export const trippedEngine = (options: EngineOptions, harness: Tripwire): EngineOptions => ({
  ...options,
  clock: harness.over('clock', options.clock),
  log: harness.over('log', options.log),
  ids: harness.over('ids', options.ids),
  meter: harness.over('meter', options.meter),
  resolver: harness.over('resolver', options.resolver),
  transports: options.transports.map((transport) => harness.over('transport', transport)),
});

/** Everything that it hands over passes the wire, too: requests, replies, INVITEs. */
class TrippedServer implements SipServer {
  readonly #sip: SipServer;
  readonly #harness: Tripwire;

  constructor(sip: SipServer, harness: Tripwire) {
    this.#sip = sip;
    this.#harness = harness;
  }

  get user(): SipServer['user'] {
    return this.#sip.user;
  }

  set user(user: SipServer['user']) {
    this.#sip.user = user && {
      onInvite: (request) => user.onInvite(this.#request(request)),
      onRequest: (request) => user.onRequest(this.#request(request)),
      onConnected: () => user.onConnected(),
      onLost: () => user.onLost(),
    };
  }

  get connected(): boolean {
    return this.#sip.connected;
  }

  get capabilities(): Capabilities {
    this.#harness.pass('sip.capabilities');
    return this.#sip.capabilities;
  }

  get tables(): Readonly<Record<string, number>> {
    return this.#sip.tables;
  }

  invite(...[invite, user]: Parameters<SipServer['invite']>): OutgoingInvite {
    this.#harness.pass('sip.invite');
    return this.#harness.over('sent', this.#sip.invite(invite, this.#inviteUser(user)));
  }

  reinvite(...[dialog, content, user]: Parameters<SipServer['reinvite']>): OutgoingInvite {
    this.#harness.pass('sip.reinvite');
    return this.#harness.over('sent', this.#sip.reinvite(dialog, content, this.#inviteUser(user)));
  }

  send(...[request, done]: Parameters<SipServer['send']>): void {
    this.#harness.pass('sip.send');
    this.#sip.send(request, done);
  }

  request(...[dialog, method, content, done]: Parameters<SipServer['request']>): void {
    this.#harness.pass(`sip.request ${method}`);
    this.#sip.request(dialog, method, content, (result) =>
      done(result instanceof Error ? result : this.#reply(result)),
    );
  }

  targetOf(dialog: string): string | undefined {
    this.#harness.pass('sip.targetOf');
    return this.#sip.targetOf(dialog);
  }

  attach(dialog: string, user: DialogUser): void {
    this.#harness.pass('sip.attach');
    this.#sip.attach(dialog, {
      onRequest: (request) => user.onRequest(this.#request(request)),
      onAcknowledge: (ack: Message) => user.onAcknowledge(this.#harness.over('ack', ack)),
      onReleased: (reason) => user.onReleased(reason),
    });
  }

  detach(dialog: string): void {
    this.#harness.pass('sip.detach');
    this.#sip.detach(dialog);
  }

  snapshot(dialog: string): DialogSnapshot | undefined {
    return this.#sip.snapshot(dialog);
  }

  restore(...[snapshot, authorizer]: Parameters<SipServer['restore']>): NotSent | undefined {
    return this.#sip.restore(snapshot, authorizer);
  }

  close(): void {
    this.#sip.close();
  }

  #request(request: IncomingRequest): IncomingRequest {
    return this.#harness.over(`request ${request.method}`, request);
  }

  #reply(reply: Reply): Reply {
    return this.#harness.over(`reply ${reply.status}`, reply);
  }

  #inviteUser(user: InviteUser): InviteUser {
    return {
      onProvisional: (reply) => user.onProvisional(this.#reply(reply)),
      onFinal: (reply, dialog) => user.onFinal(this.#reply(reply), dialog),
      onFailed: (error) => user.onFailed(error),
    };
  }
}
