/** The ringing service, attached over TCP to a double of drachtio-server 0.9.10. */
import { expect } from 'chai';
import { pino } from 'pino';
import { createIds } from '../../../lib/base/ids.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { createRingingService, type RingingService } from '../../../lib/call/service.js';
import { createTrunks } from '../../../lib/call/trunks/ordered-trunks.js';
import { Gate, type GateOptions } from '../../../lib/sip-server/drachtio/gate.js';
import { type AttachedServer, attachToServer } from '../../../lib/sip-server/drachtio/server.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { CALL_SETTINGS } from '../../support/defaults.js';
import type { Command } from '../../support/drachtio-command.js';
import { type CallParts, DrachtioDouble } from '../../support/drachtio-double.js';
import { FakeClock } from '../../support/fake-clock.js';
import { A, B } from '../../unit/call/scripted-server.js';
import { ScriptedStore } from '../../unit/call/service-harness.js';

export interface DoubleOptions {
  readonly members?: readonly string[];
  /** Far more than any test passes, where silence is not what it is about: the clock runs faster than the sockets. */
  readonly silenceMs?: number;
  readonly secret?: string;
  readonly gate?: Partial<GateOptions>;
}

const LONG = 1_000_000_000;

export class DoubleHarness {
  readonly clock = new FakeClock();
  readonly server = new DrachtioDouble();
  readonly records: CallRecord[] = [];
  /** What was logged as a warning or an error. */
  readonly complaints: string[] = [];
  readonly service: RingingService;
  readonly sip: AttachedServer;

  constructor(port: number, options: DoubleOptions, server: DrachtioDouble) {
    const { members = [A, B], silenceMs = LONG, secret = server.secret, gate } = options;
    this.server = server;
    const { clock } = this;
    const lines = { write: (line: string) => void this.complaints.push((JSON.parse(line) as { msg: string }).msg) };
    const log = pino({ level: 'warn', base: null }, lines);
    const meter = silentMeter;
    const open = { isAllowed: () => true, overload: () => undefined, clock, meter };
    const attachment = { host: '127.0.0.1', port, secret, silenceMs };
    this.sip = attachToServer({ attachment, clock, log, ...(gate && { gate: new Gate({ ...open, ...gate }) }) });
    this.service = createRingingService({
      sip: this.sip,
      store: new ScriptedStore(members),
      records: { write: async (record) => void this.records.push(record) },
      trunks: createTrunks(['sip:10.1.0.1:5060'], CALL_SETTINGS.trunkRestMs, clock),
      settings: CALL_SETTINGS,
      clock,
      log,
      ids: createIds(),
      meter,
    });
  }

  async until<Value>(look: () => Value | undefined | false): Promise<Value> {
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** The nth frame of that name that the server has got, from 1. */
  heard(name: string, nth = 1): Promise<Command> {
    return this.until(() => this.server.heard(name)[nth - 1]);
  }

  /** What was sent before has been handled: an OPTIONS of its own has gone there and back. */
  async settled(): Promise<void> {
    const nth = this.server.heard('OPTIONS').length + 1;
    const answered = new Promise<void>((resolve) => {
      this.sip.send({ method: 'OPTIONS', uri: 'sip:settle@10.1.0.1' }, () => resolve());
    });
    this.server.answer(await this.heard('OPTIONS', nth), 200);
    await answered;
  }

  /** A call that the first member has answered. */
  async answered(parts: CallParts = {}): Promise<{ readonly caller: string; readonly member: string }> {
    const nth = this.server.heard('INVITE').length + 1;
    this.server.call(parts);
    const invite = await this.heard('INVITE', nth);
    this.server.answer(invite, 180);
    this.server.answer(invite, 200, ['Contact: <sip:member@127.0.0.1:5080>'], 'v=1');
    const caller = `${parts.callId ?? 'call-1'};from-tag=ft1`;
    await this.until(() => this.server.dialogs.has(caller));
    this.server.request(caller, 'ACK');
    await this.settled();
    const member = [...this.server.dialogs].find((dialog) => dialog.includes(invite.own)) ?? '';
    return { caller, member };
  }

  /** A call is made as if nothing had happened. */
  async expectServes(): Promise<void> {
    const before = this.server.heard('INVITE').length;
    const refused = this.server.heard('486').length;
    this.server.call({ callId: `serves-${before}` });
    const calls = this.service.active;
    for (let nth = 1; nth <= 2; nth++) this.server.answer(await this.heard('INVITE', before + nth), 486);
    await this.heard('486', refused + 1);
    await this.until(() => this.service.active < calls || this.service.active === 0);
  }

  get whys(): readonly string[] {
    return this.records[0]?.attempts.map(({ why }) => why) ?? [];
  }

  async stop(): Promise<void> {
    this.sip.close();
    await this.server.close();
  }
}

/** For use inside `describe`: the function that is returned starts one for a test. */
export function useDouble(): (options?: DoubleOptions) => Promise<DoubleHarness> {
  const running: DoubleHarness[] = [];
  afterEach(async () => {
    for (const harness of running.splice(0)) await harness.stop();
  });
  return async (options = {}) => {
    const server = new DrachtioDouble();
    const port = await server.listen();
    const harness = new DoubleHarness(port, options, server);
    running.push(harness);
    if (options.secret === undefined) {
      await harness.until(() => harness.sip.connected);
      expect(harness.sip.capabilities.surfacesWithoutPrack).to.equal(false);
    }
    return harness;
  };
}
