import { expect } from 'chai';
import { messageOf } from '../../lib/base/errors.js';
import { monthNameAt, monthOf } from '../../lib/charges/month.js';
import { groupsOf } from '../../lib/store/scan.js';
import { chargesOf, neverDoubt, pilotOf, textOf, ZONE } from '../support/charges.js';
import { startRedis } from '../support/redis.js';
import { directory, open, remove, until } from '../support/store.js';

const A = '+37120000001';
const refusal = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'not refused', messageOf);

describe('Monthly charges on a Redis Cluster', function () {
  this.timeout(60_000);

  it('asks every node, and closes in one slot', async () => {
    const extra = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'];
    const [one, two] = [await startRedis(extra), await startRedis(extra)];
    const path = directory();
    try {
      await one.client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
      await two.client.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
      await one.client.call('CLUSTER', 'SET-CONFIG-EPOCH', '1');
      await two.client.call('CLUSTER', 'SET-CONFIG-EPOCH', '2');
      await one.client.call('CLUSTER', 'MEET', '127.0.0.1', String(two.port));
      for (const { client } of [one, two]) {
        await until(async () => {
          const info = String(await client.call('CLUSTER', 'INFO'));
          return info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384');
        });
      }
      const store = await open(`redis+cluster://127.0.0.1:${one.port}`, path, { commandTimeout: 5000 });
      try {
        await until(() => store.state === 'ready');
        const charges = chargesOf(store);
        const present = monthOf(monthNameAt(store.link.redisTime(), ZONE), ZONE);
        const before = monthOf(monthNameAt(present.start - 1, ZONE), ZONE);
        for (let n = 0; n < 30; n++)
          await store.groups.set(pilotOf(n), { members: [A], plan: n % 2 ? 'BIZNESS' : 'VIRTUALAIS' });
        expect(Math.min(await one.client.dbsize(), await two.client.dbsize())).to.be.greaterThan(10);
        const { total, lines } = JSON.parse(await textOf(await charges.month(present.name, neverDoubt)));
        expect([lines.length, total]).to.deep.equal([30, 15 * 300 + 15 * 440]);
        const closed = await Promise.all(
          [1, 2, 3].map(async () => textOf(await charges.close(before.name, neverDoubt))),
        );
        expect(new Set(closed).size).to.equal(1);

        const half = { nodes: store.link.nodes.slice(0, 1) };
        expect(await refusal(groupsOf(half))).to.match(/^the node 127.0.0.1:\d+ of the Cluster does not answer$/);
        expect(await refusal(groupsOf({ nodes: [] }))).to.equal('no node of Redis is known');
        await two.kill();
        expect(await refusal(charges.month(present.name, neverDoubt).then(textOf))).to.match(/does not answer|Redis/);
      } finally {
        await store.close();
      }
    } finally {
      remove(path);
      await one.stop();
      await two.stop();
    }
  });
});
