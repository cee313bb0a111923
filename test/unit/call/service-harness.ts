/** The ringing service on a scripted SIP server and a scripted store. */
import { pino } from 'pino';
import { createIds } from '../../../lib/base/ids.js';
import type { CallTraces } from '../../../lib/call/call-context.js';
import { createRingingService, type RingingService } from '../../../lib/call/service.js';
import type { RingingSettings } from '../../../lib/call/settings.js';
import { createTrunks } from '../../../lib/call/trunks/ordered-trunks.js';
import type { Headers } from '../../../lib/sip-server/sip-server.js';
import type { CallRecord, Group, HuntStore, Turn } from '../../../lib/store/types.js';
import { CALL_SETTINGS } from '../../support/defaults.js';
import { FakeClock, immediates } from '../../support/fake-clock.js';
import { ONE_METER } from '../../support/one-meter.js';
import { A, B, C, CALLER, OFFER, PILOT, type ScriptedLeg, ScriptedRequest, ScriptedServer } from './scripted-server.js';

export class ScriptedStore implements HuntStore {
  turn: Turn | undefined;
  /** The turn is given when this is called; undefined: at once. */
  hold: Promise<void> | undefined;
  readonly onCall = new Set<string>();
  readonly claimed: string[] = [];
  readonly released: string[] = [];
  failing = false;

  constructor(members: readonly string[], group: Partial<Group> = {}) {
    this.turn = {
      group: {
        pilot: PILOT,
        policy: 'linear',
        ring: 20,
        plan: 'BIZNESS',
        enabled: true,
        version: 3,
        members,
        ...group,
      },
      number: 7,
      order: members,
    };
  }

  async takeTurn(): Promise<Turn | undefined> {
    await this.hold;
    if (this.failing) throw new Error('no store');
    return this.turn;
  }

  async claim(member: string): Promise<boolean> {
    this.claimed.push(member);
    return !this.onCall.has(member);
  }

  release(member: string): void {
    this.released.push(member);
  }
}

export interface OfficeOptions {
  readonly members?: readonly string[];
  readonly group?: Partial<Group>;
  readonly trunks?: readonly string[];
  readonly settings?: Partial<RingingSettings>;
  readonly traces?: CallTraces;
  readonly clock?: FakeClock;
}

/** A service with one group, and its calls. */
export class ServiceHarness {
  readonly clock: FakeClock;
  readonly server = new ScriptedServer();
  readonly store: ScriptedStore;
  readonly records: CallRecord[] = [];
  readonly service: RingingService;
  /** Where calls come from. */
  source = '192.0.2.1';

  constructor({
    members = [A, B, C],
    group,
    trunks = ['sip:10.1.0.1:5060'],
    settings,
    traces,
    clock = new FakeClock(),
  }: OfficeOptions = {}) {
    this.clock = clock;
    this.store = new ScriptedStore(members, group);
    this.service = createRingingService({
      sip: this.server,
      store: this.store,
      records: { write: async (record) => void this.records.push(record) },
      trunks: createTrunks(trunks, CALL_SETTINGS.trunkRestMs, this.clock),
      settings: { ...CALL_SETTINGS, ...settings },
      traces,
      clock: this.clock,
      log: pino({ level: 'silent' }),
      ids: createIds(),
      meter: ONE_METER,
    });
  }

  /** An INVITE to the pilot, admitted and with the store's answer already there. */
  async call(headers: Headers = {}, body = OFFER, uri = `sip:${PILOT}@10.0.0.1`): Promise<ScriptedRequest> {
    const invite = this.offer(headers, body, uri);
    await immediates();
    return invite;
  }

  offer(headers: Headers = {}, body = OFFER, uri = `sip:${PILOT}@10.0.0.1`): ScriptedRequest {
    const invite = new ScriptedRequest(
      'INVITE',
      uri,
      {
        from: `"Alice" <sip:${CALLER}@192.0.2.1>;tag=a1`,
        to: `<sip:${PILOT}@10.0.0.1>`,
        'call-id': 'c1',
        'max-forwards': '70',
        ...(body === '' ? {} : { 'content-type': 'application/sdp' }),
        ...headers,
      },
      body,
    );
    invite.source = { ...invite.source, address: this.source };
    this.server.user?.onInvite(invite);
    return invite;
  }

  /** The nth INVITE sent, from 1. */
  leg(n: number): ScriptedLeg {
    const leg = this.server.legs[n - 1];
    if (leg === undefined) throw new Error(`only ${this.server.legs.length} INVITEs were sent`);
    return leg;
  }

  async pass(ms: number): Promise<void> {
    await this.clock.run(ms);
  }

  get record(): CallRecord {
    const [record, ...more] = this.records;
    if (record === undefined || more.length > 0) throw new Error(`${this.records.length} records were written`);
    return record;
  }

  get whys(): string[] {
    return this.record.attempts.map(({ why }) => why);
  }

  /** Rings and answers the nth INVITE, and lets the caller acknowledge. */
  async answered(n = 1, body = 'v=0\r\nanswer'): Promise<void> {
    this.leg(n).reply(180);
    this.leg(n).reply(200, {}, body);
    await immediates();
    this.server.dialogs.get('caller-dialog')?.onAcknowledge({ headers: {}, body: '' });
    await immediates();
  }
}
