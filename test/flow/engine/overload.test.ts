import { expect } from 'chai';
import { EngineHarness } from './engine-harness.js';

describe('Engine under overload', () => {
  it('RFC 3261 §21.5.4: a new INVITE gets 503 with Retry-After, and no state is made for it', async () => {
    const harness = await new EngineHarness({ overload: () => 7 }).start();
    const caller = harness.peer();
    caller.invite(harness.at);
    harness.settle();
    expect(caller.summary).to.deep.equal(['503 INVITE']);
    expect(caller.response(503).first('retry-after')).to.equal('7');
    expect(harness.engine.counts).to.deep.equal({ transactions: 0, dialogs: 0 });
    expect(harness.owner.requests).to.be.empty;
  });

  for (const method of ['OPTIONS', 'REGISTER', 'SUBSCRIBE', 'MESSAGE', 'PUBLISH', 'NOTIFY', 'REFER', 'INFO', 'FROB']) {
    it(`a new ${method} is refused as well, and its source is known`, async () => {
      const asked: string[] = [];
      const overload = (...what: string[]) => {
        asked.push(what.join(' from '));
        return 7;
      };
      const harness = await new EngineHarness({ overload }).start();
      const peer = harness.peer();
      peer.start(method, harness.at);
      harness.settle();
      expect(peer.summary).to.deep.equal([`503 ${method}`]);
      expect(peer.response(503).first('retry-after')).to.equal('7');
      expect(asked).to.deep.equal([`${method} from 10.0.0.9`]);
      expect(harness.owner.requests).to.be.empty;
    });
  }

  it('what belongs to a call that runs is served: re-INVITE, INFO, BYE', async () => {
    let overloaded = false;
    const harness = await new EngineHarness({ overload: () => (overloaded ? 7 : undefined) }).start();
    const caller = harness.peer();
    caller.invite(harness.at);
    harness.settle();
    harness.answer();
    harness.settle();
    overloaded = true;
    const answer = caller.response(200);
    caller.inDialog('INVITE', answer);
    harness.settle();
    harness.answer();
    harness.settle();
    caller.inDialog('INFO', answer);
    harness.settle();
    harness.respond(200);
    caller.inDialog('BYE', answer);
    harness.settle();
    harness.respond(200);
    harness.settle();
    expect(harness.owner.asked).to.include.members(['in-dialog INVITE', 'in-dialog INFO', 'in-dialog BYE']);
    expect(caller.summary).to.not.include('503 INVITE');
    harness.expectNoLeak();
  });

  it('an INVITE that was refused stays refused when it comes again: its caller is gone', async () => {
    let overloaded = true;
    const harness = await new EngineHarness({ overload: () => (overloaded ? 7 : undefined) }).start();
    const caller = harness.peer();
    const invite = caller.invite(harness.at);
    harness.settle();
    overloaded = false;
    caller.send(invite, harness.at);
    harness.settle();
    expect(caller.summary).to.deep.equal(['503 INVITE', '503 INVITE']);
    const [first, second] = caller.received;
    expect(second?.toTag).to.equal(first?.toTag);
    caller.invite(harness.at);
    harness.settle();
    expect(caller.summary.at(-1), 'another call').to.equal('100 INVITE');
  });
});
