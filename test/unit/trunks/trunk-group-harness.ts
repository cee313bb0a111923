import { pino } from 'pino';
import { createIds } from '../../../lib/base/ids.js';
import { silentMeter } from '../../../lib/base/meter.js';
import type { PingSettings } from '../../../lib/call/trunks/health.js';
import {
  createTrunkGroup,
  type TrunkGroup,
  type TrunkGroupOptions,
  type TrunkSettings,
} from '../../../lib/call/trunks/trunk-group.js';
import type { NotSent } from '../../../lib/sip-server/not-sent.js';
import type { Headers, Reply, RequestToSend } from '../../../lib/sip-server/sip-server.js';
import { CALL_SETTINGS, PINGS, TRUNK } from '../../support/defaults.js';
import { FakeClock } from '../../support/fake-clock.js';
import { A, ScriptedServer } from '../call/scripted-server.js';

export const ONE = 'sip:10.1.0.1:5060';
export const TWO = 'sip:10.1.0.2:5060;transport=tcp';
export const trunk = (uri: string, more: Partial<TrunkSettings> = {}): TrunkSettings => ({
  ...TRUNK,
  uri,
  ...more,
});
export const KNOWN = { username: 'office', password: 'secret' };
export const CHALLENGE = 'Digest realm="r", nonce="1", qop="auth", algorithm=SHA-256';

/** Answers requests to some URIs at once. */
class AnsweringServer extends ScriptedServer {
  readonly answers = new Map<string, number>();

  override send(request: RequestToSend, done: (result: Reply | NotSent) => void): void {
    const status = this.answers.get(request.uri);
    if (status === undefined) super.send(request, done);
    else done({ status, reason: '', headers: {}, body: '' });
  }
}

type HarnessOptions = Partial<Omit<TrunkGroupOptions, 'pings'> & { readonly pings: Partial<PingSettings> }>;

/** A trunk group on a scripted server. */
export class TrunkGroupHarness {
  readonly clock = new FakeClock();
  readonly server = new AnsweringServer();
  readonly lines: string[] = [];
  readonly counts: string[] = [];
  readonly gauges = new Map<string, () => number>();
  readonly trunks: TrunkGroup;

  constructor(trunks: readonly TrunkSettings[], { pings, ...more }: HarnessOptions = {}) {
    this.trunks = createTrunkGroup({
      trunks,
      restMs: CALL_SETTINGS.trunkRestMs,
      defaultCountry: CALL_SETTINGS.defaultCountry,
      pings: { ...PINGS, ...pings },
      sip: this.server,
      clock: this.clock,
      ids: createIds(),
      log: pino({ level: 'info' }, { write: (line: string) => void this.lines.push(JSON.parse(line).msg) }),
      meter: {
        count: (name, labels) => void this.counts.push(`${name} ${labels?.trunk} ${labels?.state}`),
        counter: silentMeter.counter,
        gauge: (name, _help, read, labels) => void this.gauges.set(labels ? `${name} ${labels.trunk}` : name, read),
        observe: () => {},
      },
      random: () => 0.5,
      ...more,
    });
  }

  get order(): (string | undefined)[] {
    return this.trunks.candidates(A).map((candidate) => candidate.trunk);
  }

  /** Requests sent and not taken yet. */
  take(method: string): { header(name: string): string; uri: string; reply(status: number, headers?: Headers): void } {
    const at = this.server.sent.findIndex((request) => request.method === method);
    const [sent] = at < 0 ? [] : this.server.sent.splice(at, 1);
    if (sent === undefined) throw new Error(`no ${method} was sent`);
    return {
      uri: sent.uri,
      header: (name) => String(sent.headers?.[name] ?? ''),
      reply: (status, headers = {}) => sent.done({ status, reason: '', headers, body: '' } satisfies Reply),
    };
  }

  gauge(name: string): number | undefined {
    return this.gauges.get(name)?.();
  }
}
