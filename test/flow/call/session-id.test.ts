import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { PILOT } from '../../unit/call/scripted-server.js';
import { type CallHarness, ENGINE, useCallHarness } from './call-harness.js';

const NIL = '0'.repeat(32);
const CALLER = 'a'.repeat(32);
const MEMBER = 'b'.repeat(32);
const NEW = 'c'.repeat(32);
const says = (local: string, remote: string): Field => ['Session-ID', `${local};remote=${remote}`];
const pair = (local: string, remote: string): string => says(local, remote)[1];
const idOf = (message: SipMessage): string | undefined => message.first('session-id');
const HELD = `${SDP.replace('- 1 1', '- 1 2')}a=sendonly\r\n`;
const OTHER_HELD = HELD.replace('- 1 2', '- 1 3');

describe('Session-ID in what the service says by itself, on the wire (RFC 7989)', () => {
  const start = useCallHarness();

  async function answered(fields: Field[] = [], caller: Field[] = []): Promise<CallHarness> {
    const harness = await start();
    await harness.call({ fields: [says(CALLER, NIL), ...caller] });
    await harness.reply(200, harness.trunk, 'INVITE', [says(MEMBER, CALLER), ...fields]);
    return harness;
  }

  it('§10.8: 100 Trying, the 200 to a CANCEL, and the 487 name the caller, and nobody else yet', async () => {
    const harness = await start();
    const invite = await harness.call({ fields: [says(CALLER, NIL)] });
    harness.caller.cancel(invite, ENGINE, [says(CALLER, NIL)]);
    await harness.pass(0);
    for (const [status, method] of [
      [100, 'INVITE'],
      [200, 'CANCEL'],
      [487, 'INVITE'],
    ] as const) {
      expect(idOf(harness.caller.response(status, method)), `${status} ${method}`).to.equal(pair(NIL, CALLER));
    }
    await harness.reply(180);
    expect(idOf(harness.trunk.request('CANCEL'))).to.equal(idOf(harness.invite()));
    // The phone says nothing of itself.
    expect(idOf(harness.trunk.request('ACK')), 'ACK of the 487').to.equal(pair(CALLER, NIL));
  });

  it('§7: the ACK of a refusal names who has refused', async () => {
    const harness = await start();
    await harness.call({ fields: [says(CALLER, NIL)] });
    await harness.reply(486, harness.trunk, 'INVITE', [says(MEMBER, CALLER)]);
    expect(idOf(harness.trunk.request('ACK'))).to.equal(pair(CALLER, MEMBER));
  });

  it('§7: what is refused before it is a call says of the caller what he says of himself, and nothing of who says nothing', async () => {
    const harness = await start();
    const outside = { to: '<sip:service@10.0.0.1>;tag=none' };
    harness.caller.start('BYE', ENGINE, { ...outside, fields: [says(CALLER, MEMBER)] });
    await harness.pass(0);
    expect(idOf(harness.caller.response(481))).to.equal(pair(MEMBER, CALLER));
    harness.caller.received.length = 0;
    harness.caller.start('BYE', ENGINE, outside);
    await harness.pass(0);
    expect(idOf(harness.caller.response(481))).to.equal(undefined);
  });

  it('§7: the PRACK of a provisional response names who has sent it', async () => {
    const harness = await start();
    await harness.call({ fields: [says(CALLER, NIL)] });
    await harness.reply(183, harness.trunk, 'INVITE', [says(MEMBER, CALLER), ['Require', '100rel'], ['RSeq', '1']]);
    expect(idOf(harness.trunk.request('PRACK'))).to.equal(pair(CALLER, MEMBER));
  });

  it('§7: a session refresh of ours has both ends, and so has the BYE when nobody answers it', async () => {
    const harness = await answered([
      ['Session-Expires', '100;refresher=uac'],
      ['Require', 'timer'],
    ]);
    await harness.pass(51_000);
    const refresh = harness.trunk.request('INVITE');
    expect(refresh.toTag).not.to.equal('');
    expect(idOf(refresh)).to.equal(pair(CALLER, MEMBER));
    harness.trunk.reply(refresh, 481, { fields: [says(MEMBER, CALLER)] });
    await harness.pass(0);
    expect(idOf(harness.trunk.request('ACK'))).to.equal(pair(CALLER, MEMBER));
    expect(idOf(harness.trunk.request('BYE'))).to.equal(pair(CALLER, MEMBER));
    expect(idOf(harness.caller.request('BYE'))).to.equal(pair(MEMBER, CALLER));
  });

  it('§7: a session that expires ends with a BYE that has both ends, in either leg', async () => {
    const harness = await answered(
      [['Session-Expires', '100;refresher=uas']],
      [
        ['Session-Expires', '100;refresher=uac'],
        ['Supported', 'timer'],
      ],
    );
    await harness.pass(101_000);
    expect(idOf(harness.trunk.request('BYE'))).to.equal(pair(CALLER, MEMBER));
    expect(idOf(harness.caller.request('BYE'))).to.equal(pair(MEMBER, CALLER));
  });

  it("§7: the bridge's own refusals have both ends, also to who says no Session-ID in them", async () => {
    const harness = await answered();
    const ok = harness.caller.response(200, 'INVITE');
    harness.caller.inDialog('INFO', ok, { fields: [['Require', 'nothing-known'], says(CALLER, MEMBER)] });
    await harness.pass(0);
    expect(idOf(harness.caller.response(420))).to.equal(pair(MEMBER, CALLER));
    harness.caller.inDialog('NOTIFY', ok, {
      fields: [
        ['Event', 'x'],
        ['Subscription-State', 'active'],
      ],
    });
    await harness.pass(0);
    const refusal = harness.caller.received.filter(({ isRequest }) => !isRequest).at(-1);
    expect(refusal?.status).to.be.within(400, 499);
    expect(refusal && idOf(refusal)).to.equal(pair(MEMBER, CALLER));
  });

  it('§8: a new UUID of the caller is in the response to what brought it, and in our BYE to the member', async () => {
    const harness = await answered();
    const ok = harness.caller.response(200, 'INVITE');
    harness.caller.inDialog('INVITE', ok, { fields: [says(NEW, MEMBER)], body: HELD });
    await harness.pass(0);
    expect(idOf(harness.invite())).to.equal(pair(NEW, MEMBER));
    // The member has not heard of it when he answers.
    await harness.reply(200, harness.trunk, 'INVITE', [says(MEMBER, CALLER)]);
    expect(idOf(harness.caller.response(200, 'INVITE'))).to.equal(pair(MEMBER, NEW));
    expect(idOf(harness.trunk.request('ACK'))).to.equal(pair(NEW, MEMBER));
    harness.caller.bye(ok);
    await harness.pass(0);
    expect(idOf(harness.trunk.request('BYE')), 'also where he says none').to.equal(pair(NEW, MEMBER));
    expect(idOf(harness.caller.response(200, 'BYE'))).to.equal(pair(MEMBER, NEW));
  });

  it('§8: a new UUID of the member comes with a request or a response, and the caller hears of it', async () => {
    const harness = await answered();
    const ok = harness.caller.response(200, 'INVITE');
    harness.caller.inDialog('INFO', ok, { fields: [says(CALLER, MEMBER)] });
    await harness.pass(0);
    await harness.reply(200, harness.trunk, 'INFO', [says(NEW, CALLER)]);
    expect(idOf(harness.caller.response(200, 'INFO'))).to.equal(pair(NEW, CALLER));
    const drained = harness.service.drain(0);
    await harness.pass(1);
    expect(idOf(harness.caller.request('BYE'))).to.equal(pair(NEW, CALLER));
    expect(idOf(harness.trunk.request('BYE'))).to.equal(pair(CALLER, NEW));
    await drained;
  });

  it('§8: a new UUID in what is refused is in the refusal, and nowhere behind it', async () => {
    const harness = await answered();
    const ok = harness.caller.response(200, 'INVITE');
    harness.caller.inDialog('INVITE', ok, { fields: [says(NEW, MEMBER)], body: OTHER_HELD });
    await harness.pass(0);
    await harness.reply(488, harness.trunk, 'INVITE', [says(MEMBER, NEW)]);
    expect(idOf(harness.caller.response(488))).to.equal(pair(MEMBER, NEW));
    const drained = harness.service.drain(0);
    await harness.pass(1);
    expect(idOf(harness.trunk.request('BYE'))).to.equal(pair(CALLER, MEMBER));
    expect(idOf(harness.caller.request('BYE'))).to.equal(pair(MEMBER, CALLER));
    await drained;
  });

  it('§8: the ACK of our 2xx brings one, too', async () => {
    const harness = await start();
    const caller = harness.peer('10.0.0.8', { autoAck: false });
    caller.on('200', (response) => {
      if (response.cseq.method === 'INVITE') caller.acknowledge(response, { fields: [says(NEW, MEMBER)] });
    });
    caller.invite(ENGINE, { uri: `sip:${PILOT}@10.0.0.1`, fields: [says(CALLER, NIL)] });
    await harness.pass(0);
    await harness.reply(200, harness.trunk, 'INVITE', [says(MEMBER, CALLER)]);
    const drained = harness.service.drain(0);
    await harness.pass(1);
    expect(idOf(harness.trunk.request('BYE'))).to.equal(pair(NEW, MEMBER));
    expect(idOf(caller.request('BYE'))).to.equal(pair(MEMBER, NEW));
    await drained;
  });

  it('without ids of our own nothing is said of an end that says nothing', async () => {
    const harness = await start({ settings: { sessionIds: false } });
    await harness.call();
    await harness.reply(200);
    expect(idOf(harness.caller.response(100))).to.equal(undefined);
    expect([idOf(harness.invite()), idOf(harness.trunk.request('ACK'))]).to.deep.equal([undefined, undefined]);
    harness.caller.bye(harness.caller.response(200, 'INVITE'));
    await harness.pass(0);
    expect(idOf(harness.trunk.request('BYE'))).to.equal(undefined);
  });
});
