import { expect } from 'chai';
import { B } from '../../unit/call/scripted-server.js';
import { type CallHarness, ENGINE, useCallHarness } from './call-harness.js';

const toCaller = ({ to }: { to: string }): boolean => to === '10.0.0.9:5060';

/** A wire whose first member is a phone that answers no CANCEL by itself. */
async function withStubborn(start: ReturnType<typeof useCallHarness>) {
  const harness = await start({ members: ['sip:a@10.2.0.1', B] });
  const phone = harness.peer('10.2.0.1', { user: 'a', autoCancel: false });
  await harness.call();
  return { harness, phone, invite: phone.request('INVITE') };
}

/** The caller hangs up, and nothing may be left. */
async function hangUp(harness: CallHarness): Promise<void> {
  harness.caller.bye(harness.caller.response(200, 'INVITE'));
  await harness.pass(0);
  expect(harness.records[0]?.released).to.equal('caller');
  await harness.expectNothingLeft();
}

describe('Races at the end of an attempt', () => {
  const start = useCallHarness();

  it("the caller's CANCEL crosses our 200: 200 to the CANCEL, and the call stands (RFC 3261 §9.2)", async () => {
    const harness = await start();
    const invite = await harness.call();
    await harness.reply(180);
    const lift = harness.network.rule({ when: toCaller, delay: 100 });
    await harness.reply(200);
    expect(harness.caller.summary).to.not.include('200 INVITE');
    harness.caller.cancel(invite, ENGINE);
    await harness.pass(200);
    lift();
    expect(harness.caller.summary.slice(2)).to.deep.equal(['200 INVITE', '200 CANCEL']);
    expect(harness.trunk.summary).to.deep.equal(['INVITE', 'ACK']);
    await hangUp(harness);
    expect(harness.whys).to.deep.equal(['answered', 'not-needed']);
  });

  it("the caller's CANCEL and the member's 200 are in one chunk of bytes: the member is released (RFC 3261 §13.2.2.4)", async () => {
    for (const first of ['caller', 'member']) {
      const harness = await start();
      const invite = await harness.call();
      await harness.reply(180);
      if (first === 'caller') harness.caller.cancel(invite, ENGINE);
      harness.trunk.reply(harness.invite(), 200);
      if (first === 'member') harness.caller.cancel(invite, ENGINE);
      // Both are received before anything of it is handled.
      harness.clock.advance(0);
      await harness.pass(0);
      expect(harness.caller.summary, first).to.include('487 INVITE');
      expect(harness.trunk.summary.slice(-2), first).to.deep.equal(['ACK', 'BYE']);
      await harness.expectNothingLeft();
    }
  });

  it("the caller's CANCEL is there first, the member answers in the same instant: ACK and BYE for the member (RFC 3261 §13.2.2.4)", async () => {
    const harness = await start();
    const invite = await harness.call();
    await harness.reply(180);
    harness.caller.cancel(invite, ENGINE);
    harness.trunk.reply(harness.invite(), 200);
    await harness.pass(0);
    expect(harness.caller.summary.slice(2)).to.deep.equal(['200 CANCEL', '487 INVITE']);
    expect(harness.trunk.summary.filter((line) => line === 'ACK' || line === 'BYE')).to.deep.equal(['ACK', 'BYE']);
    expect(harness.records).to.have.length(1);
    expect(harness.whys).to.deep.equal(['caller-left', 'not-needed']);
    await harness.expectNothingLeft();
  });

  it("the member answers first, the caller's CANCEL in the same instant: the CANCEL wins, ACK and BYE for the member", async () => {
    const harness = await start();
    const invite = await harness.call();
    await harness.reply(180);
    harness.trunk.reply(harness.invite(), 200);
    harness.caller.cancel(invite, ENGINE);
    // Both arrive before the service has heard of either.
    harness.clock.advance(0);
    await harness.pass(0);
    expect(harness.caller.summary.slice(2)).to.deep.equal(['200 CANCEL', '487 INVITE']);
    expect(harness.trunk.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
    expect(harness.records[0]).to.include({ status: 487, by: null });
    await harness.expectNothingLeft();
  });

  it('a phone that was left before its first 1xx gets the CANCEL when that comes, however late (RFC 3261 §9.1)', async () => {
    const { harness, phone, invite } = await withStubborn(start);
    await harness.pass(4000);
    expect(harness.invite().uri).to.include(B);
    await harness.reply(180);
    expect(phone.summary).to.not.include('CANCEL');
    await harness.pass(6000);
    phone.reply(invite, 180);
    await harness.pass(0);
    expect(phone.summary.at(-1)).to.equal('CANCEL');
    phone.reply(phone.request('CANCEL'), 200);
    phone.reply(invite, 487);
    await harness.reply(200);
    await hangUp(harness);
  });

  it('a CANCEL answered 481 proves nothing: a 2xx within 64*T1 is still acknowledged (RFC 3261 §9.1)', async () => {
    const { harness, phone, invite } = await withStubborn(start);
    phone.reply(invite, 180);
    await harness.pass(20_000);
    phone.reply(phone.request('CANCEL'), 481);
    await harness.pass(500);
    await harness.reply(180);
    await harness.pass(5000);
    phone.reply(invite, 200);
    await harness.pass(0);
    expect(phone.summary.at(-1)).to.equal('ACK');
    expect(harness.trunk.summary).to.include('CANCEL');
    await hangUp(harness);
    expect(harness.whys).to.deep.equal(['answered', 'not-needed']);
  });

  it('no final response after the CANCEL: the leg is forgotten 64*T1 later (RFC 3261 §9.1)', async () => {
    const { harness, phone, invite } = await withStubborn(start);
    phone.reply(invite, 180);
    await harness.pass(20_500);
    await harness.reply(486);
    expect(harness.records[0]?.status).to.equal(480);
    expect(harness.service.active).to.equal(1);
    await harness.pass(31_600);
    expect(harness.service.active).to.equal(0);
    await harness.expectNothingLeft();
  });

  it('two 2xx of a forking downstream: the first has the call, the other gets ACK, then BYE (RFC 3261 §13.2.2.4)', async () => {
    const harness = await start();
    await harness.call();
    harness.trunk.reply(harness.invite(), 180, { toTag: 'one' });
    harness.trunk.reply(harness.invite(), 180, { toTag: 'two' });
    await harness.pass(0);
    harness.trunk.reply(harness.invite(), 200, { toTag: 'two' });
    harness.trunk.reply(harness.invite(), 200, { toTag: 'one' });
    await harness.pass(0);
    const sent = (tag: string) =>
      harness.trunk.received.filter(({ toTag }) => toTag === tag).map(({ method }) => method);
    expect(sent('two')).to.deep.equal(['ACK']);
    expect(sent('one')).to.deep.equal(['ACK', 'BYE']);
    expect(harness.caller.summary.filter((line) => line === '200 INVITE')).to.have.length(1);
    harness.caller.bye(harness.caller.response(200, 'INVITE'));
    await harness.pass(0);
    expect(harness.trunk.request('BYE').toTag).to.equal('two');
    await harness.expectNothingLeft();
  });

  it('a 2xx that is repeated is acknowledged every time, and the caller hears it once (RFC 3261 §13.2.2.4)', async () => {
    const harness = await start();
    await harness.call();
    const ok = await harness.reply(200);
    for (let again = 0; again < 3; again++) harness.trunk.send(ok, ENGINE);
    await harness.pass(0);
    expect(harness.trunk.summary).to.deep.equal(['INVITE', 'ACK', 'ACK', 'ACK', 'ACK']);
    expect(harness.caller.summary.filter((line) => line === '200 INVITE')).to.have.length(1);
    await hangUp(harness);
  });

  it('a final response that is repeated, or changes its mind, does not advance the chain twice (edge case 56)', async () => {
    const harness = await start({ members: ['sip:a@10.1.0.1', 'sip:b@10.1.0.1', 'sip:c@10.1.0.1'] });
    await harness.call();
    const first = harness.invite();
    const busy = await harness.reply(486);
    harness.trunk.send(busy, ENGINE);
    harness.trunk.reply(first, 503);
    await harness.pass(0);
    const called = harness.trunk.received.filter(({ method }) => method === 'INVITE').map(({ to }) => to.uri);
    expect(called).to.deep.equal(['sip:a@10.1.0.1', 'sip:b@10.1.0.1']);
  });

  it("a CANCEL whose Via was changed on the way stops the caller's own call (drachtio-server#480)", async () => {
    const harness = await start();
    const invite = await harness.call();
    await harness.reply(180);
    const cancel = harness.caller.cancel(invite, { address: '10.0.0.99', port: 1 });
    harness.caller.send(cancel.text.replace('10.0.0.9:5060', '10.0.0.77:4711'), ENGINE);
    await harness.pass(0);
    expect(harness.caller.summary.at(-1)).to.equal('487 INVITE');
    expect(harness.trunk.summary).to.include('CANCEL');
    await harness.expectNothingLeft();
  });

  it('a member who answers and hangs up before the caller has sent its ACK: no BYE to the caller before that (RFC 3261 §15)', async () => {
    const harness = await start();
    const slow = harness.peer('10.0.0.8', { user: 'slow', autoAck: false });
    slow.invite(ENGINE, { uri: 'sip:+37167000000@10.0.0.1' });
    await harness.pass(0);
    harness.trunk.bye(await harness.reply(200));
    await harness.pass(1000);
    expect(harness.trunk.summary).to.include('200 BYE');
    expect(slow.summary).to.not.include('BYE');
    slow.acknowledge(slow.response(200));
    await harness.pass(0);
    expect(slow.summary.at(-1)).to.equal('BYE');
    expect(harness.records[0]?.released).to.equal('callee');
    await harness.expectNothingLeft();
  });

  it('a final response 64*T1 after all is over finds nobody, and does no harm', async () => {
    const { harness, phone, invite } = await withStubborn(start);
    phone.reply(invite, 180);
    await harness.pass(20_500);
    await harness.reply(486);
    await harness.pass(100_000);
    phone.reply(invite, 200);
    await harness.pass(0);
    expect(phone.summary.at(-1)).to.not.equal('BYE');
    expect(harness.records).to.have.length(1);
    await harness.expectNothingLeft();
  });
});
