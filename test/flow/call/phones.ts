/** Phones with a SIP stack of their own (an engine each): they repeat and absorb as RFC 3261 §17 says, which SipPeer does not. */
import { pino } from 'pino';
import { CodedError } from '../../../lib/base/errors.js';
import { createIds } from '../../../lib/base/ids.js';
import { silentMeter } from '../../../lib/base/meter.js';
import type { Engine, Owner, RequestEvent, ResponseEvent } from '../../../lib/engine/api.js';
import { createEngine } from '../../../lib/engine/engine.js';
import { SipResolver } from '../../../lib/engine/resolver.js';
import type { Field } from '../../../lib/sip/message.js';
import { ENGINE_SETTINGS } from '../../support/defaults.js';
import { NO_DNS } from '../../support/no-dns.js';
import { SDP } from '../../support/sip-peer.js';
import { PILOT } from '../../unit/call/scripted-server.js';
import { CallHarness, type CallHarnessOptions, ENGINE } from './call-harness.js';

const WITH_SDP: readonly Field[] = [['Content-Type', 'application/sdp']];

export class Phone implements Owner {
  readonly engine: Engine;
  /** Final responses, requests and the like, each once: `['new INVITE', '200 BYE']`. */
  readonly heard: string[] = [];
  /** What it does with an INVITE. */
  whenCalled: (invite: RequestEvent) => void = () => {};
  whenAnswered: () => void = () => {};
  #dialog = '';
  #invite = '';

  constructor(harness: CallHarness, address: string) {
    const common = {
      clock: harness.clock,
      ids: createIds(),
      log: pino({ level: 'silent' }),
      meter: silentMeter,
    };
    this.engine = createEngine({
      ...common,
      ...ENGINE_SETTINGS,
      transports: [harness.network.transport({ protocol: 'udp', address, port: 5060 })],
      resolver: new SipResolver({ dns: NO_DNS, clock: harness.clock, random: () => 0 }),
      udpMtu: 65_535,
    });
    this.engine.dispatcher = { choose: () => this };
  }

  call(fields: readonly Field[] = []): void {
    const uri = `sip:${PILOT}@${ENGINE.address}`;
    const draft = { method: 'INVITE', uri, fields: [...WITH_SDP, ...fields], body: SDP };
    this.#invite = this.engine.request(this, draft).transactionId;
  }

  cancel(): void {
    unlessOver(() => this.engine.cancel(this, this.#invite, { fields: [], body: '' }, 'release'));
  }

  reply(invite: RequestEvent, status: number): void {
    const body = status === 200 ? SDP : '';
    const draft = { status, reason: '', fields: body === '' ? [] : WITH_SDP, body };
    unlessOver(() => {
      const { dialogId } = this.engine.respond(this, invite.transactionId, draft);
      if (status === 200) this.#dialog = dialogId;
    });
  }

  hangUp(): void {
    const bye = { method: 'BYE', uri: 'sip:x', fields: [], body: '' };
    unlessOver(() => this.engine.requestInDialog(this, this.#dialog, bye));
  }

  onRequest(event: RequestEvent): void {
    const { kind, message, transactionId } = event;
    this.heard.push(`${kind} ${message.method}`);
    if (kind === 'new') this.whenCalled(event);
    if (kind === 'ack') this.whenAnswered();
    if (kind !== 'in-dialog') return;
    this.engine.respond(this, transactionId, { status: 200, reason: 'OK', fields: [], body: '' });
  }

  onResponse({ message, dialogId }: ResponseEvent): void {
    this.heard.push(`${message.status} ${message.cseq.method}`);
    if (message.cseq.method !== 'INVITE' || message.status < 200 || message.status > 299) return;
    this.#dialog = dialogId;
    this.engine.acknowledge(this, dialogId, { fields: [], body: '' });
    this.whenAnswered();
  }

  onUnsolicited(): void {
    this.heard.push('unsolicited BYE');
  }
}

/** On a bad network the call may be over before its user does something about it: then the engine refuses, and sends nothing. */
function unlessOver(action: () => void): void {
  try {
    action();
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
  }
}

/** A wire on which real stacks speak: the caller's, and the one behind the trunk. */
export async function wireWithPhones(
  options: CallHarnessOptions = {},
): Promise<{ harness: CallHarness; caller: Phone; member: Phone }> {
  const harness = new CallHarness(options);
  await Promise.all([harness.caller.transport.close(), harness.trunk.transport.close()]);
  await harness.start();
  const caller = new Phone(harness, '10.0.0.9');
  const member = new Phone(harness, '10.1.0.1');
  await Promise.all([caller.engine.start(), member.engine.start()]);
  return { harness, caller, member };
}
