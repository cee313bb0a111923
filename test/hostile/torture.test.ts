import { expect } from 'chai';
import { storyOf, useService } from '../sipp/service-harness.js';
import { loadTorture } from '../torture/corpus.js';
import { closed, dial, errorsOf, metric, openFlood } from './sockets.js';

const ROUNDS = 5;

describe('RFC 4475, RFC 5118: torture messages at the running service', function () {
  this.timeout(20_000);
  const harness = useService({ env: { SIP_LISTEN: 'udp:127.0.0.1:0,tcp:127.0.0.1:0' } });
  const torture = loadTorture();

  /** A call that is under way while `action` runs. */
  async function besideACall(action: () => Promise<void>): Promise<void> {
    const member = await harness.member('answer', { pause: 300 });
    const pilot = await harness.group([member]);
    const caller = await harness.call(pilot, 'caller', { pause: 500 });
    await action();
    expect((await caller.exited).code, 'the caller beside').to.equal(0);
    expect((await member.exited).code, 'the member beside').to.equal(0);
    expect(storyOf(await harness.record(pilot)).released).to.equal('caller');
    expect(errorsOf(harness.service)).to.deep.equal([]);
    expect(await metric(harness.service, 'sip_engine_faults_total')).to.equal(0);
    expect(await harness.service.ready()).to.equal(200);
  }

  it(`over UDP: all ${torture.length}, ${ROUNDS} times`, async () => {
    const before = await metric(harness.service, 'sip_engine_malformed_total');
    const flood = await openFlood(harness.service);
    await besideACall(() => flood.send(ROUNDS * torture.length, (i) => torture[i % torture.length]?.text ?? ''));
    flood.close();
    // Those that are refused or dropped, each round: that they arrived.
    expect((await metric(harness.service, 'sip_engine_malformed_total')) - before).to.be.at.least(ROUNDS * 20);
  });

  it('over TCP: each on a connection of its own, and all on one until it breaks', async () => {
    await besideACall(async () => {
      const sockets = await Promise.all(torture.map(() => dial(harness.service)));
      torture.forEach(({ text }, i) => void sockets[i]?.write(text, 'latin1'));
      const one = await dial(harness.service);
      for (const { text } of torture) one.write(text, 'latin1');
      await closed(one);
      for (const socket of sockets) socket.end();
      await Promise.all(sockets.map(closed));
    });
  });
});
