import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { storyOf, useService } from '../sipp/service-harness.js';
import { until } from '../support/sipp.js';
import { invite, request, stray } from './messages.js';
import { closed, dial, errorsOf, metric, openFlood, pause } from './sockets.js';

const MIB = 1_048_576;
/** What the heap may breathe between two floods of the same size. */
const MEMORY_BOUND = 24 * MIB;
/** Timer values that let a transaction end within two seconds (64·T1). */
const T1 = 30;
const ALL_OVER_MS = 6 * 64 * T1;
const UNKNOWN = '+37167999999';
const CONNECTIONS = 40;
const SOURCES = 25;
const ROOM = 4 * MIB;

const callIdOf = (text: string): string => /^Call-ID: (.*)\r$/m.exec(text)?.[1] ?? '';

describe('Floods at the running service', function () {
  this.timeout(40_000);
  const harness = useService({
    env: { SIP_LISTEN: 'udp:127.0.0.1:0,tcp:127.0.0.1:0' },
    config: {
      // What is flooded is SIP; the machine of the tests may be busy with other things.
      redis: { commandTimeoutMs: 3000 },
      sip: {
        peers: ['127.0.0.1', '127.0.1.0/24'],
        timers: { t1: T1, t2: 250, t4: 250 },
        limits: {
          messageBytes: 8_000,
          connections: SOURCES * CONNECTIONS,
          connectionsPerSource: CONNECTIONS,
          idleSeconds: 600,
          silentSeconds: 10,
          waitingBytes: ROOM,
        },
      },
    },
  });

  /** Resident memory of the service in bytes. */
  const memory = (): number =>
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${harness.service.pid}/status`, 'latin1'))?.[1]) * 1024;

  async function allOver(): Promise<void> {
    const alive = async (): Promise<number> =>
      (await metric(harness.service, 'sip_engine_transactions')) +
      (await metric(harness.service, 'sip_engine_dialogs'));
    let left = -1;
    await until(
      async () => {
        await pause(50);
        left = await alive();
        return left === 0 || undefined;
      },
      ALL_OVER_MS,
      () => `${left} transactions and dialogs are left`,
    );
  }

  /** A call that begins in the middle of `action` and must not notice it. */
  async function besideACall(action: () => Promise<void>): Promise<void> {
    const member = await harness.member('answer', { pause: 100 });
    const pilot = await harness.group([member]);
    const bad = action();
    await pause(100);
    const caller = await harness.call(pilot, 'caller', { pause: 300 });
    await bad;
    expect((await caller.exited).code, 'the caller beside').to.equal(0);
    expect((await member.exited).code, 'the member beside').to.equal(0);
    expect(storyOf(await harness.record(pilot)).released).to.equal('caller');
    expect(errorsOf(harness.service)).to.deep.equal([]);
    expect(await metric(harness.service, 'sip_engine_faults_total')).to.equal(0);
  }

  /** The first round warms up: what matters is that the second one takes no more. */
  async function keepsMemory(round: (name: string) => Promise<void>): Promise<void> {
    await round('first');
    await allOver();
    const before = memory();
    await besideACall(() => round('second'));
    await allOver();
    expect((memory() - before) / MIB, 'MiB more than before').to.be.below(MEMORY_BOUND / MIB);
  }

  it('INVITEs to numbers that do not exist, none acknowledged: 404, and nothing stays', async () => {
    const flood = await openFlood(harness.service);
    const { source } = flood;
    await keepsMemory((name) =>
      flood.send(600, (i) => invite({ source, number: UNKNOWN, id: `${name}-unknown-${i}` })),
    );
    flood.close();
    expect(flood.answers.filter((text) => text.startsWith('SIP/2.0 404')).length).to.be.at.least(600);
  });

  it('INVITEs to a group that answers, none acknowledged: RFC 3261 §13.3.1.4, every call is ended', async () => {
    const calls = 100;
    const member = await harness.member('answer', { calls: 3 * calls, args: ['-l', '2000'] });
    const pilot = await harness.group([member]);
    const flood = await openFlood(harness.service);
    const { source } = flood;
    await keepsMemory((name) =>
      flood.send(calls, (i) => invite({ source, number: pilot, id: `${name}-answered-${i}` }), 1),
    );
    flood.close();
    const answered = new Set(flood.answers.filter((text) => text.startsWith('SIP/2.0 200')).map(callIdOf));
    expect(answered.size).to.be.above(calls);
    expect(await metric(harness.service, 'sip_engine_ack_timeouts_total')).to.equal(answered.size);
    const ended = member.messages().filter(({ name, direction }) => name === 'BYE' && direction === 'received');
    expect(new Set(ended.map(({ callId }) => callId)).size, 'members that got a BYE').to.equal(answered.size);
  });

  it('CANCELs, ACKs and responses that belong to nothing: no state at all', async () => {
    const flood = await openFlood(harness.service);
    const { source } = flood;
    const kinds = [
      (id: string) => request('CANCEL', { source, number: UNKNOWN, id }),
      (id: string) => request('ACK', { source, number: UNKNOWN, id }),
      (id: string) => stray({ source, number: UNKNOWN, id }),
      (id: string) => request('BYE', { source, number: UNKNOWN, id }),
    ];
    await keepsMemory((name) => flood.send(2000, (i) => kinds[i % 4]?.(`${name}-nothing-${i}`) ?? '', 16));
    expect(await metric(harness.service, 'sip_engine_stray_acks_total')).to.be.at.least(950);
    expect(await metric(harness.service, 'sip_engine_stray_responses_total')).to.be.at.least(950);
    expect(flood.answers.filter((text) => text.startsWith('SIP/2.0 481')).length).to.be.at.least(1900);
    flood.close();
  });

  it('an INVITE and its CANCEL at once, again and again: no phone rings on', async () => {
    const member = await harness.member('ring-until-cancelled', { calls: 200, args: ['-l', '2000'] });
    const pilot = await harness.group([member]);
    const flood = await openFlood(harness.service);
    const { source } = flood;
    const both = (name: string) => (i: number) => {
      const parts = { source, number: pilot, id: `${name}-cancelled-${i >> 1}` };
      return i % 2 === 0 ? invite(parts) : request('CANCEL', parts);
    };
    await keepsMemory((name) => flood.send(200, both(name), 2));
    flood.close();
    expect(await metric(harness.service, 'calls_active')).to.equal(0);
  });

  it('connections that say nothing: no more than the limit of their source, and the others are not hurt', async () => {
    const opened: Awaited<ReturnType<typeof dial>>[] = [];
    await besideACall(async () => {
      for (let i = 0; i < 2 * CONNECTIONS; i++) opened.push(await dial(harness.service));
      await until(
        async () => (await metric(harness.service, 'sip_dropped_total{reason="source"}')) === CONNECTIONS || undefined,
        3_000,
        () => 'the connections beyond the limit were not refused',
      );
    });
    expect(opened.filter((socket) => !socket.closed)).to.have.length(CONNECTIONS);
    for (const socket of opened) socket.destroy();
  });

  it('connections of many sources that take every place: the next source is served all the same', async () => {
    const crowd: Awaited<ReturnType<typeof dial>>[] = [];
    await besideACall(async () => {
      for (let i = 0; i < SOURCES * CONNECTIONS; i++)
        crowd.push(await dial(harness.service, `127.0.1.${1 + (i % SOURCES)}`));
      const next = await dial(harness.service, '127.0.1.200');
      const source = { host: '127.0.1.200', port: 9 };
      const answered = new Promise((resolve) => next.once('data', resolve));
      next.write(request('OPTIONS', { source, number: 'x', id: 'next', transport: 'TCP' }));
      await answered;
      next.destroy();
    });
    expect(await metric(harness.service, 'sip_dropped_total{reason="crowded"}')).to.be.at.least(1);
    for (const socket of crowd) socket.destroy();
  });

  it('long OPTIONS, whose answers would lie for long: no more than there is room for, and the others are not hurt', async () => {
    const flood = await openFlood(harness.service, '127.0.1.1');
    const { source } = flood;
    const long = (i: number): string =>
      request('OPTIONS', { source, number: 'x', id: `long-options-${i}` }).replace(
        'From: <',
        `From: "${'f'.repeat(6_000)}" <`,
      );
    let most = 0;
    await besideACall(async () => {
      for (let round = 0; round < 5; round++) {
        await flood.send(400, (i) => long(400 * round + i), 16);
        most = Math.max(most, await metric(harness.service, 'sip_waiting_bytes'));
      }
    });
    expect(most).to.be.within(ROOM / 2, ROOM);
    expect(await metric(harness.service, 'sip_engine_budget_refusals_total')).to.be.above(100);
    await allOver();
    expect(await metric(harness.service, 'sip_waiting_bytes')).to.be.below(ROOM / 50);
    flood.close();
  });

  it('refusals that nobody acknowledges: sent once each, and again no more often than their source is worth', async () => {
    const flood = await openFlood(harness.service, '127.0.1.2');
    const { source } = flood;
    await besideACall(() => flood.send(600, (i) => invite({ source, number: UNKNOWN, id: `never-${i}` }), 8));
    await allOver();
    expect(flood.answers.filter((text) => text.startsWith('SIP/2.0 404')).length).to.be.within(600, 800);
    expect(await metric(harness.service, 'sip_engine_repetitions_withheld_total')).to.be.above(1000);
    flood.close();
  });

  it('a message that comes a byte a second: the connection is cut within seconds', async () => {
    const sockets = await Promise.all(Array.from({ length: 10 }, () => dial(harness.service)));
    const text = request('OPTIONS', {
      source: { host: '127.0.0.1', port: 9 },
      number: 'x',
      id: 'slow',
      transport: 'TCP',
    });
    let sent = 0;
    const drip = setInterval(() => {
      for (const socket of sockets) socket.write(text[sent] ?? '');
      sent++;
    }, 1000).unref();
    await besideACall(async () => {
      for (const socket of sockets) socket.write('OPT');
      await Promise.all(sockets.map(closed));
    });
    clearInterval(drip);
    expect(sent).to.be.within(3, 8);
    expect(await metric(harness.service, 'sip_dropped_total{reason="slow"}')).to.equal(10);
  });

  it('messages over the limit: the datagram is dropped, the connection cut', async () => {
    const flood = await openFlood(harness.service);
    const { source } = flood;
    const long = (id: string): string => request('INVITE', { source, number: UNKNOWN, id }, 'v'.repeat(20_000));
    await besideACall(async () => {
      await flood.send(200, (i) => long(`long-${i}`));
      const socket = await dial(harness.service);
      socket.write(long('long-tcp'));
      await closed(socket);
    });
    expect(flood.answers).to.deep.equal([]);
    expect(await metric(harness.service, 'sip_dropped_total{reason="size"}')).to.equal(201);
    flood.close();
  });

  it('sources that are no peers: dropped without a word, and counted', async () => {
    const flood = await openFlood(harness.service, '127.0.0.2');
    const { source } = flood;
    await besideACall(() => flood.send(500, (i) => invite({ source, number: UNKNOWN, id: `foreign-${i}` })));
    await pause(100);
    expect(flood.answers).to.deep.equal([]);
    expect(await metric(harness.service, 'sip_dropped_total{reason="peer"}')).to.equal(500);
    flood.close();
  });
});
