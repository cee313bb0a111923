import { expect } from 'chai';
import { B } from '../../unit/call/scripted-server.js';
import { ENGINE, useWire, type Wire } from './call-harness.js';

const toCaller = ({ to }: { to: string }): boolean => to === '10.0.0.9:5060';

/** A wire whose first member is a phone that answers no CANCEL by itself. */
async function withStubborn(start: ReturnType<typeof useWire>) {
  const wire = await start({ members: ['sip:a@10.2.0.1', B] });
  const phone = wire.peer('10.2.0.1', { user: 'a', autoCancel: false });
  await wire.call();
  return { wire, phone, invite: phone.request('INVITE') };
}

/** The caller hangs up, and nothing may be left. */
async function hangUp(wire: Wire): Promise<void> {
  wire.caller.bye(wire.caller.response(200, 'INVITE'));
  await wire.pass(0);
  expect(wire.records[0]?.released).to.equal('caller');
  await wire.expectNothingLeft();
}

describe('Races at the end of an attempt', () => {
  const start = useWire();

  it("the caller's CANCEL crosses our 200: 200 to the CANCEL, and the call stands (RFC 3261 §9.2)", async () => {
    const wire = await start();
    const invite = await wire.call();
    await wire.reply(180);
    const lift = wire.network.rule({ when: toCaller, delay: 100 });
    await wire.reply(200);
    expect(wire.caller.summary).to.not.include('200 INVITE');
    wire.caller.cancel(invite, ENGINE);
    await wire.pass(200);
    lift();
    expect(wire.caller.summary.slice(2)).to.deep.equal(['200 INVITE', '200 CANCEL']);
    expect(wire.trunk.summary).to.deep.equal(['INVITE', 'ACK']);
    await hangUp(wire);
    expect(wire.whys).to.deep.equal(['answered', 'not-needed']);
  });

  it("the caller's CANCEL and the member's 200 are in one chunk of bytes: the member is released (RFC 3261 §13.2.2.4)", async () => {
    for (const first of ['caller', 'member']) {
      const wire = await start();
      const invite = await wire.call();
      await wire.reply(180);
      if (first === 'caller') wire.caller.cancel(invite, ENGINE);
      wire.trunk.reply(wire.invite(), 200);
      if (first === 'member') wire.caller.cancel(invite, ENGINE);
      // Both are received before anything of it is handled.
      wire.clock.advance(0);
      await wire.pass(0);
      expect(wire.caller.summary, first).to.include('487 INVITE');
      expect(wire.trunk.summary.slice(-2), first).to.deep.equal(['ACK', 'BYE']);
      await wire.expectNothingLeft();
    }
  });

  it("the caller's CANCEL is there first, the member answers in the same instant: ACK and BYE for the member (RFC 3261 §13.2.2.4)", async () => {
    const wire = await start();
    const invite = await wire.call();
    await wire.reply(180);
    wire.caller.cancel(invite, ENGINE);
    wire.trunk.reply(wire.invite(), 200);
    await wire.pass(0);
    expect(wire.caller.summary.slice(2)).to.deep.equal(['200 CANCEL', '487 INVITE']);
    expect(wire.trunk.summary.filter((line) => line === 'ACK' || line === 'BYE')).to.deep.equal(['ACK', 'BYE']);
    expect(wire.records).to.have.length(1);
    expect(wire.whys).to.deep.equal(['caller-left', 'not-needed']);
    await wire.expectNothingLeft();
  });

  it("the member answers first, the caller's CANCEL in the same instant: the CANCEL wins, ACK and BYE for the member", async () => {
    const wire = await start();
    const invite = await wire.call();
    await wire.reply(180);
    wire.trunk.reply(wire.invite(), 200);
    wire.caller.cancel(invite, ENGINE);
    // Both arrive before the service has heard of either.
    wire.clock.advance(0);
    await wire.pass(0);
    expect(wire.caller.summary.slice(2)).to.deep.equal(['200 CANCEL', '487 INVITE']);
    expect(wire.trunk.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
    expect(wire.records[0]).to.include({ status: 487, by: null });
    await wire.expectNothingLeft();
  });

  it('a phone that was left before its first 1xx gets the CANCEL when that comes, however late (RFC 3261 §9.1)', async () => {
    const { wire, phone, invite } = await withStubborn(start);
    await wire.pass(4000);
    expect(wire.invite().uri).to.include(B);
    await wire.reply(180);
    expect(phone.summary).to.not.include('CANCEL');
    await wire.pass(6000);
    phone.reply(invite, 180);
    await wire.pass(0);
    expect(phone.summary.at(-1)).to.equal('CANCEL');
    phone.reply(phone.request('CANCEL'), 200);
    phone.reply(invite, 487);
    await wire.reply(200);
    await hangUp(wire);
  });

  it('a CANCEL answered 481 proves nothing: a 2xx within 64*T1 is still acknowledged (RFC 3261 §9.1)', async () => {
    const { wire, phone, invite } = await withStubborn(start);
    phone.reply(invite, 180);
    await wire.pass(20_000);
    phone.reply(phone.request('CANCEL'), 481);
    await wire.pass(500);
    await wire.reply(180);
    await wire.pass(5000);
    phone.reply(invite, 200);
    await wire.pass(0);
    expect(phone.summary.at(-1)).to.equal('ACK');
    expect(wire.trunk.summary).to.include('CANCEL');
    await hangUp(wire);
    expect(wire.whys).to.deep.equal(['answered', 'not-needed']);
  });

  it('no final response after the CANCEL: the leg is forgotten 64*T1 later (RFC 3261 §9.1)', async () => {
    const { wire, phone, invite } = await withStubborn(start);
    phone.reply(invite, 180);
    await wire.pass(20_500);
    await wire.reply(486);
    expect(wire.records[0]?.status).to.equal(480);
    expect(wire.service.active).to.equal(1);
    await wire.pass(31_600);
    expect(wire.service.active).to.equal(0);
    await wire.expectNothingLeft();
  });

  it('two 2xx of a forking downstream: the first has the call, the other gets ACK, then BYE (RFC 3261 §13.2.2.4)', async () => {
    const wire = await start();
    await wire.call();
    wire.trunk.reply(wire.invite(), 180, { toTag: 'one' });
    wire.trunk.reply(wire.invite(), 180, { toTag: 'two' });
    await wire.pass(0);
    wire.trunk.reply(wire.invite(), 200, { toTag: 'two' });
    wire.trunk.reply(wire.invite(), 200, { toTag: 'one' });
    await wire.pass(0);
    const sent = (tag: string) => wire.trunk.received.filter(({ toTag }) => toTag === tag).map(({ method }) => method);
    expect(sent('two')).to.deep.equal(['ACK']);
    expect(sent('one')).to.deep.equal(['ACK', 'BYE']);
    expect(wire.caller.summary.filter((line) => line === '200 INVITE')).to.have.length(1);
    wire.caller.bye(wire.caller.response(200, 'INVITE'));
    await wire.pass(0);
    expect(wire.trunk.request('BYE').toTag).to.equal('two');
    await wire.expectNothingLeft();
  });

  it('a 2xx that is repeated is acknowledged every time, and the caller hears it once (RFC 3261 §13.2.2.4)', async () => {
    const wire = await start();
    await wire.call();
    const ok = await wire.reply(200);
    for (let again = 0; again < 3; again++) wire.trunk.send(ok, ENGINE);
    await wire.pass(0);
    expect(wire.trunk.summary).to.deep.equal(['INVITE', 'ACK', 'ACK', 'ACK', 'ACK']);
    expect(wire.caller.summary.filter((line) => line === '200 INVITE')).to.have.length(1);
    await hangUp(wire);
  });

  it('a final response that is repeated, or changes its mind, does not advance the chain twice (edge case 56)', async () => {
    const wire = await start({ members: ['sip:a@10.1.0.1', 'sip:b@10.1.0.1', 'sip:c@10.1.0.1'] });
    await wire.call();
    const first = wire.invite();
    const busy = await wire.reply(486);
    wire.trunk.send(busy, ENGINE);
    wire.trunk.reply(first, 503);
    await wire.pass(0);
    const called = wire.trunk.received.filter(({ method }) => method === 'INVITE').map(({ to }) => to.uri);
    expect(called).to.deep.equal(['sip:a@10.1.0.1', 'sip:b@10.1.0.1']);
  });

  it("a CANCEL whose Via was changed on the way stops the caller's own call (drachtio-server#480)", async () => {
    const wire = await start();
    const invite = await wire.call();
    await wire.reply(180);
    const cancel = wire.caller.cancel(invite, { address: '10.0.0.99', port: 1 });
    wire.caller.send(cancel.text.replace('10.0.0.9:5060', '10.0.0.77:4711'), ENGINE);
    await wire.pass(0);
    expect(wire.caller.summary.at(-1)).to.equal('487 INVITE');
    expect(wire.trunk.summary).to.include('CANCEL');
    await wire.expectNothingLeft();
  });

  it('a member who answers and hangs up before the caller has sent its ACK: no BYE to the caller before that (RFC 3261 §15)', async () => {
    const wire = await start();
    const slow = wire.peer('10.0.0.8', { user: 'slow', autoAck: false });
    slow.invite(ENGINE, { uri: 'sip:+37167000000@10.0.0.1' });
    await wire.pass(0);
    wire.trunk.bye(await wire.reply(200));
    await wire.pass(1000);
    expect(wire.trunk.summary).to.include('200 BYE');
    expect(slow.summary).to.not.include('BYE');
    slow.acknowledge(slow.response(200));
    await wire.pass(0);
    expect(slow.summary.at(-1)).to.equal('BYE');
    expect(wire.records[0]?.released).to.equal('callee');
    await wire.expectNothingLeft();
  });

  it('a final response 64*T1 after all is over finds nobody, and does no harm', async () => {
    const { wire, phone, invite } = await withStubborn(start);
    phone.reply(invite, 180);
    await wire.pass(20_500);
    await wire.reply(486);
    await wire.pass(100_000);
    phone.reply(invite, 200);
    await wire.pass(0);
    expect(phone.summary.at(-1)).to.not.equal('BYE');
    expect(wire.records).to.have.length(1);
    await wire.expectNothingLeft();
  });
});
