import { expect } from 'chai';
import { Bench } from './engine-harness.js';

describe('Engine under overload', () => {
  it('RFC 3261 §21.5.4: a new INVITE gets 503 with Retry-After, and no state is made for it', async () => {
    const bench = await new Bench({ overload: () => 7 }).start();
    const caller = bench.peer();
    caller.invite(bench.at);
    bench.settle();
    expect(caller.summary).to.deep.equal(['503 INVITE']);
    expect(caller.response(503).first('retry-after')).to.equal('7');
    expect(bench.engine.counts).to.deep.equal({ transactions: 0, dialogs: 0 });
    expect(bench.owner.requests).to.be.empty;
  });

  it('what belongs to a call that runs is served: re-INVITE, INFO, BYE', async () => {
    let overloaded = false;
    const bench = await new Bench({ overload: () => (overloaded ? 7 : undefined) }).start();
    const caller = bench.peer();
    caller.invite(bench.at);
    bench.settle();
    bench.answer();
    bench.settle();
    overloaded = true;
    const answer = caller.response(200);
    caller.inDialog('INVITE', answer);
    bench.settle();
    bench.answer();
    bench.settle();
    caller.inDialog('INFO', answer);
    bench.settle();
    bench.respond(200);
    caller.inDialog('BYE', answer);
    bench.settle();
    bench.respond(200);
    bench.settle();
    expect(bench.owner.asked).to.include.members(['in-dialog INVITE', 'in-dialog INFO', 'in-dialog BYE']);
    expect(caller.summary).to.not.include('503 INVITE');
    bench.expectNoLeak();
  });

  it('an INVITE that was refused stays refused when it comes again: its caller is gone', async () => {
    let overloaded = true;
    const bench = await new Bench({ overload: () => (overloaded ? 7 : undefined) }).start();
    const caller = bench.peer();
    const invite = caller.invite(bench.at);
    bench.settle();
    overloaded = false;
    caller.send(invite, bench.at);
    bench.settle();
    expect(caller.summary).to.deep.equal(['503 INVITE', '503 INVITE']);
    const [first, second] = caller.received;
    expect(second?.toTag).to.equal(first?.toTag);
    caller.invite(bench.at);
    bench.settle();
    expect(caller.summary.at(-1), 'another call').to.equal('100 INVITE');
  });
});
