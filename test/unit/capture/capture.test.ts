import { expect } from 'chai';
import fc from 'fast-check';
import { createMeter, type RenderedMeter } from '../../../lib/api/metrics.js';
import { systemClock } from '../../../lib/base/clock.js';
import { Capture, type CaptureOptions } from '../../../lib/capture/capture.js';
import { encode, PAYLOAD, type Packet } from '../../../lib/capture/hep3.js';
import { FakeClock } from '../../support/fake-clock.js';
import { glanceAt } from '../../support/glance.js';
import { collectTcp, collectUdp, decoded, type HepCollector } from '../../support/hep.js';
import { freePort } from '../../support/ports.js';

const CALL = '5f3c2a10-0000-4000-8000-000000000001';
const POINT = {
  protocol: 'udp',
  local: { address: '10.0.0.1', port: 5060 },
  advertised: { address: '198.51.100.1', port: 5080 },
} as const;
const PEER = { protocol: 'udp', address: '10.0.0.9', port: 5062 } as const;
const AGENT = { id: 2001, name: 'riga-1', password: '' };

const message = (start: string, callId: string, more = ''): string =>
  `${start}\r\nCall-ID: ${callId}\r\nCSeq: 1 INVITE\r\n\r\n${more}`;
const INVITE = 'INVITE sip:+37167000001@10.0.0.1 SIP/2.0';

const PACKET: Packet = {
  protocol: 'udp',
  from: { address: '10.0.0.9', port: 5062 },
  to: { address: '10.0.0.1', port: 5060 },
  at: 1_700_000_000_123,
  micros: 7,
  type: PAYLOAD.sip,
  payload: Buffer.from('INVITE'),
  correlation: CALL,
};
/** Of a packet without correlation, beside its payload. */
const OVERHEAD = (encode({ ...PACKET, payload: Buffer.alloc(0), correlation: '' }, AGENT) as Buffer).length;

describe('HEP3 packets', () => {
  it('hep-js reads what was written: 5-tuple, time in µs, agent, correlation, payload', () => {
    expect(decoded(encode(PACKET, { ...AGENT, password: 'secret' }) as Buffer)).to.deep.equal({
      rcinfo: {
        protocolFamily: 2,
        protocol: 17,
        srcIp: '10.0.0.9',
        dstIp: '10.0.0.1',
        srcPort: 5062,
        dstPort: 5060,
        timeSeconds: 1_700_000_000,
        timeUseconds: 123_007,
        payloadType: 1,
        captureId: 2001,
        capturePass: 'secret',
        correlation_id: CALL,
        hepNodeName: 'riga-1',
      },
      payload: 'INVITE',
    });
  });

  it('IPv6 addresses are sixteen bytes each, in chunks of their own', () => {
    const from = { address: '2001:db8::1', port: 5060 };
    const to = { address: '::ffff:192.0.2.1', port: 5060 };
    const bytes = encode({ ...PACKET, protocol: 'tls', from, to }, AGENT) as Buffer;
    const hex = bytes.toString('hex');
    expect(hex).to.contain('00000005001620010db8000000000000000000000001');
    expect(hex).to.contain('00000006001600000000000000000000ffffc0000201');
    expect(decoded(bytes).rcinfo).to.include({ protocolFamily: 10, protocol: 6 });
  });

  it('what fits into 16 bits of length is whole; what does not is no packet', () => {
    const of = (length: number) => encode({ ...PACKET, payload: Buffer.alloc(length, 0x61) }, AGENT);
    for (const length of [0, 1400, 9000, 60_000])
      expect(decoded(of(length) as Buffer).payload ?? '', String(length)).to.have.length(length);
    expect(of(65_535)).to.equal(undefined);
    fc.assert(
      fc.property(fc.nat(65_000), (length) => {
        const bytes = of(length) as Buffer;
        expect(bytes.readUInt16BE(4)).to.equal(bytes.length);
      }),
      { numRuns: 20 },
    );
  });
});

