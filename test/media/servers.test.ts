import { createServer } from 'node:net';
import { expect } from 'chai';
import type { MediaSettings } from '../../lib/media/settings.js';
import { FreeSwitchDouble } from '../support/freeswitch-double/double.js';
import { OCTETS } from '../support/freeswitch-double/playing.js';
import { RtpPort } from '../support/freeswitch-double/rtp.js';
import { writeSdp } from '../support/freeswitch-double/sdp.js';
import { eventually, type MediaSide, openMediaSide } from './media-side.js';
import { NamedServer, TEST_MEDIA_URL, type TestedServer } from './named-server.js';
import './on-a-double-alone.js';

describe('Media servers (on a double of FreeSWITCH)', () => {
  const doubles: { kill(): Promise<void> }[] = [];
  const sides: MediaSide[] = [];
  const phones: RtpPort[] = [];

  const start = async (): Promise<FreeSwitchDouble> => {
    const double = await new FreeSwitchDouble().start();
    doubles.push(double);
    return double;
  };
  /** Where no fault of it is needed. */
  const startAny = async (): Promise<Pick<TestedServer, 'url' | 'channels' | 'kill'>> => {
    if (TEST_MEDIA_URL === undefined) return start();
    const server = new NamedServer(TEST_MEDIA_URL);
    doubles.push(server);
    return server;
  };
  const open = async (
    servers: readonly string[],
    media: object = {},
    limits: Partial<MediaSettings> = {},
  ): Promise<MediaSide> => {
    const side = await openMediaSide(servers, media, {}, limits);
    sides.push(side);
    return side;
  };
  const phone = async (): Promise<RtpPort> => {
    const port = await RtpPort.open();
    phones.push(port);
    return port;
  };
  const sdpOf = (port: RtpPort): string =>
    writeSdp({ owner: 'phone', version: 1, address: '127.0.0.1', port: port.port });

  afterEach(async () => {
    for (const side of sides.splice(0)) await side.close();
    for (const double of doubles.splice(0)) await double.kill();
    for (const port of phones.splice(0)) port.close();
  });

  it('at start one endpoint is made and destroyed, and then the server is up', async () => {
    const double = await start();
    const { untilUp, pool } = await open([double.url]);
    await untilUp();
    expect(double.total).to.equal(1);
    await eventually('the channel is gone', () => double.channels.length === 0);
    expect(pool.degraded).to.deep.equal([]);
  });

  it('something else that listens there is no media server', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { lines } = await open([`freeswitch://:x@127.0.0.1:${port}`]);
    await eventually('it is said', () => lines.some(({ code }) => code === 'MEDIA_UNAVAILABLE'));
    await new Promise((resolve) => other.close(resolve));
  });

  it('takes the least loaded server, and leaves one that fails until it is back', async () => {
    const [one, two] = [await start(), await start()];
    const { pool, endpoint, untilUp } = await open([one.url, two.url]);
    await eventually('both are up', () => pool.degraded.length === 0);
    await untilUp();
    const made = [await endpoint(), await endpoint(), await endpoint(), await endpoint()];
    expect([one.channels.length, two.channels.length]).to.deep.equal([2, 2]);
    for (const one of made) one.destroy();
    await one.kill();
    await eventually('it is noticed', () => pool.degraded.length === 1);
    expect(pool.isUp).to.equal(true);
    const after = [await endpoint(), await endpoint()];
    expect(two.channels.length).to.be.at.least(2);
    for (const one of after) one.destroy();
    await one.start();
    await eventually('it is back', () => pool.degraded.length === 0);
    two.faults.inviteStatus = 503;
    await endpoint();
    expect(one.channels.length).to.equal(1);
  });

  it('the load that a server tells counts, not only what we have there', async () => {
    const [one, two] = [await start(), await start()];
    one.maxSessions = 2;
    const { pool, endpoint, untilUp } = await open([one.url, two.url]);
    await untilUp();
    await eventually('both are up', () => pool.degraded.length === 0);
    for (const double of [one, two]) double.heartbeat();
    const made = [await endpoint(), await endpoint(), await endpoint()];
    expect(two.channels.length).to.be.at.least(2);
    for (const one of made) one.destroy();
  });

  it('an endpoint plays to whom its description names, with real RTP', async () => {
    const double = await start();
    double.files.set('/p/hello.wav', 100);
    const { endpoint, untilUp } = await open([double.url]);
    await untilUp();
    const ear = await phone();
    const made = await endpoint(sdpOf(ear));
    expect(made.sdp).to.match(/m=audio \d+ RTP\/AVP 0 101/);
    const played = await new Promise((resolve) => made.play(['/p/hello.wav'], 5000, resolve));
    expect(played).to.equal('played');
    expect(ear.count(OCTETS.prompt)).to.be.within(3, 6);
    expect(await new Promise((resolve) => made.play(['/p/none.wav'], 5000, resolve))).to.equal('missing');
    made.destroy();
    await eventually('the channel is gone', () => double.channels.length === 0);
  });

  it('digits come by RFC 4733, end packets only too, and one press is one digit', async () => {
    const double = await startAny();
    const { endpoint, untilUp } = await open([double.url]);
    await untilUp();
    const hand = await phone();
    const digits: string[] = [];
    const made = await endpoint(sdpOf(hand), undefined, { onDigit: (digit) => digits.push(digit) });
    hand.follow(made.sdp);
    hand.press('5');
    hand.press('1', { endsOnly: true });
    await eventually('both came', () => digits.length === 2);
    expect(digits).to.deep.equal(['5', '1']);
    made.destroy();
  });

  it('two endpoints of one server are bridged: what each says reaches the other', async () => {
    const double = await startAny();
    const { endpoint, untilUp } = await open([double.url]);
    await untilUp();
    const [caller, member] = [await phone(), await phone()];
    const first = await endpoint(sdpOf(caller));
    const second = await endpoint(undefined, first);
    expect(await new Promise((resolve) => second.modify(sdpOf(member), resolve))).to.equal(undefined);
    expect(await new Promise((resolve) => first.bridge(second, resolve))).to.equal(undefined);
    caller.follow(first.sdp);
    member.follow(second.sdp);
    caller.speak(0xca);
    member.speak(0xbe);
    await eventually('both hear', () => caller.count(0xbe) > 5 && member.count(0xca) > 5);
    first.destroy();
    second.destroy();
    await eventually('no channel is left', () => double.channels.length === 0);
  });

  it('a server that is killed in a play ends what waits for it, at once', async () => {
    const double = await start();
    double.files.set('/p/long.wav', 60_000);
    const { endpoint, untilUp, pool } = await open([double.url]);
    await untilUp();
    let gone = 0;
    const made = await endpoint(sdpOf(await phone()), undefined, { onGone: () => gone++ });
    const played = new Promise((resolve) => made.play(['/p/long.wav'], 60_000, resolve));
    await double.kill();
    expect(await played).to.equal('failed');
    expect(gone).to.equal(1);
    expect(pool.endpoints).to.equal(0);
  });

  it('a fault in one call costs the others nothing: each learns that the server is gone', async () => {
    const double = await start();
    const { endpoint, untilUp, pool, lines } = await open([double.url]);
    await untilUp();
    let gone = 0;
    const fault = (): void => {
      throw new Error('a fault of a call');
    };
    for (const onGone of [fault, () => gone++, fault, () => gone++]) await endpoint(undefined, undefined, { onGone });
    await double.kill();
    await eventually('it is noticed', () => !pool.isUp);
    expect(gone).to.equal(2);
    expect(pool.endpoints).to.equal(0);
    expect(lines.filter(({ code }) => code === 'MEDIA_FAULT').length).to.equal(2);
  });

  it('a channel that the server ends by itself is told once, also where a play’s end is lost', async () => {
    const double = await start();
    double.files.set('/p/long.wav', 60_000);
    double.faults.completeLost = true;
    const { endpoint, untilUp } = await open([double.url]);
    await untilUp();
    let gone = 0;
    const made = await endpoint(sdpOf(await phone()), undefined, { onGone: () => gone++ });
    const played = new Promise((resolve) => made.play(['/p/long.wav'], 60_000, resolve));
    const [channel] = double.channels;
    if (channel !== undefined) double.timeOut(channel);
    expect(await played).to.equal('failed');
    expect(gone).to.equal(1);
  });

  it('without `full` in the dialplan nothing ever ends: the limit does', async () => {
    const double = await start();
    double.files.set('/p/hello.wav', 10);
    const { endpoint, untilUp } = await open([double.url]);
    await untilUp();
    double.faults.notFull = true;
    const made = await endpoint(sdpOf(await phone()));
    expect(await new Promise((resolve) => made.play(['/p/hello.wav'], 200, resolve))).to.equal('played');
    made.destroy();
    await eventually('the channel is gone', () => double.channels.length === 0);
  });

  it('the sweep ends a channel that outlived its endpoint, and an endpoint whose channel is gone', async () => {
    const double = await start();
    const { endpoint, untilUp, counts } = await open([double.url], {}, { sweepMs: 50 });
    await untilUp();
    let gone = 0;
    await endpoint(sdpOf(await phone()), undefined, { onGone: () => gone++ });
    const [channel] = double.channels;
    if (channel !== undefined) double.forget(channel);
    await eventually('it is told', () => gone === 1);
    expect(counts.get('media_endpoints_lost_total')).to.equal(1);
  });

  it('two hundred endpoints: none is left', async () => {
    const double = await start();
    const { endpoint, untilUp, pool } = await open([double.url], { timeoutMs: 10_000 });
    await untilUp();
    for (let round = 0; round < 10; round++) {
      const made = await Promise.all(Array.from({ length: 20 }, () => endpoint()));
      for (const one of made) one.destroy();
    }
    expect(pool.endpoints).to.equal(0);
    await eventually('no channel is left', () => double.channels.length === 0);
    expect(double.total).to.equal(201);
  }).timeout(30_000);
});
