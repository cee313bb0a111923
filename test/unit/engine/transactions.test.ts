import { expect } from 'chai';
import type { Flow } from '../../../lib/engine/api.js';
import { InviteClientTransaction } from '../../../lib/engine/transaction/invite-client.js';
import { InviteServerTransaction } from '../../../lib/engine/transaction/invite-server.js';
import { NonInviteClientTransaction } from '../../../lib/engine/transaction/non-invite-client.js';
import { NonInviteServerTransaction } from '../../../lib/engine/transaction/non-invite-server.js';
import { timerValues, untilTimerEIsT2 } from '../../../lib/engine/transaction/timers.js';
import { SipMessage } from '../../../lib/sip/message.js';
import { ENGINE_SETTINGS } from '../../support/defaults.js';
import { FakeClock } from '../../support/fake-clock.js';

const FLOW: Flow = { protocol: 'udp', address: '10.0.0.2', port: 5060, local: { address: '10.0.0.1', port: 5060 } };
const response = (status: number): SipMessage => SipMessage.response(status, 'x', []);

/** A core that writes down, with the time since the start, what its transaction does. */
class Recorder {
  readonly clock = new FakeClock();
  readonly log: string[] = [];
  readonly #start = this.clock.now();
  readonly transmit = (text: string): void => this.#note(`send ${text}`);
  readonly response = (message: SipMessage): void => this.#note(`response ${message.status}`);
  readonly timedOut = (): void => this.#note('timed out');
  readonly unreachable = (): void => this.#note('unreachable');
  readonly silence = (): void => this.#note('silence');
  readonly ended = (): void => this.#note('ended');
  readonly acknowledgement = (): string => 'ACK';
  readonly trying = (): string => '100';
  readonly mayRepeat = (): boolean => true;
  readonly faulted = (thrown: unknown): void => this.#note(`faulted ${thrown}`);

  #note(what: string): void {
    this.log.push(`${this.clock.now() - this.#start} ${what}`);
  }
}

const TIMERS = timerValues(ENGINE_SETTINGS.timers);

