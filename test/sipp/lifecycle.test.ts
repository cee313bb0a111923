import { expect } from 'chai';
import { freePort } from '../support/ports.js';
import { type Service, startRedis, startService } from '../support/service.js';
import { until, useSipp } from '../support/sipp.js';

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
    const redis = await startRedis(port);
    try {
      const late = service;
      await until(
        async () => ((await late.ready()) === 200 ? true : undefined),
        10_000,
        () => 'never ready',
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
});
