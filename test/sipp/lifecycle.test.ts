import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort, freePorts } from '../support/ports.js';
import { fcall, startRedisAt, startSentinel } from '../support/redis-processes.js';
import { type Ended, runToEnd, type Service, startService } from '../support/service.js';
import { until, useSipp } from '../support/sipp.js';
import './drachtio-differences.js';

const PILOT = '+37167000001';

describe('start and end of the service (SIPp)', function () {
  this.timeout(30_000);
  const sipp = useSipp();
  let service: Service | undefined;

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`── service\n${service?.log.join('\n')}\n`);
    await service?.stop();
    service = undefined;
  });

  it('line 85: SIGTERM drains: new calls get 503 with Retry-After, the running one ends in its own time, exit 0', async () => {
    service = await startService();
    const member = await sipp('answer');
    await service.hunt(PILOT, { ring: '10', members: member.uri });
    const running = await sipp('caller', { remote: service.sip, service: PILOT, pause: 2_000 });
    await running.seen(({ name }) => name === 'ACK');

    const exit = service.terminate();
    const { ready } = service;
    await until(
      async () => ((await ready.call(service)) === 200 ? undefined : true),
      3_000,
      () => 'still ready',
    );
    const late = await sipp('caller-expects-503', { remote: service.sip, service: PILOT });
    expect((await late.exited).code, 'a new call').to.equal(0);
    const { code, messages } = await running.exited;
    expect(code, 'the running call').to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(await exit).to.equal(0);
    const at = (name: string) => messages.find((message) => message.name === name)?.at ?? 0;
    expect(at('BYE') - at('ACK')).to.be.at.least(1_900);
  });

  it('a service without calls ends at once', async () => {
    service = await startService();
    const asked = performance.now();
    expect(await service.terminate()).to.equal(0);
    expect(performance.now() - asked).to.be.below(4_000);
  });

  it('Redis not there at start: /readyz is 503; when it comes, 200 and calls are served', async () => {
    const port = await freePort();
    service = await startService({ env: { REDIS_URL: `redis://127.0.0.1:${port}` }, untilReady: false });
    expect(await service.ready()).to.equal(503);
    expect((await service.missing()).join()).to.match(/^redis: .*ECONNREFUSED.*; no group is known from before$/);
    expect(service.log.join()).to.not.contain('"serving"');
    const redis = await startRedisAt(port);
    try {
      const late = service;
      await until(
        async () => ((await late.ready()) === 200 ? true : undefined),
        10_000,
        () => 'never ready',
      );
      await until(
        () => late.log.some((line) => line.includes('"msg":"serving"')) || undefined,
        2_000,
        () => 'never said that it serves',
      );
      const member = await sipp('answer');
      await service.hunt(PILOT, { ring: '10', members: member.uri });
      const caller = await sipp('caller', { remote: service.sip, service: PILOT });
      expect((await caller.exited).code).to.equal(0);
      expect((await service.records(1, PILOT))[0]?.fields.by).to.equal(member.uri);
      await service.stop();
    } finally {
      await redis.stop();
    }
  });

  it('no Sentinel can be reached at start: SIP opens, calls get 503 with Retry-After, /readyz says why; served when they come', async () => {
    const [sentinelPort, redisPort] = (await freePorts(2)) as [number, number];
    const env = { REDIS_URL: `redis+sentinel://127.0.0.1:${sentinelPort}/office` };
    service = await startService({ env, untilReady: false });
    const late = service;
    expect((await late.missing()).join()).to.match(/^redis: All sentinels are unreachable.*no group is known/);
    const refused = await sipp('caller-expects-503', { remote: late.sip, service: PILOT });
    expect((await refused.exited).code).to.equal(0);
    expect(late.log.join()).to.not.contain('"serving"');

    const redis = await startRedisAt(redisPort);
    const sentinel = await startSentinel(sentinelPort, redisPort);
    try {
      await until(
        async () => ((await late.ready()) === 200 ? true : undefined),
        10_000,
        () => 'never ready',
      );
      const member = await sipp('answer');
      await fcall(redisPort, 'hunt_set', `hunt:{${PILOT}}`, 'ring', '10', 'members', member.uri);
      const caller = await sipp('caller', { remote: late.sip, service: PILOT });
      expect((await caller.exited).code).to.equal(0);
      await late.stop();
    } finally {
      await sentinel.stop();
      await redis.stop();
    }
  });

  it('SIGHUP at any moment ends nothing, and says that without TLS there is nothing to read', async () => {
    service = await startService({ config: { rehearsal: { calls: 200 } }, hangUp: true });
    const hungUp = service;
    process.kill(hungUp.pid, 'SIGHUP');
    await until(
      () => hungUp.log.some((line) => line.includes('nothing was read again: no listener has TLS')) || undefined,
      2_000,
      () => 'SIGHUP was not heard',
    );
    const member = await sipp('answer');
    await hungUp.hunt(PILOT, { ring: '10', members: member.uri });
    const caller = await sipp('caller', { remote: hungUp.sip, service: PILOT });
    expect((await caller.exited).code).to.equal(0);
    const exit = hungUp.terminate();
    process.kill(hungUp.pid, 'SIGHUP');
    expect(await exit).to.equal(0);
  });
});

