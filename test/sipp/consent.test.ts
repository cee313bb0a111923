import { expect } from 'chai';
import { aclRules } from '../../lib/consent/acl.js';
import type { Consent } from '../../lib/consent/open.js';
import { CONSENT, grant, openAt, withdraw } from '../support/consent.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type Service, startService } from '../support/service.js';
import { useSipp } from '../support/sipp.js';
import { until } from '../support/store.js';
import './drachtio-differences.js';

const OFFICE = '+37167000100';
const PASSWORD = 'the-password-of-the-register';
const GROUP = ['policy', 'linear', 'ring', '3'] as const;
const CALLS = 60;
const RATE = 20;

/** The sum of all series of that name whose labels contain the text. */
const sumOf = (metrics: string, name: string, label = ''): number =>
  metrics
    .split('\n')
    .filter((line) => line.startsWith(`virkne_${name}`) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

describe('consents and calls (SIPp)', function () {
  this.timeout(60_000);
  const sipp = useSipp();
  let register: TestRedis;
  let service: Service;
  let consent: Consent;
  let members: string;

  const call = (scenario: string, calls = 1, pause = 0) =>
    sipp(scenario, { remote: service.sip, service: OFFICE, calls, rate: RATE, pause });
  const kept = (): Promise<number> => register.client.xlen(`meta:{${consent.persons.sid(OFFICE, 0)}}:usage`);
  /** Phones for so many calls. */
  const phones = async (calls: number): Promise<void> => {
    members = (await sipp('answer', { calls, timeoutSeconds: 40 })).uri;
    await service.hunt(OFFICE, { policy: 'linear', ring: '3', members });
  };

  /** Which commands one answered call costs the Redis of the calls, each with how often; a service of its own that has had a call before. */
  const commandsOf = async (consents: object): Promise<Readonly<Record<string, number>>> => {
    const calls = await startRedis();
    const own = await startService({ config: { consent: { ...consents } }, env: { REDIS_URL: calls.url } });
    const monitor = await calls.client.duplicate().monitor();
    const counted: Record<string, number> = {};
    try {
      const { uri } = await sipp('answer', { calls: 2, timeoutSeconds: 40 });
      await calls.client.call('FCALL', 'hunt_set', 1, `hunt:{${OFFICE}}`, ...GROUP, 'members', uri);
      const one = async (records: number): Promise<void> => {
        const caller = await sipp('caller', { remote: own.sip, service: OFFICE, calls: 1, rate: RATE });
        expect((await caller.exited).code).to.equal(0);
        await until(async () => (await calls.client.xlen('records')) === records);
      };
      await one(1);
      monitor.on('monitor', (_time: string, [name = '', ...args]: string[], source: string) => {
        const command = name.toLowerCase().startsWith('fcall') ? `${name} ${args[0]}` : name;
        // Commands of a test and those inside of functions are nobody's round trip; what comes by the clock is of no call.
        const isOfCall = source !== 'lua' && JSON.stringify(args).includes(OFFICE) && !command.includes('live');
        if (isOfCall) counted[command] = (counted[command] ?? 0) + 1;
      });
      await one(2);
    } finally {
      monitor.disconnect();
      await own.stop();
      await calls.stop();
    }
    return counted;
  };

  const addUser = () => register.client.call('ACL', 'SETUSER', 'register', ...aclRules(PASSWORD));

  before(async () => {
    register = await startRedis();
    await addUser();
    const url = `redis://register:${PASSWORD}@127.0.0.1:${register.port}/0`;
    service = await startService({ config: { consent: { ...CONSENT, redis: { url } } } });
    consent = await openAt(url);
  });
  beforeEach(async () => {
    await consent.register.act(grant(OFFICE, 'usage:data'));
  });
  after(async () => {
    consent?.close();
    await service?.stop();
    await register?.stop();
  });

  it('a caller refuses one call (X-No-Metadata): the record says so, nothing of it is kept; of the next one it is', async () => {
    await phones(2);
    const before = await kept();
    expect((await (await call('caller-refuses-metadata')).exited).code).to.equal(0);
    const [record] = await service.records(1, OFFICE);
    expect(record?.fields.metadataRefused).to.equal('yes');
    await until(async () => sumOf(await service.metrics(), 'consent_metadata_total', 'outcome="refused"') === 2);
    expect((await (await call('caller')).exited).code).to.equal(0);
    await until(async () => (await kept()) === before + 1);
  });

  it('withdrawal while a call is up: nothing of that call is kept for that purpose', async () => {
    await phones(1);
    const running = await call('caller', 1, 1_500);
    await running.seen(({ name }) => name === 'ACK');
    await consent.register.act(withdraw(OFFICE));
    expect((await running.exited).code).to.equal(0);
    await service.records(3, OFFICE);
    await until(
      async () => sumOf(await service.metrics(), 'consent_metadata_total', 'purpose="usage",outcome="denied"') > 0,
    );
    expect(await register.client.keys('meta:*')).to.deep.equal([]);
  });

  it('the gate adds no round trip to a call: the Redis of the calls gets the same commands with the register and without', async () => {
    const url = `redis://register:${PASSWORD}@127.0.0.1:${register.port}/0`;
    const [on, off] = [await commandsOf({ ...CONSENT, redis: { url } }), await commandsOf({})];
    expect(on).to.deep.equal(off);
    expect(Object.values(on).reduce((sum, times) => sum + times, 0)).to.be.greaterThan(1);
  });

  it("a call never waits for consent: with the register's Redis hung, then stopped, every call is as before, nothing is kept, and it is counted", async () => {
    const before = await service.metrics();
    await phones(CALLS);
    const load = await call('caller', CALLS);
    await load.seen(({ name }) => name === '200 BYE');
    register.hang();
    await load.seen(() => load.messages().filter(({ name }) => name === '200 BYE').length > CALLS / 3);
    register.resume();
    await register.kill();
    const { code, messages } = await load.exited;
    expect(code, load.explain()).to.equal(0);
    expect(messages.filter(({ name }) => name === 'INVITE').length, 'none is sent again').to.equal(CALLS);
    const records = await service.records(3 + CALLS, OFFICE);
    expect(records.slice(-CALLS).map(({ fields }) => fields.status)).to.deep.equal(
      records.slice(-CALLS).map(() => '200'),
    );
    const metrics = await service.metrics();
    const counted = (name: string, label: string): number => sumOf(metrics, name, label) - sumOf(before, name, label);
    expect(counted('consent_asked_total', 'verdict="UNAVAILABLE"')).to.be.greaterThan(CALLS / 3);
    expect(counted('calls_total', 'status="200"')).to.equal(CALLS);
    expect(sumOf(metrics, 'consent_ready')).to.equal(0);
    expect(await service.ready()).to.equal(200);
    await register.start();
    await addUser();
    await until(async () => sumOf(await service.metrics(), 'consent_ready') === 1);
  });

  it('what is to be kept of the last calls is kept when the service ends: the register closes behind the records', async () => {
    await phones(1);
    const before = await kept();
    const running = await call('caller');
    await running.seen(({ name }) => name === '200 BYE');
    // Records wait some moments for others: this one is written by the end of the service.
    expect(await service.terminate()).to.equal(0);
    expect(await kept()).to.equal(before + 1);
  });
});
