import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import type { Store } from '../../lib/store/open-store.js';
import { freePorts } from '../support/ports.js';
import { startRedis } from '../support/redis.js';
import { startSentinel } from '../support/redis-processes.js';
import { directory, open, remove, until } from '../support/store.js';

describe('Opening the store where Redis cannot be reached', function () {
  this.timeout(20_000);
  let path: string;
  let store: Store | undefined;
  let silent: Server;

  before(async () => {
    silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  after(() => silent.close());
  beforeEach(() => {
    path = directory();
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
    remove(path);
  });

  const FORMS = ['redis://PLACE', 'redis+cluster://PLACE', 'redis+sentinel://PLACE/office', 'rediss://PLACE'];

  for (const form of [...FORMS, 'redis+unix:///no/such.sock']) {
    it(`${form}, nobody there: it opens, and says why it is away`, async () => {
      const [port] = await freePorts(1);
      store = await open(form.replace('PLACE', `127.0.0.1:${port}`), path);
      expect(store.state).to.equal('away');
      expect(store.ready).to.equal(false);
      expect(store.reason).to.match(/ECONNREFUSED|ENOENT|unreachable|refresh slots/);
    });
  }

  for (const form of FORMS) {
    it(`${form}, somebody who accepts and is silent: it opens all the same`, async () => {
      const { port } = silent.address() as AddressInfo;
      const began = performance.now();
      store = await open(form.replace('PLACE', `127.0.0.1:${port}`), path);
      expect(performance.now() - began).to.be.below(4_000);
      expect(store.state).to.equal('away');
      expect(store.reason).to.not.equal('');
    });
  }

  it('a Sentinel that hangs gives way to the next one', async () => {
    const [port] = (await freePorts(1)) as [number];
    const redis = await startRedis();
    const sentinel = await startSentinel(port, redis.port);
    const { port: hung } = silent.address() as AddressInfo;
    const opened = await open(`redis+sentinel://127.0.0.1:${hung},127.0.0.1:${port}/office`, path);
    store = opened;
    await until(() => opened.state === 'ready');
    expect(opened.reason).to.equal('');
    await sentinel.stop();
    await redis.stop();
  });
});