describe('Transactions in time', () => {
  let core: Recorder;
  beforeEach(() => {
    core = new Recorder();
  });
  afterEach(() => {
    core.clock.advance(200_000);
    expect(core.clock.pending, 'timers left').to.equal(0);
  });

  it('RFC 3261 §17.1.1.2: Timer A doubles without limit, Timer B ends it at 64·T1', () => {
    new InviteClientTransaction(core.clock, TIMERS, false, 'INVITE', core);
    core.clock.advance(40_000);
    const times = [0, 500, 1500, 3500, 7500, 15_500, 31_500].map((at) => `${at} send INVITE`);
    expect(core.log).to.deep.equal([...times, '32000 ended', '32000 timed out']);
  });

  it('RFC 3261 §17.1.1.2: a reliable transport has no Timer A and a Timer D of zero', () => {
    const transaction = new InviteClientTransaction(core.clock, TIMERS, true, 'INVITE', core);
    core.clock.advance(10_000);
    transaction.receive(response(486), FLOW);
    expect(core.log).to.deep.equal(['0 send INVITE', '10000 send ACK', '10000 response 486', '10000 ended']);
  });

  it('RFC 3261 §17.1.1.2: a repeated refusal gets its ACK again, and is not reported again', () => {
    const transaction = new InviteClientTransaction(core.clock, TIMERS, false, 'INVITE', core);
    transaction.receive(response(486), FLOW);
    transaction.receive(response(486), FLOW);
    core.clock.advance(32_000);
    const expected = ['0 send INVITE', '0 send ACK', '0 response 486', '0 send ACK', '32000 ended'];
    expect(core.log).to.deep.equal(expected);
  });

  it('RFC 6026 §7.2: in Accepted every 2xx goes up until Timer M', () => {
    const transaction = new InviteClientTransaction(core.clock, TIMERS, true, 'INVITE', core);
    transaction.receive(response(200), FLOW);
    core.clock.advance(1000);
    transaction.receive(response(200), FLOW);
    transaction.receive(response(486), FLOW);
    core.clock.advance(31_000);
    transaction.receive(response(200), FLOW);
    expect(core.log).to.deep.equal(['0 send INVITE', '0 response 200', '1000 response 200', '32000 ended']);
  });

  it('RFC 3261 §16.8: Timer C starts anew with each provisional response', () => {
    const transaction = new InviteClientTransaction(core.clock, TIMERS, true, 'INVITE', core);
    transaction.receive(response(180), FLOW);
    core.clock.advance(184_000);
    transaction.receive(response(180), FLOW);
    core.clock.advance(184_999);
    expect(core.log.at(-1)).to.equal('184000 response 180');
    core.clock.advance(1);
    expect(core.log.at(-1)).to.equal('369000 silence');
    transaction.abandon();
  });

  it('RFC 3261 §17.1.2.2: Timer E doubles up to T2, stays there in Proceeding; Timer F ends it, Timer K absorbs', () => {
    const transaction = new NonInviteClientTransaction(core.clock, TIMERS, false, 'BYE', core);
    core.clock.advance(4000);
    transaction.receive(response(100), FLOW);
    core.clock.advance(12_000);
    const sent = core.log.filter((line) => line.endsWith('BYE')).map((line) => Number.parseInt(line, 10));
    expect(sent).to.deep.equal([0, 500, 1500, 3500, 7500, 11_500, 15_500]);
    transaction.receive(response(200), FLOW);
    transaction.receive(response(200), FLOW);
    core.clock.advance(5000);
    expect(core.log.slice(-2)).to.deep.equal(['16000 response 200', '21000 ended']);
    new NonInviteClientTransaction(core.clock, TIMERS, true, 'OPTIONS', core);
    core.clock.advance(32_000);
    expect(core.log.slice(-2)).to.deep.equal(['53000 ended', '53000 timed out']);
  });

  it('RFC 3261 §17.2.1: Timer G doubles up to T2, the ACK stops it, Timer I absorbs further ACKs', () => {
    const transaction = new InviteServerTransaction(core.clock, TIMERS, false, core);
    transaction.respond(486, '486');
    core.clock.advance(8000);
    expect(core.log).to.deep.equal([0, 500, 1500, 3500, 7500].map((at) => `${at} send 486`));
    transaction.acknowledged();
    transaction.acknowledged();
    transaction.repeated();
    core.clock.advance(5000);
    expect(core.log.slice(5)).to.deep.equal(['13000 ended']);
  });

  it('RFC 3261 §17.2.1: over TCP a refusal is sent once; without ACK Timer H ends it', () => {
    const transaction = new InviteServerTransaction(core.clock, TIMERS, true, core);
    transaction.respond(486, '486');
    core.clock.advance(32_000);
    expect(core.log).to.deep.equal(['0 send 486', '32000 ended']);
  });

  it('RFC 6026 §7.1, §8.8: Accepted absorbs repeated INVITEs, a transport error ends nothing, Timer L does', () => {
    const transaction = new InviteServerTransaction(core.clock, TIMERS, false, core);
    transaction.respond(200, '200');
    transaction.transportError();
    transaction.repeated();
    core.clock.advance(31_999);
    transaction.respond(200, '200');
    core.clock.advance(1);
    expect(core.log).to.deep.equal(['0 send 200', '31999 send 200', '32000 ended']);
  });

  it('RFC 4320 §4.1: no 100 over UDP before Timer E of the client reaches T2, over TCP at any time', () => {
    expect(untilTimerEIsT2(TIMERS)).to.equal(3500);
    const overUdp = new NonInviteServerTransaction(core.clock, TIMERS, false, core);
    overUdp.expectResponse();
    overUdp.respond(100, 'own 100');
    overUdp.repeated();
    core.clock.advance(3500);
    overUdp.repeated();
    overUdp.respond(200, '200');
    expect(core.log).to.deep.equal(['3500 send 100', '3500 send 100', '3500 send 200']);
    const overTcp = new NonInviteServerTransaction(core.clock, TIMERS, true, core);
    overTcp.respond(100, 'own 100');
    overTcp.respond(200, '200');
    expect(core.log.slice(3)).to.deep.equal(['3500 send own 100', '3500 send 200', '3500 ended']);
  });

  it('RFC 4320 §4.2: a 408 is not sent', () => {
    new NonInviteServerTransaction(core.clock, TIMERS, false, core).respond(408, '408');
    expect(core.log).to.deep.equal(['0 ended']);
  });

  it('RFC 3261 §17.2.2: the final response is repeated with the request until Timer J', () => {
    const transaction = new NonInviteServerTransaction(core.clock, TIMERS, false, core);
    transaction.respond(200, '200');
    core.clock.advance(31_999);
    transaction.repeated();
    core.clock.advance(1);
    expect(core.log).to.deep.equal(['0 send 200', '31999 send 200', '32000 ended']);
  });

  it('RFC 4320 §4.1: no timer runs for a 100 where the response was given at once', () => {
    const transaction = new NonInviteServerTransaction(core.clock, TIMERS, true, core);
    transaction.respond(200, '200');
    transaction.expectResponse();
    expect(core.clock.pending).to.equal(0);
  });

  it('RFC 3261 §17.1.2.2, §17.2.2: no timer J or K runs where the core itself absorbs what comes twice', () => {
    const absorbing = Object.assign(core, { absorbs: true });
    const server = new NonInviteServerTransaction(core.clock, TIMERS, false, absorbing);
    server.respond(200, '200');
    const client = new NonInviteClientTransaction(core.clock, TIMERS, false, 'BYE', absorbing);
    client.receive(response(200), FLOW);
    expect(core.log).to.deep.equal(['0 send 200', '0 send BYE', '0 response 200']);
    expect(core.clock.pending).to.equal(0);
    expect([server.state, client.state]).to.deep.equal(['completed', 'completed']);
  });
});
