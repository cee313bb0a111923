import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { virkne } from '../support/command.js';
import { CONSENT } from '../support/consent.js';
import { Customer, PAGES_HOST, PAGES_SECRET } from '../support/customer-pages.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type Service, startService } from '../support/service.js';
import { until } from '../support/sipp.js';

const PILOT = '+37167000000';
const BASE = `https://${PAGES_HOST}`;

describe("The customer's page in the service itself", function () {
  this.timeout(60_000);
  const { privateKey } = generateKeyPairSync('ed25519');
  const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  let redis: TestRedis;
  let service: Service;

  before(async () => {
    redis = await startRedis();
    service = await startService({
      env: { REDIS_URL: redis.url, PAGES_URL: BASE, PAGES_SECRET, LOG_LEVEL: 'trace' },
      config: { consent: { ...CONSENT, signingKey } },
    });
    await service.hunt(PILOT, { members: '+37120000001' });
  });
  after(async () => {
    await service?.stop();
    await redis?.stop();
  });

  it('a link of the command lets in; group, calls and consents are there; no line of the log has token, session or number', async () => {
    const env = { PAGES_URL: BASE, PAGES_SECRET, REDIS_URL: redis.url };
    const { out, err } = await virkne(env, 'link', PILOT);
    expect(out, err).to.match(/^https:/);
    const customer = new Customer(service.http, { 'accept-language': 'en' });
    const path = out.trim().slice(BASE.length);
    await customer.get(path);
    expect((await customer.enter(path)).text).to.contain(PILOT);
    for (const page of ['group', 'calls', 'consents', 'history', 'data', 'nothing']) {
      expect([page, (await customer.get(`/my/en/${page}`)).status]).to.deep.equal([
        page,
        page === 'nothing' ? 404 : 200,
      ]);
    }
    await customer.get(path);
    // A line of the log comes a moment behind the response.
    await until(
      async () => service.log.some((line) => line.includes('"route":"/my/link/:token"')) || undefined,
      10_000,
      () => 'the log has no line of the link',
    );
    const log = service.log.join('\n');
    for (const secret of [path.slice(-32), customer.cookie.slice(-32), PAGES_SECRET, '67000000'])
      expect(log).to.not.contain(secret);
  });
});