describe('Capture of SIP messages for a HEP collector', () => {
  const clock = new FakeClock();
  let meter: RenderedMeter;
  let collector: HepCollector | undefined;
  let capture: Capture | undefined;

  beforeEach(() => {
    meter = createMeter();
  });
  afterEach(async () => {
    capture?.close();
    await collector?.close();
    collector = capture = undefined;
  });

  const open = (port: number, more: Partial<CaptureOptions> = {}, protocol: 'udp' | 'tcp' = 'udp'): Capture => {
    const to = { protocol, address: '127.0.0.1', port };
    capture = new Capture({ collector: to, agent: AGENT, mask: true, queueBytes: 1_000_000, clock, meter, ...more });
    return capture;
  };
  const value = async (line: string): Promise<number> =>
    Number(
      (await meter.render())
        .split('\n')
        .find((one) => one.startsWith(`virkne_${line} `))
        ?.split(' ')
        .at(-1),
    );

  it('both directions, with the real 5-tuple: neither the wildcard nor what is advertised behind a NAT', async () => {
    collector = await collectUdp();
    const open4 = open(collector.port);
    open4.received(glanceAt(message(INVITE, 'c1')), PEER, POINT);
    open4.sent(glanceAt(message('SIP/2.0 100 Trying', 'c1')), PEER, POINT);
    open4.sent(glanceAt(message('SIP/2.0 100 Trying', 'c1')), PEER, {
      ...POINT,
      local: { address: '0.0.0.0', port: 5060 },
    });
    clock.advance(10);
    await collector.reached(3);
    const ends = collector.packets.map(({ rcinfo: { srcIp, srcPort, dstIp, dstPort } }) => [
      srcIp,
      srcPort,
      dstIp,
      dstPort,
    ]);
    expect(ends).to.deep.equal([
      ['10.0.0.9', 5062, '10.0.0.1', 5060],
      ['10.0.0.1', 5060, '10.0.0.9', 5062],
      ['198.51.100.1', 5060, '10.0.0.9', 5062],
    ]);
    const times = collector.packets.map(({ rcinfo }) => rcinfo.timeUseconds);
    expect(times, 'in order, also within a millisecond').to.deep.equal(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).to.equal(3);
  });

  it('one id joins the caller’s leg, which was there before the call, and every member’s, replies and what is late included', async () => {
    collector = await collectUdp();
    const all = open(collector.port);
    all.received(glanceAt(message(INVITE, 'caller-leg')), PEER, POINT);
    all.sent(glanceAt(message('SIP/2.0 100 Trying', 'caller-leg')), PEER, POINT);
    all.begin(CALL, 'caller-leg');
    for (let n = 1; n <= 5; n++) {
      all.sent(glanceAt(message(INVITE, `${CALL}.${n}`)), PEER, POINT);
      all.received(glanceAt(message('SIP/2.0 486 Busy Here', `${CALL}.${n}`)), PEER, POINT);
    }
    clock.advance(10);
    await collector.reached(12);
    const record = { call: CALL, callId: 'caller-leg', node: 'n', started: 0, status: 486, waited: 5, talked: 0 };
    const attempts = [{ why: 'busy', status: 486, trunk: 't', callIds: [`${CALL}.1`] }];
    all.ended(CALL, { ...record, released: null, cause: 17, refused: null, attempts });
    expect(all.calls).to.equal(0);
    all.sent(glanceAt(message('SIP/2.0 486 Busy Here', 'caller-leg')), PEER, POINT);
    all.received(glanceAt(message('OPTIONS sip:x SIP/2.0', 'another')), PEER, POINT);
    clock.advance(10);
    await collector.reached(15);
    const ids = collector.packets.map(({ rcinfo }) => rcinfo.correlation_id);
    expect(ids).to.deep.equal([...new Array(14).fill(CALL), undefined]);
    expect(CALL.length).to.be.at.most(64);
    const result = collector.packets[12];
    expect(result?.rcinfo.payloadType).to.equal(100);
    expect(JSON.parse(result?.payload ?? '')).to.deep.equal({
      event: 'call ended',
      ...record,
      released: null,
      cause: 17,
      refused: null,
      attempts,
    });
  });

  it('secrets are covered unless told', async () => {
    collector = await collectUdp();
    const text = message('REGISTER sip:r SIP/2.0\r\nAuthorization: Digest response="feed"', 'r');
    open(collector.port).sent(glanceAt(text), PEER, POINT);
    clock.advance(10);
    capture?.close();
    open(collector.port, { mask: false }).sent(glanceAt(text), PEER, POINT);
    clock.advance(10);
    await collector.reached(2);
    expect(collector.packets.map(({ payload }) => payload.includes('feed'))).to.deep.equal([false, true]);
  });

  it('a connection that we opened has the port that it really has, also where that is not known yet when the message goes', async () => {
    collector = await collectUdp();
    const end = { address: '10.0.0.1', port: 5060 };
    const point = { ...POINT, protocol: 'tcp', ownEnd: () => end } as const;
    const peer = { ...PEER, protocol: 'tcp' } as const;
    const all = open(collector.port);
    all.sent(glanceAt(message(INVITE, 'c1')), peer, point);
    end.port = 40_001;
    all.received(glanceAt(message('SIP/2.0 100 Trying', 'c1')), peer, point);
    clock.advance(10);
    await collector.reached(2);
    expect(collector.packets.map(({ rcinfo: { srcPort, dstPort } }) => [srcPort, dstPort])).to.deep.equal([
      [40_001, 5062],
      [5062, 40_001],
    ]);
  });

  for (const [protocol, collect] of Object.entries({ udp: collectUdp, tcp: collectTcp })) {
    it(`one message is one packet from 1.4 to 60 kB over ${protocol}; what is longer than a packet is counted`, async () => {
      collector = await collect();
      const all = open(collector.port, { clock: systemClock }, protocol as 'udp' | 'tcp');
      const sizes = [1400, 9000, 30_000, 60_000];
      for (const size of [70_000, ...sizes]) all.sent(glanceAt(message(INVITE, 'c', 'x'.repeat(size))), PEER, POINT);
      await collector.reached(sizes.length);
      expect(collector.packets.map(({ payload }) => payload.length)).to.deep.equal(
        sizes.map((size) => message(INVITE, 'c').length + size),
      );
      expect(await value('capture_dropped_total{reason="size"}')).to.equal(1);
      expect(await value('capture_sent_total')).to.equal(sizes.length);
    });
  }

  it('between the longest datagram and the longest packet TCP carries what UDP cannot', async () => {
    const text = message(INVITE, 'c').padEnd(65_520 - OVERHEAD, 'x');
    collector = await collectUdp();
    open(collector.port).sent(glanceAt(text), PEER, POINT);
    clock.advance(10);
    expect(await value('capture_dropped_total{reason="size"}')).to.equal(1);
    capture?.close();
    await collector.close();
    collector = await collectTcp();
    open(collector.port, { clock: systemClock }, 'tcp').sent(glanceAt(text), PEER, POINT);
    await collector.reached(1);
    expect(collector.packets[0]?.payload).to.have.length(text.length);
  });

  it('a collector that is away holds nothing up: what waits is bounded, the rest is dropped and counted, and it is found again', async () => {
    const port = await freePort();
    const all = open(port, { clock: systemClock, queueBytes: 100_000 }, 'tcp');
    const text = message(INVITE, 'c', 'x'.repeat(1000));
    for (let i = 0; i < 1000; i++) all.sent(glanceAt(text), PEER, POINT);
    const held = Math.floor(100_000 / text.length);
    expect(await value('capture_dropped_total{reason="queue"}')).to.equal(1000 - held);
    expect(await value('capture_waiting_bytes')).to.equal(held * text.length);
    collector = await collectTcp(port);
    await collector.reached(held);
    expect(await value('capture_waiting_bytes')).to.equal(0);
  });

  it('a UDP collector that is away is not noticed at all', async () => {
    const all = open(await freePort());
    for (let i = 0; i < 50; i++) all.sent(glanceAt(message(INVITE, 'c')), PEER, POINT);
    clock.advance(20);
    expect(await value('capture_sent_total')).to.equal(50);
    expect(await value('capture_waiting_bytes')).to.equal(0);
  });
});
