import { expect } from 'chai';
import { Bench } from './engine-harness.js';

describe('Engine: a caller that cannot be reached any more', () => {
  it('the 200 goes nowhere, its connection gone and no other possible: the owner learns at once, not after 64·T1 (edge case 63)', async () => {
    const bench = await new Bench().start();
    const caller = bench.peer({ protocol: 'tcp' });
    caller.invite(bench.at);
    bench.settle();
    await caller.transport.close();
    bench.answer();
    bench.settle(1);
    expect(bench.owner.unsolicited.map(({ message }) => message.method)).to.deep.equal(['BYE']);
    expect(bench.engine.counts.dialogs).to.equal(0);
    bench.expectNoLeak();
  });

  it('RFC 6026 §8.8: a 180 that goes nowhere ends nothing: the caller may come back', async () => {
    const bench = await new Bench().start();
    const caller = bench.peer({ protocol: 'tcp' });
    caller.invite(bench.at);
    bench.settle();
    const lost = bench.network.rule({ when: ({ to }) => to === '10.0.0.9:5060', refuse: true });
    bench.respond(180);
    bench.settle();
    lost();
    bench.answer();
    bench.settle();
    expect(caller.summary).to.include('200 INVITE');
    caller.bye(caller.response(200));
    bench.settle();
    bench.respond(200);
    bench.expectNoLeak();
  });
});

describe('Engine: a call-back of the emergency services', () => {
  it('RFC 7090: Priority: psap-callback is taken under overload', async () => {
    const bench = await new Bench({ overload: () => 7 }).start();
    const caller = bench.peer();
    caller.invite(bench.at, { fields: [['Priority', 'psap-callback']] });
    bench.settle();
    expect(bench.owner.asked).to.deep.equal(['new INVITE']);
    bench.respond(486);
    bench.expectNoLeak();
  });
});