describe('a start that fails: one coded line, everything closed, exit 1 at once', function () {
  this.timeout(30_000);
  /** Node's own start on a busy machine is in it. */
  const AT_ONCE_MS = 6_000;

  /** The line with the code: the last one, and no stack in any. */
  function told({ code, lines, milliseconds }: Ended): string {
    expect(code, lines.join('\n')).to.equal(1);
    expect(milliseconds).to.be.below(AT_ONCE_MS);
    expect(lines.filter((line) => /^\s+at |"stack"|"serving"/.test(line))).to.deep.equal([]);
    return lines.findLast((line) => /"code":|^[A-Z_]+ /.test(line)) ?? lines.join('\n');
  }

  async function holding<Result>(action: (port: number) => Promise<Result>): Promise<Result> {
    const port = await freePort();
    const holder = createServer().listen(port, '127.0.0.1');
    await once(holder, 'listening');
    try {
      return await action(port);
    } finally {
      holder.close();
    }
  }

  const redis = { privatePort: 0 };
  const rehearsal = { calls: 0 };

  it('the TCP port of SIP is taken, its UDP port is free', () =>
    holding(async (port) => {
      const SIP_LISTEN = `udp:127.0.0.1:${port},tcp:127.0.0.1:${port}`;
      const line = told(await runToEnd({ redis, rehearsal }, { SIP_LISTEN }));
      expect(line).to.contain('TRANSPORT_UNAVAILABLE').and.contain(`tcp:127.0.0.1:${port}`);
      const socket = createSocket('udp4');
      socket.bind(port, '127.0.0.1');
      await once(socket, 'listening');
      socket.close();
    }));

  it('the port of HTTP is taken', () =>
    holding(async (port) => {
      const line = told(await runToEnd({ redis, rehearsal }, { HTTP_LISTEN: `127.0.0.1:${port}` }));
      expect(line).to.contain('TRANSPORT_UNAVAILABLE').and.contain('HTTP_LISTEN');
    }));

  it('the port for drachtio applications is taken', () =>
    holding(async (port) => {
      const drachtio = { listen: `127.0.0.1:${port}`, secret: 'only-applications-know' };
      const line = told(await runToEnd({ redis, rehearsal, drachtio }));
      expect(line).to.contain('TRANSPORT_UNAVAILABLE').and.contain('drachtio.listen');
    }));

  it('the data directory cannot be made', async () => {
    const line = told(await runToEnd({ redis: { ...redis, dataDirectory: '/dev/null/data' } }));
    expect(line).to.contain('DATA_DIRECTORY_UNUSABLE').and.contain('/dev/null/data');
  });

  it('there is no redis-server in the PATH', async () => {
    const path = await mkdtemp(join(tmpdir(), 'path-'));
    await symlink('/usr/bin/flock', join(path, 'flock'));
    const line = told(await runToEnd({ redis, rehearsal }, { PATH: path }));
    await rm(path, { recursive: true });
    expect(line).to.contain('MISSING_PROGRAM').and.contain('apt install redis-server');
  });

  it('another process has the data directory: the second one is refused, the first one serves on', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'data-'));
    const first = await startService({ config: { redis: { ...redis, dataDirectory } } });
    try {
      const line = told(await runToEnd({ redis: { ...redis, dataDirectory }, rehearsal }));
      expect(line).to.contain('DATA_DIRECTORY_IN_USE').and.contain(`process ${first.pid}`);
      expect(await first.ready()).to.equal(200);
    } finally {
      await first.stop();
      await rm(dataDirectory, { recursive: true });
    }
  });
});
