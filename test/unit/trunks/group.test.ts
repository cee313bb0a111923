import { expect } from 'chai';
import type { TrunkSettings } from '../../../lib/call/trunks/trunk-group.js';
import { NotSent } from '../../../lib/sip-server/not-sent.js';
import { immediates } from '../../support/fake-clock.js';
import { A } from '../call/scripted-server.js';
import { CHALLENGE, KNOWN, ONE, TrunkGroupHarness, TWO, trunk } from './trunk-group-harness.js';

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

describe('A registration (RFC 3261 §10.2)', () => {
  const registering = (more: Partial<TrunkSettings> = {}): TrunkGroupHarness => {
    const harness = new TrunkGroupHarness([trunk(ONE, { ...KNOWN, register: true, ...more })], {
      pings: { pingSeconds: 0 },
    });
    harness.trunks.start();
    return harness;
  };
  const numberOf = (cseq: string): number => Number.parseInt(cseq, 10);

  it('has no user in its Request-URI, the account in From and To, and our Contact', () => {
    const register = registering({ uri: 'sip:ignored@10.1.0.1:5060;transport=tcp' }).take('REGISTER');
    expect(register.uri).to.equal('sip:10.1.0.1:5060;transport=tcp');
    expect(register.header('to')).to.equal('<sip:office@10.1.0.1>');
    expect(register.header('from')).to.match(/^<sip:office@10\.1\.0\.1>;tag=\w{16,}$/);
    expect(register.header('contact')).to.match(/^<sip:office@localhost;transport=tcp;line=\w+>$/);
    expect(register.header('expires')).to.equal('3600');
    expect(register.header('authorization')).to.equal('');
  });

  it('answers a challenge, keeps Call-ID and From, counts CSeq up, and refreshes halfway with the known nonce', () => {
    const harness = registering();
    const first = harness.take('REGISTER');
    first.reply(401, { 'www-authenticate': CHALLENGE });
    const second = harness.take('REGISTER');
    expect(second.header('authorization')).to.include('algorithm=SHA-256').and.include('nc=00000001');
    for (const name of ['call-id', 'from']) expect(second.header(name)).to.equal(first.header(name));
    expect(numberOf(second.header('cseq'))).to.equal(numberOf(first.header('cseq')) + 1);
    second.reply(200, { contact: `<sip:other@h>;expires=60, ${second.header('contact')};expires=1000` });
    expect(harness.gauge('trunks_registered')).to.equal(1);
    expect(harness.lines).to.deep.equal(['registered at the trunk']);
    harness.clock.advance(470_000);
    expect(harness.server.sent).to.have.length(0);
    harness.clock.advance(30_000);
    const refresh = harness.take('REGISTER');
    expect(refresh.header('authorization')).to.include('nonce="1"').and.include('nc=00000002');
    expect(refresh.header('call-id')).to.equal(first.header('call-id'));
    refresh.reply(200, { expires: '100' });
    expect(harness.lines).to.have.length(1);
    harness.clock.advance(50_000);
    harness.take('REGISTER');
  });

  it('asks for longer after 423, once for each Min-Expires that is longer (§10.2.8)', () => {
    const harness = registering();
    harness.take('REGISTER').reply(423, { 'min-expires': '7200' });
    const longer = harness.take('REGISTER');
    expect(longer.header('expires')).to.equal('7200');
    longer.reply(423, { 'min-expires': '7200' });
    expect(harness.server.sent).to.have.length(0);
    const wild = registering();
    wild.take('REGISTER').reply(423, { 'min-expires': '99999999' });
    expect(wild.server.sent).to.have.length(0);
  });

  it('backs off when refused: 30 s, 60 s and so on up to half an hour, half of it by chance (RFC 5626 §4.5)', () => {
    const harness = registering();
    const waits: number[] = [];
    for (let n = 0; n < 9; n++) {
      harness.take('REGISTER').reply(403);
      const from = harness.clock.now();
      while (harness.server.sent.length === 0) harness.clock.advance(500);
      waits.push((harness.clock.now() - from) / 1000);
    }
    expect(waits).to.deep.equal([22.5, 45, 90, 180, 360, 720, 1350, 1350, 1350]);
    expect(harness.lines, 'never registered, so nothing was lost').to.deep.equal([]);
  });

  it('waits at least as long as Retry-After says, and no longer than half an hour', () => {
    for (const [asked, waited] of [
      ['300', 300],
      ['9999999', 1800],
    ] as const) {
      const harness = registering();
      harness.take('REGISTER').reply(503, { 'retry-after': asked });
      harness.clock.advance(waited * 1000 - 1);
      expect(harness.server.sent).to.have.length(0);
      harness.clock.advance(1);
      harness.take('REGISTER');
    }
  });

  it('is said to be lost once when a refresh fails, and to be back once', () => {
    const harness = registering();
    harness.take('REGISTER').reply(200);
    harness.clock.advance(1_800_000);
    harness.take('REGISTER').reply(408);
    expect(harness.gauge('trunks_registered')).to.equal(0);
    harness.clock.advance(30_000);
    harness.take('REGISTER').reply(200);
    expect(harness.lines).to.deep.equal([
      'registered at the trunk',
      'not registered at the trunk',
      'registered at the trunk',
    ]);
  });

  it('with a wrong password: one answer, then a pause', () => {
    const harness = registering();
    harness.take('REGISTER').reply(401, { 'www-authenticate': CHALLENGE });
    harness.take('REGISTER').reply(401, { 'www-authenticate': CHALLENGE.replace('"1"', '"2"') });
    expect(harness.server.sent).to.have.length(0);
  });

  it('is removed by stop, with an interval of 0 (§10.2.2)', async () => {
    const harness = registering();
    harness.take('REGISTER').reply(200);
    let stopped = false;
    void harness.trunks.stop().then(() => {
      stopped = true;
    });
    const last = harness.take('REGISTER');
    expect(last.header('expires')).to.equal('0');
    last.reply(401, { 'www-authenticate': CHALLENGE });
    const answered = harness.take('REGISTER');
    expect(answered.header('expires')).to.equal('0');
    expect(answered.header('authorization')).to.include('Digest');
    await immediates();
    expect(stopped).to.equal(false);
    answered.reply(200);
    await immediates();
    expect(stopped).to.equal(true);
    expect(harness.clock.pending).to.equal(0);
  });

  it('stop waits for the REGISTER that is out (§10.2), and two seconds in all', async () => {
    const harness = registering();
    const stopping = harness.trunks.stop();
    expect(harness.server.sent).to.have.length(1);
    harness.take('REGISTER').reply(200);
    expect(harness.take('REGISTER').header('expires')).to.equal('0');
    harness.clock.advance(2000);
    await stopping;
    expect(harness.clock.pending).to.equal(0);
  });

  it('goes out as soon as there is a SIP server to send it', () => {
    const harness = new TrunkGroupHarness([trunk(ONE, { ...KNOWN, register: true })], { pings: { pingSeconds: 0 } });
    harness.server.connected = false;
    harness.trunks.start();
    harness.clock.advance(10_000);
    harness.server.connected = true;
    harness.clock.advance(1000);
    harness.take('REGISTER');
  });
});
