import { expect } from 'chai';
import { NotSent } from '../../../lib/sip-server/not-sent.js';
import { A } from '../call/scripted-server.js';
import { KNOWN, ONE, TrunkGroupHarness, TWO, trunk } from './trunk-group-harness.js';

describe('Pings', () => {
  it('are OPTIONS, first soon and then every 30 s; whatever is answered but 408 and 503 is a sign of life', () => {
    const harness = new TrunkGroupHarness([trunk(ONE)]);
    harness.trunks.start();
    harness.clock.advance(2500);
    for (const status of [200, 401, 404, 405, 483, 500, 603]) {
      expect(harness.server.sent, String(status)).to.have.length(1);
      const ping = harness.take('OPTIONS');
      expect(ping.uri).to.equal(ONE);
      ping.reply(status);
      harness.clock.advance(29_999);
      expect(harness.server.sent).to.have.length(0);
      harness.clock.advance(1);
    }
    expect(harness.gauge('trunks_up')).to.equal(1);
    expect(harness.lines).to.deep.equal([]);
  });

  for (const code of ['local', 'server-gone'] as const) {
    it(`a ping that was not sent by a fault of ours (${code}) says nothing about the trunk`, () => {
      const harness = new TrunkGroupHarness([trunk(ONE), trunk(TWO, { priority: 2 })]);
      harness.trunks.start();
      for (let n = 0; n < 6; n++) {
        harness.clock.advance(5500);
        for (const sent of harness.server.sent.splice(0)) sent.done(new NotSent(code, 'not sent'));
      }
      expect(harness.gauge('trunks_down')).to.equal(0);
      expect(harness.order).to.deep.equal([ONE, TWO]);
    });
  }

  for (const [name, fail] of [
    ['408', (harness: TrunkGroupHarness) => harness.take('OPTIONS').reply(408)],
    ['503', (harness: TrunkGroupHarness) => harness.take('OPTIONS').reply(503)],
    ['silence of 4 s', (harness: TrunkGroupHarness) => harness.clock.advance(4000)],
    [
      'a transport error',
      (harness: TrunkGroupHarness) => harness.server.sent.pop()?.done(new NotSent('transport', 'unreachable')),
    ],
  ] as const) {
    it(`${name}, twice: the trunk is down, said and counted once; an answer brings it back`, () => {
      const harness = new TrunkGroupHarness([trunk(ONE), trunk(TWO, { priority: 2 })]);
      harness.trunks.start();
      harness.server.answers.set(TWO, 200);
      const round = (answer: (harness: TrunkGroupHarness) => void): void => {
        answer(harness);
        harness.server.sent.length = 0;
        harness.clock.advance(5000);
      };
      harness.clock.advance(2500);
      round(fail);
      expect(harness.order, 'one lost ping is no failure').to.deep.equal([ONE, TWO]);
      for (let n = 0; n < 4; n++) round(fail);
      expect(harness.order).to.deep.equal([TWO]);
      expect(harness.gauge('trunks_down')).to.equal(1);
      expect(harness.lines).to.deep.equal(['trunk is down: it answers no ping']);
      round((current) => current.take('OPTIONS').reply(200));
      expect(harness.order).to.deep.equal([ONE, TWO]);
      expect(harness.lines).to.deep.equal(['trunk is down: it answers no ping', 'trunk is up again']);
      expect(harness.counts).to.deep.equal([
        'trunk_changes_total 10.1.0.1:5060 down',
        'trunk_changes_total 10.1.0.1:5060 up',
      ]);
    });
  }

  it('with all trunks down, all are still tried', () => {
    const harness = new TrunkGroupHarness([trunk(ONE), trunk(TWO, { priority: 2 })]);
    harness.trunks.start();
    harness.clock.advance(60_000);
    expect(harness.gauge('trunks_down')).to.equal(2);
    expect(harness.order).to.deep.equal([ONE, TWO]);
  });

  it('an answer to a call brings a trunk back before its ping does', () => {
    const harness = new TrunkGroupHarness([trunk(ONE), trunk(TWO, { priority: 2 })]);
    harness.trunks.start();
    harness.clock.advance(60_000);
    harness.trunks.works(ONE);
    expect(harness.order).to.deep.equal([ONE]);
  });

  it('a call that fails brings the next ping forward, and a row of them does not put it off', () => {
    const harness = new TrunkGroupHarness([trunk(ONE)]);
    harness.trunks.start();
    harness.clock.advance(2500);
    harness.take('OPTIONS').reply(200);
    for (let n = 0; n < 100; n++) {
      harness.trunks.failed(ONE);
      harness.clock.advance(50);
    }
    harness.take('OPTIONS');
  });

  it('a SIP server that is gone says nothing about trunks', () => {
    const harness = new TrunkGroupHarness([trunk(ONE)]);
    harness.server.connected = false;
    harness.trunks.start();
    harness.clock.advance(600_000);
    expect(harness.server.sent).to.have.length(0);
    harness.server.connected = true;
    harness.clock.advance(6000);
    harness.server.connected = false;
    harness.server.sent.splice(0).forEach((sent) => {
      sent.done(new NotSent('server-gone', 'lost'));
    });
    harness.clock.advance(600_000);
    expect(harness.gauge('trunks_up')).to.equal(1);
  });

  it('end with stop, and pingSeconds 0 sends none', async () => {
    const harness = new TrunkGroupHarness([trunk(ONE)]);
    harness.trunks.start();
    await harness.trunks.stop();
    expect(harness.clock.pending).to.equal(0);
    const still = new TrunkGroupHarness([trunk(ONE)], { pings: { pingSeconds: 0 } });
    still.trunks.start();
    expect(still.clock.pending).to.equal(0);
  });

  it('trunks with long outages leave nothing behind: one timer each', () => {
    const harness = new TrunkGroupHarness([trunk(ONE), trunk(TWO)]);
    harness.trunks.start();
    harness.clock.advance(3_600_000);
    expect(harness.clock.pending).to.equal(2);
  });
});

describe('A trunk that asks for a rest', () => {
  it('comes behind the others as long as it asked, whatever sign of life it gives (RFC 3261 §21.5.4)', () => {
    const harness = new TrunkGroupHarness([trunk(ONE), trunk(TWO, { priority: 2 })]);
    harness.trunks.failed(ONE, 20_000);
    harness.trunks.works(ONE);
    harness.clock.advance(19_999);
    expect(harness.order).to.deep.equal([TWO, ONE]);
    harness.clock.advance(1);
    expect(harness.order).to.deep.equal([ONE, TWO]);
  });

  it('may ask so by its answer to a ping', () => {
    const harness = new TrunkGroupHarness([trunk(ONE), trunk(TWO, { priority: 2 })]);
    harness.trunks.start();
    harness.clock.advance(2500);
    harness.take('OPTIONS').reply(503, { 'retry-after': '60' });
    expect(harness.order).to.deep.equal([TWO, ONE]);
  });

  it('only a trunk with a username and a password has credentials', () => {
    const harness = new TrunkGroupHarness([trunk(ONE, KNOWN), trunk(TWO, { priority: 2, username: 'u' })]);
    const given = harness.trunks.candidates(A).map(({ credentials }) => credentials);
    expect(given).to.deep.equal([KNOWN, undefined]);
  });
});
