/** What the ringing service and the engine are given, with a tripwire over all of it. */
import type { EngineOptions } from '../../../lib/engine/api.js';
import type { RingingOptions } from '../../../lib/call/service.js';
import type {
  DialogUser,
  IncomingRequest,
  InviteUser,
  Message,
  OutgoingInvite,
  Reply,
  SipServer,
} from '../../../lib/sip-server/sip-server.js';
import type { Tripwire } from '../../support/tripwire.js';

export function tripped(options: RingingOptions, wire: Tripwire): RingingOptions {
  const { clock, log, ids, meter, store, records, trunks, sip } = options;
  return {
    ...options,
    clock: wire.over('clock', clock),
    log: wire.over('log', log),
    ids: wire.over('ids', ids),
    meter: wire.over('meter', meter),
    store: wire.over('store', store),
    records: wire.over('records', records),
    ...('candidates' in trunks && { trunks: wire.over('trunks', trunks) }),
    sip: new TrippedServer(sip, wire),
    // With it, each step of each machine asks the clock: a fault in every transition.
    onTrace: () => wire.pass('onTrace'),
  };
}

/** What the engine is given, likewise. */
export const trippedEngine = (options: EngineOptions, wire: Tripwire): EngineOptions => ({
  ...options,
  clock: wire.over('clock', options.clock),
  log: wire.over('log', options.log),
  ids: wire.over('ids', options.ids),
  meter: wire.over('meter', options.meter),
  resolver: wire.over('resolver', options.resolver),
  transports: options.transports.map((transport) => wire.over('transport', transport)),
});

/** Everything that it hands over passes the wire, too: requests, replies, INVITEs. */
class TrippedServer implements SipServer {
  readonly #sip: SipServer;
  readonly #wire: Tripwire;

  constructor(sip: SipServer, wire: Tripwire) {
    this.#sip = sip;
    this.#wire = wire;
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

  get version(): string {
    return this.#sip.version;
  }

  get deliversLateAnswers(): boolean {
    this.#wire.pass('sip.deliversLateAnswers');
    return this.#sip.deliversLateAnswers;
  }

  get reportsTrying(): boolean {
    this.#wire.pass('sip.reportsTrying');
    return this.#sip.reportsTrying;
  }

  get tables(): Readonly<Record<string, number>> {
    return this.#sip.tables;
  }

  invite(...[invite, user]: Parameters<SipServer['invite']>): OutgoingInvite {
    this.#wire.pass('sip.invite');
    return this.#wire.over('sent', this.#sip.invite(invite, this.#inviteUser(user)));
  }

  reinvite(...[dialog, content, user]: Parameters<SipServer['reinvite']>): OutgoingInvite {
    this.#wire.pass('sip.reinvite');
    return this.#wire.over('sent', this.#sip.reinvite(dialog, content, this.#inviteUser(user)));
  }

  send(...[request, done]: Parameters<SipServer['send']>): void {
    this.#wire.pass('sip.send');
    this.#sip.send(request, done);
  }

  request(...[dialog, method, content, done]: Parameters<SipServer['request']>): void {
    this.#wire.pass(`sip.request ${method}`);
    this.#sip.request(dialog, method, content, (result) =>
      done(result instanceof Error ? result : this.#reply(result)),
    );
  }

  attach(dialog: string, user: DialogUser): void {
    this.#wire.pass('sip.attach');
    this.#sip.attach(dialog, {
      onRequest: (request) => user.onRequest(this.#request(request)),
      onAcknowledge: (ack: Message) => user.onAcknowledge(this.#wire.over('ack', ack)),
      onReleased: (reason) => user.onReleased(reason),
    });
  }

  detach(dialog: string): void {
    this.#wire.pass('sip.detach');
    this.#sip.detach(dialog);
  }

  close(): void {
    this.#sip.close();
  }

  #request(request: IncomingRequest): IncomingRequest {
    return this.#wire.over(`request ${request.method}`, request);
  }

  #reply(reply: Reply): Reply {
    return this.#wire.over(`reply ${reply.status}`, reply);
  }

  #inviteUser(user: InviteUser): InviteUser {
    return {
      onProvisional: (reply) => user.onProvisional(this.#reply(reply)),
      onFinal: (reply, dialog) => user.onFinal(this.#reply(reply), dialog),
      onFailed: (error) => user.onFailed(error),
    };
  }
}
