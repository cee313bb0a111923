import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { loadConfig } from '../../../lib/config/load.js';
import { NotSent } from '../../../lib/sip-server/not-sent.js';
import { KNOWN, ONE, TrunkGroupHarness, TWO, trunk } from './trunk-group-harness.js';

const holding = (keepAliveSeconds: number): TrunkGroupHarness => {
  const harness = new TrunkGroupHarness([trunk(ONE, { keepAliveSeconds })], { pings: { pingSeconds: 0 } });
  harness.trunks.start();
  return harness;
};

describe('Keep-alives (RFC 5626 §4.4)', () => {
  it('are OPTIONS to a single trunk too, from 80 % to the whole of the interval apart, and for ever', () => {
    const harness = holding(25);
    for (let n = 0; n < 50; n++) {
      harness.clock.advance(22_499);
      expect(harness.server.sent).to.have.length(0);
      harness.clock.advance(1);
      expect(harness.take('OPTIONS').uri).to.equal(ONE);
    }
    expect(harness.clock.pending).to.equal(1);
  });

  for (const status of [undefined, 408, 503, 404] as const) {
    it(`${status ?? 'silence'} says nothing about the trunk`, () => {
      const harness = holding(25);
      for (let n = 0; n < 5; n++) {
        harness.clock.advance(22_500);
        const ping = harness.take('OPTIONS');
        if (status !== undefined) ping.reply(status, { 'retry-after': '60' });
      }
      expect(harness.gauge('trunks_down')).to.equal(0);
      expect(harness.lines).to.deep.equal([]);
    });
  }

  it('go on when one could not be sent, and while there is no SIP server', () => {
    const harness = holding(25);
    harness.clock.advance(22_500);
    harness.server.sent.pop()?.done(new NotSent('transport', 'unreachable'));
    harness.server.connected = false;
    harness.clock.advance(45_000);
    expect(harness.server.sent).to.have.length(0);
    harness.server.connected = true;
    harness.clock.advance(22_500);
    harness.take('OPTIONS');
  });

  it('end with stop; 0 sends none', async () => {
    const harness = holding(25);
    await harness.trunks.stop();
    expect(harness.clock.pending).to.equal(0);
    expect(holding(0).clock.pending).to.equal(0);
  });

  it('are on where we register, unless the configuration says otherwise: 29 s over UDP, 120 s over a connection', () => {
    const trunks = [
      { uri: 'sip:10.1.0.3' },
      { uri: ONE, ...KNOWN, register: true },
      { uri: TWO, ...KNOWN, register: true },
      { uri: 'sips:a.example', ...KNOWN, register: true },
      { uri: 'sip:10.1.0.4', ...KNOWN, register: true, keepAliveSeconds: 0 },
      { uri: 'sip:10.1.0.5', keepAliveSeconds: 20 },
    ];
    // Who listens with which transport is up to the drachtio-server.
    const env = { VIRKNE_CONFIG: 'own.json', DRACHTIO_URL: 'drachtio://:s@127.0.0.1' };
    const config = loadConfig(env, (path) =>
      path === 'own.json' ? JSON.stringify({ trunks }) : readFileSync(path, 'utf8'),
    );
    expect(config.trunks.map(({ keepAliveSeconds }) => keepAliveSeconds)).to.deep.equal([0, 29, 120, 120, 0, 20]);
  });
});
