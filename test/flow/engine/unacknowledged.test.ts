import { expect } from 'chai';
import type { SipPeer } from '../../support/sip-peer.js';
import { EngineHarness, TIMEOUT } from './engine-harness.js';

const CALLS = 300;
/** What RFC 3261 §17.2.1 sends in 32 s for each of them. */
const EACH = 11;
/** What a source is sent again for nothing, and what it gets back with the time. */
const FREE = 100 + 4 * 32;

describe('Engine: finals that are never acknowledged', () => {
  let harness: EngineHarness;
  let spoofed: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    spoofed = harness.peer({ address: '10.0.1.1', user: 'spoofed', autoAck: false, autoBye: false });
  });
  afterEach(() => harness.expectNoLeak());

  const count = (peer: SipPeer, status: number) => peer.received.filter((one) => one.status === status).length;

  function refuseAll(status = 486): void {
    harness.owner.whenRequest = ({ kind, transactionId }) => {
      if (kind === 'new') harness.respond(status, [], '', transactionId);
    };
  }

  for (const [status, what] of [
    [486, 'refusals'],
    [200, 'answers'],
  ] as const) {
    it(`${what} go out once each, and again no more often than their source is worth`, () => {
      refuseAll(status);
      for (let i = 0; i < CALLS; i++) spoofed.invite(harness.at);
      harness.settle(TIMEOUT);
      expect(count(spoofed, status)).to.be.within(CALLS + FREE / 2, CALLS + FREE);
      expect(count(spoofed, status)).to.be.below((CALLS * EACH) / 5);
    });
  }

  it('RFC 3261 §13.3.1.4: the BYEs that end what was never acknowledged are no more either', () => {
    refuseAll(200);
    for (let i = 0; i < CALLS; i++) spoofed.invite(harness.at);
    harness.settle(TIMEOUT);
    spoofed.on('BYE', () => {});
    harness.settle(TIMEOUT + 5000);
    const byes = spoofed.received.filter(({ method }) => method === 'BYE').length;
    expect(byes).to.be.within(CALLS, CALLS + FREE);
  });

  it('a CANCEL does not change that: its 487 is one of them', () => {
    for (let i = 0; i < CALLS; i++) {
      const invite = spoofed.invite(harness.at);
      harness.settle();
      spoofed.cancel(invite, harness.at);
    }
    harness.settle(TIMEOUT);
    expect(count(spoofed, 487)).to.be.within(CALLS, CALLS + FREE + 10);
  });

  it('reliable provisional responses without a PRACK are of them, too', () => {
    harness.owner.whenRequest = ({ kind, transactionId }) => {
      if (kind === 'new') harness.respond(180, [['Require', '100rel']], '', transactionId);
    };
    for (let i = 0; i < CALLS; i++) spoofed.invite(harness.at, { fields: [['Supported', '100rel']] });
    harness.settle(TIMEOUT);
    expect(count(spoofed, 180)).to.be.within(CALLS, CALLS + FREE);
  });

  it('another source, whose network loses what we say, gets all its repetitions', () => {
    refuseAll();
    for (let i = 0; i < CALLS; i++) spoofed.invite(harness.at);
    const lossy = harness.peer({ address: '10.0.1.2', user: 'lossy', autoAck: false });
    lossy.invite(harness.at);
    harness.settle(TIMEOUT);
    expect(count(lossy, 486)).to.equal(EACH);
  });

  it('what is acknowledged earns more: a link that loses half of all never comes to its end', () => {
    refuseAll();
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 90; i++) spoofed.invite(harness.at);
      harness.settle(600); // One repetition of each.
      const refusals = spoofed.received.splice(0).filter(({ status }) => status === 486);
      expect(refusals, `round ${round}`).to.have.length(180);
      for (const refusal of refusals.slice(90)) spoofed.acknowledge(refusal);
      harness.settle();
    }
  });

  it('an ACK without our tag earns nothing: whoever writes a foreign address into an INVITE can make that', () => {
    refuseAll();
    const repetitions: number[] = [];
    for (let round = 0; round < 3; round++) {
      const invites = Array.from({ length: 90 }, () => spoofed.invite(harness.at));
      harness.settle(600); // One repetition of each.
      repetitions.push(spoofed.received.splice(0).filter(({ status }) => status === 486).length - 90);
      for (const { text } of invites)
        spoofed.send(text.replace(/^INVITE/, 'ACK').replace(/CSeq: 1 INVITE/, 'CSeq: 1 ACK'), harness.at);
      harness.settle();
    }
    expect(repetitions[0]).to.equal(90);
    expect(repetitions[1]).to.be.below(20);
    expect(repetitions[2]).to.be.below(5);
  });
});
