import { expect } from 'chai';
import { loadConfig } from '../../../lib/config/load.js';
import { A } from '../call/scripted-server.js';
import { withFile } from '../config/loading.js';
import { ONE, TrunkGroupHarness, TWO, trunk } from './trunk-group-harness.js';

/** As configured where there is one trunk. */
const SINGLE = loadConfig({ TRUNKS: ONE }).pings;

describe('All trunks known to be down', () => {
  const answerAll = (harness: TrunkGroupHarness, status = 200): void => {
    for (const sent of harness.server.sent.splice(0)) sent.done({ status, reason: '', headers: {}, body: '' });
  };
  const pinged = (harness: TrunkGroupHarness): number => harness.server.sent.splice(0).length;

  it('no call is tried on those that answered pings and do not any more; said once, and once when one is back', () => {
    const harness = new TrunkGroupHarness([trunk(ONE), trunk(TWO, { priority: 2 })]);
    harness.trunks.start();
    harness.clock.advance(3000);
    answerAll(harness);
    expect(harness.order).to.deep.equal([ONE, TWO]);
    harness.clock.advance(120_000);
    expect(harness.order).to.deep.equal([]);
    expect(harness.trunks.isOut).to.equal(true);
    expect(harness.lines.slice(2)).to.deep.equal(['all trunks are down: calls to numbers fail at once']);
    harness.clock.advance(600_000);
    expect(harness.lines).to.have.length(3);
    expect(harness.trunks.candidates('sip:phone@192.0.2.9'), 'a SIP URI needs no trunk').to.have.length(1);
    harness.server.answers.set(TWO, 200);
    harness.clock.advance(10_000);
    expect(harness.order).to.deep.equal([TWO]);
    expect(harness.trunks.isOut).to.equal(false);
    expect(harness.lines.slice(3)).to.deep.equal(['trunk is up again', 'there is a trunk again']);
  });

  it('those that have never answered a ping are tried all the same, but for a while after a call has failed on them', () => {
    const harness = new TrunkGroupHarness([trunk(ONE), trunk(TWO, { priority: 2 })]);
    harness.trunks.start();
    harness.clock.advance(60_000);
    expect(harness.order).to.deep.equal([ONE, TWO]);
    harness.trunks.failed(ONE);
    expect(harness.order).to.deep.equal([TWO]);
    harness.trunks.failed(TWO);
    expect(harness.order).to.deep.equal([]);
    harness.clock.advance(30_000);
    expect(harness.order).to.deep.equal([ONE, TWO]);
    expect(harness.trunks.isOut).to.equal(false);
  });

  it('a single trunk is pinged from a call that failed on it until it answers, and not otherwise', () => {
    const harness = new TrunkGroupHarness([trunk(ONE)], { pings: SINGLE });
    harness.trunks.start();
    harness.clock.advance(600_000);
    expect(pinged(harness)).to.equal(0);
    harness.trunks.failed(ONE);
    harness.clock.advance(5500);
    expect(harness.server.sent).to.have.length(1);
    answerAll(harness);
    harness.clock.advance(600_000);
    expect(pinged(harness)).to.equal(0);
    harness.trunks.failed(ONE);
    expect(harness.order, 'one silent call proves nothing').to.deep.equal([ONE]);
    harness.clock.advance(30_000);
    expect(harness.order).to.deep.equal([]);
    harness.server.sent.length = 0;
    harness.server.answers.set(ONE, 200);
    harness.clock.advance(10_000);
    expect(harness.order).to.deep.equal([ONE]);
    harness.server.sent.length = 0;
    harness.clock.advance(600_000);
    expect(pinged(harness)).to.equal(0);
    expect(harness.clock.pending).to.equal(0);
  });

  it('pings.pingSeconds 0 sends none, in doubt either', () => {
    const { pings } = withFile({ pings: { pingSeconds: 0 } }, { TRUNKS: ONE });
    const harness = new TrunkGroupHarness([trunk(ONE)], { pings });
    harness.trunks.start();
    harness.trunks.failed(ONE);
    harness.clock.advance(600_000);
    expect(pinged(harness)).to.equal(0);
    expect(harness.order).to.deep.equal([ONE]);
  });

  it('no trunks at all are no outage', () => {
    expect(new TrunkGroupHarness([]).trunks.isOut).to.equal(false);
  });
});

describe('Where a trunk by name sends its calls from', () => {
  const CARRIER = 'sip:carrier.example';

  it('its own order of called numbers counts for each address that the name stands for now', () => {
    const addresses = ['192.0.2.1', '192.0.2.2'];
    const harness = new TrunkGroupHarness([trunk(CARRIER, { calledFrom: ['diversion'] }), trunk(ONE)], {
      isFrom: (uri, address) => uri === CARRIER && addresses.includes(address),
    });
    for (const address of addresses) {
      expect(harness.trunks.arrival(`sip:${A}@x`, address).calledFrom).to.deep.equal(['diversion']);
    }
    expect(harness.trunks.arrival(`sip:${A}@x`, '192.0.2.3').calledFrom).to.equal(undefined);
  });
});
