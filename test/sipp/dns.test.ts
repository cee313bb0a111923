import { expect } from 'chai';
import type { SipMessage } from '../../lib/sip/message.js';
import { type DnsServer, startDns } from '../support/dns-server.js';
import { type Service, startService } from '../support/service.js';
import { until, useSipp } from '../support/sipp.js';
import { startUdpTrunk, type UdpTrunk } from '../support/udp-trunk.js';

const PILOT = '+37167000888';
const MEMBER = '+37120000888';
const CARRIER = 'carrier.test';
const SERVICE = `_sip._udp.${CARRIER}`;
const KNOWN = { username: 'office', password: 'secret' };
const NO_PINGS = { pingSeconds: 0 };
const PINGS = { pingSeconds: 1, retrySeconds: 1, timeoutSeconds: 4, failAfter: 2 };

/** Each host has an address of its own on loopback; only 127.0.0.1, the caller's, may call us without DNS. */
describe('A carrier that is named by a name, with a real name server (SIPp)', function () {
  this.timeout(40_000);
  const sipp = useSipp();
  let dns: DnsServer;
  let first: UdpTrunk;
  let second: UdpTrunk;
  let service: Service | undefined;

  const busy = ({ method }: SipMessage): number => (method === 'INVITE' ? 486 : 200);
  const silent = (): undefined => undefined;

  beforeEach(async () => {
    dns = await startDns();
    first = await startUdpTrunk('127.0.0.2');
    second = await startUdpTrunk('127.0.0.3');
    first.answers = busy;
    second.answers = busy;
    dns.address('one.carrier.test', '127.0.0.2');
    dns.address('two.carrier.test', '127.0.0.3');
    dns.srv(
      SERVICE,
      { name: 'one.carrier.test', port: first.port },
      { name: 'two.carrier.test', port: second.port, priority: 20 },
    );
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${service?.log.slice(-20).join('\n')}\n`);
    await service?.stop();
    service = undefined;
    await Promise.all([dns.close(), first.close(), second.close()]);
  });

  async function serve(trunk: object = {}, pings: object = NO_PINGS): Promise<Service> {
    service = await startService({
      config: {
        sip: { peers: ['127.0.0.1'], nameServers: [dns.url] },
        pings: { ...pings },
        // The machine of the tests may be busy with other things.
        redis: { commandTimeoutMs: 5000 },
        // Many calls at once to one member.
        ringing: { ringTimes: [10], claimMembers: 'none' },
      },
      trunks: [{ uri: `sip:${CARRIER}`, ...trunk }],
    });
    await service.hunt(PILOT, { policy: 'linear', ring: '10', members: MEMBER });
    return service;
  }

  const call = async (running: Service, calls = 1): Promise<void> => {
    const caller = await sipp('caller-hears-busy', { remote: running.sip, service: PILOT, calls, rate: 20 });
    const { code } = await caller.exited;
    if (code !== 0) throw new Error(caller.explain());
  };
  /** The carrier itself calls. */
  const callFrom = async (running: Service, address: string): Promise<void> => {
    const remote = running.sip;
    const caller = await sipp('caller-hears-busy', { remote, service: PILOT, args: ['-i', address] });
    expect((await caller.exited).code).to.equal(0);
  };
  /** How long the only attempt of the latest of so many calls took, in milliseconds. */
  const attemptOf = async (running: Service, calls: number): Promise<number> => {
    const [attempt] = (await running.records(calls, PILOT)).at(-1)?.attempts ?? [];
    return (attempt?.ended ?? Number.NaN) - (attempt?.started ?? Number.NaN);
  };
  const logged = (text: string): Promise<unknown> =>
    until(
      async () => service?.log.some((line) => line.includes(text)) || undefined,
      // A server that keeps silent is asked several times for several names.
      20_000,
      () => `nothing in the log of ${text}`,
    );
  const measured = (line: string): Promise<unknown> =>
    until(
      async () => (await service?.metrics())?.includes(line) || undefined,
      15_000,
      () => `not in the metrics: ${line}`,
    );

  for (const [name, answers] of [
    ['keeps silent', silent],
    ['refuses with 503', () => 503],
  ] as const) {
    it(`SRV with two targets, the first ${name}: calls, pings and the registration go to the second (RFC 3263 §4.3)`, async () => {
      first.answers = answers;
      second.answers = (request) => {
        if (request.method !== 'REGISTER') return busy(request);
        return request.has('authorization') ? 200 : 401;
      };
      const running = await serve({ register: true, ...KNOWN }, PINGS);
      await measured('virkne_trunks_registered 1');
      await call(running);
      expect(await attemptOf(running, 1)).to.be.below(4000);
      expect(second.count('INVITE')).to.equal(1);
      const before = second.count('OPTIONS');
      await until(
        async () => second.count('OPTIONS') > before + 1 || undefined,
        10_000,
        () => 'no pings',
      );
      await measured('virkne_trunks_up 1');
      expect(running.log.filter((line) => line.includes('trunk is down'))).to.deep.equal([]);
      await call(running);
      expect(await attemptOf(running, 2), 'the first rests').to.be.below(1000);
    });
  }

  it('SRV with weights: calls are spread over both (RFC 2782)', async () => {
    const record = (name: string, { port }: UdpTrunk) => ({ name, port, weight: 50 });
    dns.srv(SERVICE, record('one.carrier.test', first), record('two.carrier.test', second));
    await call(await serve(), 24);
    expect(first.count('INVITE') + second.count('INVITE')).to.equal(24);
    expect(Math.min(first.count('INVITE'), second.count('INVITE'))).to.be.at.least(2);
  });

  it('a carrier that moves (TTL 1 s): our calls follow, its answers are taken at once, and its own calls are', async () => {
    const running = await serve();
    await call(running);
    const moved = await startUdpTrunk('127.0.0.4');
    moved.answers = busy;
    dns.srv(SERVICE, { name: 'new.carrier.test', port: moved.port });
    dns.address('new.carrier.test', moved.address);
    await logged('"addresses":["127.0.0.4"]');
    await call(running);
    expect(moved.count('INVITE')).to.equal(1);
    await callFrom(running, moved.address);
    await moved.close();
  });

  it('DNS away at start: the carrier is let in as soon as it is there, which the log says', async () => {
    dns.mood = 'silent';
    const running = await serve();
    await logged('the name of a trunk cannot be looked up: until it can, requests from there are dropped');
    dns.mood = 'answers';
    await logged('"addresses":["127.0.0.2"');
    await callFrom(running, first.address);
    expect(first.count('INVITE')).to.equal(1);
  });

  for (const mood of ['silent', 'fails'] as const) {
    it(`DNS away later (it ${mood}): the last known answer at once, refreshed behind (RFC 8767)`, async () => {
      const running = await serve();
      await call(running);
      dns.mood = mood;
      await logged('the name of a trunk cannot be looked up: its last known addresses stay');
      await call(running);
      expect(await attemptOf(running, 2)).to.be.below(1000);
      expect(first.count('INVITE')).to.equal(2);
    });
  }

  it('NXDOMAIN: the trunk fails at once, and the log says so', async () => {
    const running = await serve();
    await call(running);
    for (const name of [SERVICE, 'one.carrier.test', 'two.carrier.test']) dns.forget(name);
    await logged('the name of a trunk cannot be looked up');
    const caller = await sipp('caller-hears-busy', { remote: running.sip, service: PILOT });
    await caller.exited;
    expect(await attemptOf(running, 2)).to.be.below(1000);
    expect((await running.records(2, PILOT)).at(-1)?.fields.status).to.equal('500');
  });

  it('all targets gone for good: pings find out, calls fail at once, /readyz says so; one that comes back ends it', async () => {
    const running = await serve({}, { ...PINGS, timeoutSeconds: 1 });
    await measured('virkne_trunks_up 1');
    await until(
      async () => first.count('OPTIONS') > 0 || undefined,
      10_000,
      () => 'no ping',
    );
    first.answers = silent;
    second.answers = silent;
    await logged('all trunks are down: calls to numbers fail at once');
    expect(await running.ready()).to.equal(503);
    expect(await running.missing()).to.deep.equal(['trunks: all are down, no number can be called']);
    const caller = await sipp('caller-expects-480', { remote: running.sip, service: PILOT });
    expect((await caller.exited).code).to.equal(0);
    expect(first.count('INVITE') + second.count('INVITE')).to.equal(0);
    second.answers = busy;
    await logged('there is a trunk again');
    await call(running);
  });
});
