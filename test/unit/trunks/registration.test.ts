import { expect } from 'chai';
import type { TrunkSettings } from '../../../lib/call/trunks/trunk-group.js';
import { immediates } from '../../support/fake-clock.js';
import { CHALLENGE, KNOWN, ONE, TrunkGroupHarness, trunk } from './trunk-group-harness.js';

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
