import { expect } from 'chai';
import type { Store } from '../../lib/store/open-store.js';
import { documentOf } from '../../lib/store/records/fields.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';

const PILOT = '+37167000000';

describe('Redis Cluster: one node that checks slots', function () {
  this.timeout(30_000);
  let redis: TestRedis;
  let path: string;
  let store: Store;

  before(async () => {
    redis = await startRedis(['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']);
    await redis.client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until(async () => String(await redis.client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    path = directory();
    store = await open(`redis+cluster://127.0.0.1:${redis.port}`, path);
  });
  after(async () => {
    await store.close();
    remove(path);
    await redis.stop();
  });

  it('all keys of a function are in the slot of the one that is named', async () => {
    expect(store.state).to.equal('ready');
    await store.groups.set(PILOT, { policy: 'circular', members: ['+37120000001', '+37120000002'] });
    expect((await store.takeTurn(PILOT, 'one'))?.number).to.equal(1);
    expect(await store.groups.addMember(PILOT, 'sip:anna@example.com')).to.have.length(3);
    expect((await store.takeTurn(PILOT, 'two'))?.order[0]).to.equal('+37120000002');
    expect(await store.claim('sip:anna@example.com', 'one')).to.equal(true);
    expect(await store.claim('sip:anna@example.com', 'two')).to.equal(false);
    await store.write(recordOf('one'));
    expect(await redis.client.xlen('records')).to.equal(1);
    const again = ['sender', '', '0', documentOf(recordOf('one'))];
    expect(await store.link.fcall('record_replay', 'records', again)).to.deep.equal(['', 'one']);
  });
});
