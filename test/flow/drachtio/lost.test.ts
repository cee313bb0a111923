import { expect } from 'chai';
import { A, B } from '../../unit/call/scripted-server.js';
import { type DoubleHarness, useDouble } from './double-harness.js';

const CONTACT = 'Contact: <sip:member@127.0.0.1:5080>';

describe('On a drachtio-server (a double): connections that are lost', () => {
  const start = useDouble();

  it('a server that is frozen: the connection is given up, and made again when it reads on', async () => {
    const on = await start({ silenceMs: 3000 });
    // Each beat is answered before the next one.
    for (let passed = 0; passed < 10_000; passed += 500) {
      const { pings } = on.server;
      await on.clock.run(500);
      await on.until(() => on.server.pings > pings);
      await on.settled();
    }
    expect(on.sip.connected, 'while it answers').to.equal(true);
    on.server.freeze();
    await on.clock.run(2500);
    expect(on.sip.connected, 'before the limit').to.equal(true);
    await on.clock.run(1500);
    await on.until(() => !on.sip.connected);
    expect(on.service.ready).to.equal(false);
    on.server.thaw();
    await on.until(() => on.sip.connected);
    expect(on.complaints).to.deep.equal([
      'the SIP server is silent: the connection is given up',
      'SIP server cannot be reached',
      'connection to the SIP server is lost',
    ]);
  });

  it('a wrong secret: some seven attempts in two minutes, and one line', async () => {
    const on = await start({ secret: 'wrong' });
    await on.until(() => on.server.connections === 1);
    for (let second = 0; second < 120; second++) {
      await on.clock.run(1000);
      // The attempt that is under way comes to its end.
      await on.until(() => on.complaints.length > 0);
      for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect(on.server.connections).to.be.within(4, 8);
    expect(on.complaints).to.deep.equal(['SIP server refused us: check the secret']);
    expect(on.sip.connected).to.equal(false);
  });

  async function cutAndAttached(on: DoubleHarness): Promise<void> {
    on.server.cut();
    await on.until(() => !on.sip.connected);
    await on.until(() => {
      on.clock.advance(50);
      return on.sip.connected;
    });
  }

  it('an established call whose connection was cut is recorded, and both sides get BYE when there is a new one', async () => {
    const on = await start();
    const { caller, member } = await on.answered();
    await cutAndAttached(on);
    expect(on.records[0]).to.include({ status: 200, by: A, released: 'system' });
    await on.heard('BYE', 2);
    expect(on.server.heard('BYE').map(({ dialog }) => dialog)).to.have.members([caller, member]);
    for (const { headers } of on.server.heard('BYE')) expect(headers.reason).to.include('cause=503');
    expect(on.server.dialogs.size).to.equal(0);
    await on.expectServes();
  });

  it('a phone that rang gets CANCEL and the caller 503; the record: failed, not-needed, 503', async () => {
    const on = await start();
    const transaction = on.server.call();
    const invite = await on.heard('INVITE');
    on.server.answer(invite, 180);
    await on.heard('180');
    await cutAndAttached(on);
    expect((await on.heard('CANCEL')).transaction).to.equal(invite.own);
    expect((await on.heard('503')).transaction).to.equal(transaction);
    expect(on.records).to.have.length(1);
    expect(on.whys).to.deep.equal(['failed', 'not-needed']);
    expect(on.records[0]?.attempts.map(({ member }) => member)).to.deep.equal([A, B]);
    expect(on.records[0]?.status).to.equal(503);
    await on.expectServes();
  });

  it('an INVITE that was answered while there was no connection: its dialog gets BYE', async () => {
    const on = await start();
    on.server.call();
    const invite = await on.heard('INVITE');
    on.server.answer(invite, 180);
    await on.heard('180');
    on.server.cut();
    await on.until(() => !on.sip.connected);
    on.server.answer(invite, 200, [CONTACT], 'v=1');
    await on.until(() => {
      on.clock.advance(50);
      return on.sip.connected;
    });
    expect((await on.heard('BYE')).dialog).to.include(invite.own);
  });

  it('a connection that is cut behind our 200 and before the server says that it is sent: the caller gets BYE, too', async () => {
    const on = await start();
    on.server.call();
    const invite = await on.heard('INVITE');
    on.server.untold = '200';
    // That our 180 is sent is told behind our 200.
    on.server.answer(invite, 180);
    on.server.answer(invite, 200, [CONTACT], 'v=1');
    await on.heard('200');
    await on.settled();
    await cutAndAttached(on);
    await on.heard('BYE', 2);
    expect(on.server.dialogs.size).to.equal(0);
  });

  it('a BYE that was cut off is sent again', async () => {
    const on = await start();
    const { caller, member } = await on.answered();
    on.server.answersBye = false;
    on.server.request(caller, 'BYE');
    await on.heard('BYE');
    await cutAndAttached(on);
    expect((await on.heard('BYE', 2)).dialog).to.equal(member);
  });

  it('a server that was started again knows nothing of what was: its refusals cost nothing', async () => {
    const on = await start();
    await on.answered();
    on.server.dialogs.clear();
    await cutAndAttached(on);
    await on.heard('BYE', 2);
    await on.expectServes();
  });

  it('many calls that were cut are ended some at a time', async () => {
    const on = await start();
    for (let at = 0; at < 40; at++) await on.answered({ callId: `call-${at}` });
    on.server.cut();
    await on.until(() => !on.sip.connected);
    await on.until(() => {
      if (!on.sip.connected) on.clock.advance(50);
      return on.sip.connected;
    });
    await on.heard('BYE', 50);
    await on.settled();
    expect(on.server.heard('BYE')).to.have.length(50);
    on.clock.advance(100);
    await on.heard('BYE', 80);
    expect(on.server.dialogs.size).to.equal(0);
  });
});
