import { expect } from 'chai';
import { EngineHarness } from './engine-harness.js';

describe('Engine: a caller that cannot be reached any more', () => {
  it('the 200 goes nowhere, its connection gone and no other possible: the owner learns at once, not after 64·T1 (edge case 63)', async () => {
    const harness = await new EngineHarness().start();
    const caller = harness.peer({ protocol: 'tcp' });
    caller.invite(harness.at);
    harness.settle();
    await caller.transport.close();
    harness.answer();
    harness.settle(1);
    expect(harness.owner.unsolicited.map(({ message }) => message.method)).to.deep.equal(['BYE']);
    expect(harness.engine.counts.dialogs).to.equal(0);
    harness.expectNoLeak();
  });

  it('RFC 6026 §8.8: a 180 that goes nowhere ends nothing: the caller may come back', async () => {
    const harness = await new EngineHarness().start();
    const caller = harness.peer({ protocol: 'tcp' });
    caller.invite(harness.at);
    harness.settle();
    const lost = harness.network.rule({ when: ({ to }) => to === '10.0.0.9:5060', refuse: true });
    harness.respond(180);
    harness.settle();
    lost();
    harness.answer();
    harness.settle();
    expect(caller.summary).to.include('200 INVITE');
    caller.bye(caller.response(200));
    harness.settle();
    harness.respond(200);
    harness.expectNoLeak();
  });
});

describe('Engine: a call-back of the emergency services', () => {
  it('RFC 7090: Priority: psap-callback is taken under overload', async () => {
    const harness = await new EngineHarness({ overload: () => 7 }).start();
    const caller = harness.peer();
    caller.invite(harness.at, { fields: [['Priority', 'psap-callback']] });
    harness.settle();
    expect(harness.owner.asked).to.deep.equal(['new INVITE']);
    harness.respond(486);
    harness.expectNoLeak();
  });
});
