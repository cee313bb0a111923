import { expect } from 'chai';
import { KNOWN, ONE, TrunkGroupHarness, TWO, trunk } from './trunk-group-harness.js';

describe('A fault at a trunk', () => {
  it('an error of ours at one trunk costs neither its next ping and registration nor those of the others', () => {
    const fail = (): void => {
      throw new Error('a fault');
    };
    const harness = new TrunkGroupHarness([trunk(ONE, { register: true, ...KNOWN }), trunk(TWO)], {
      pings: { pingSeconds: 30 },
    });
    const { send } = harness.server;
    harness.trunks.start();
    harness.server.send = fail;
    harness.clock.advance(5000);
    expect(harness.counts.filter((line) => line.startsWith('trunk_faults_total'))).to.have.length(2);
    harness.server.send = send;
    harness.clock.advance(10_000);
    expect(harness.server.sent.map(({ method, uri }) => `${method} ${uri}`)).to.include(`OPTIONS ${TWO}`);
    harness.server.send = fail;
    harness.take('REGISTER').reply(423, { 'min-expires': '7200' });
    harness.server.send = send;
    harness.clock.advance(60_000);
    expect(harness.take('REGISTER').header('expires')).to.equal('7200');
    expect(harness.counts).to.include(`trunk_faults_total ${ONE.replace('sip:', '')} undefined`);
  });
});
