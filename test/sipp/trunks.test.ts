import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../support/ports.js';
import { type Service, startService } from '../support/service.js';
import { until, useSipp } from '../support/sipp.js';
import { storyOf } from './service-harness.js';

const PILOT = '+37167000777';
const MEMBER = '+37120000777';
const KNOWN = { username: 'office', password: 'secret' };

describe('trunks (SIPp)', function () {
  this.timeout(30_000);
  const sipp = useSipp();
  const directories: string[] = [];
  let service: Service | undefined;

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${service?.log.slice(-20).join('\n')}\n`);
    await service?.stop();
    service = undefined;
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  });

  async function serve(trunks: readonly object[], pings: object = { pingSeconds: 0 }): Promise<Service> {
    const directory = mkdtempSync(join(tmpdir(), 'trunks-'));
    directories.push(directory);
    const file = join(directory, 'site.json');
    const redis = { dataDirectory: join(directory, 'data') };
    const rest = {
      ringing: { ringTimes: [3], noProvisionalMs: 500 },
      rehearsal: { calls: 0 },
      drain: { deadlineSeconds: 2 },
      overload: { maxEventLoopDelayMs: 10_000 },
    };
    writeFileSync(file, JSON.stringify({ redis, trunks, pings, ...rest }));
    service = await startService({ env: { VIRKNE_CONFIG: file } });
    return service;
  }

  it('a trunk that keeps silent, then one that challenges: the member is called there with credentials', async () => {
    const trunk = await sipp('trunk-challenges', { pause: 100 });
    const running = await serve([
      { uri: `sip:127.0.0.1:${await freePort()}`, priority: 1 },
      { uri: `sip:127.0.0.1:${trunk.port}`, priority: 2, ...KNOWN },
    ]);
    await running.hunt(PILOT, { policy: 'linear', ring: '3', members: MEMBER });
    const caller = await sipp('caller', { remote: running.sip, service: PILOT, pause: 100 });
    expect((await caller.exited).code, 'caller').to.equal(0);
    expect((await trunk.exited).code, 'trunk').to.equal(0);
    const [record] = await running.records(1, PILOT);
    if (record === undefined) throw new Error('no record');
    expect(storyOf(record)).to.deep.equal({ status: '200', by: MEMBER, released: 'caller', whys: ['answered'] });
    expect(trunk.messages().filter(({ name }) => name === 'INVITE')).to.have.length(2);
    expect(caller.messages().map(({ name }) => name)).to.not.include('401 INVITE');
  });

  it('a trunk that answers no ping is counted as down', async () => {
    const running = await serve([{ uri: `sip:127.0.0.1:${await freePort()}` }], {
      pingSeconds: 1,
      retrySeconds: 1,
      timeoutSeconds: 1,
      failAfter: 2,
    });
    const isDown = async (): Promise<true | undefined> =>
      (await running.metrics()).includes('virkne_trunks_down 1') || undefined;
    await until(isDown, 10_000, () => 'the trunk is not down');
    const said = (): true | undefined => running.log.some((line) => line.includes('trunk is down')) || undefined;
    await until(said, 2_000, () => 'nothing was logged');
    expect(running.log.filter((line) => line.includes('trunk is down'))).to.have.length(1);
  });

  it('a trunk that wants a registration: registered with credentials, left when the service stops', async () => {
    const trunk = await sipp('registrar');
    const running = await serve([{ uri: `sip:127.0.0.1:${trunk.port}`, ...KNOWN, register: true }]);
    const isIn = async (): Promise<true | undefined> =>
      (await running.metrics()).includes('virkne_trunks_registered 1') || undefined;
    await until(isIn, 10_000, () => 'not registered');
    await running.stop();
    service = undefined;
    expect((await trunk.exited).code).to.equal(0);
  });
});
