import { expect } from 'chai';
import { createIds } from '../../../lib/base/ids.js';
import { createLog } from '../../../lib/base/log.js';
import { silentMeter } from '../../../lib/base/meter.js';
import type { DialogState, Engine } from '../../../lib/engine/api.js';
import { createEngine } from '../../../lib/engine/engine.js';
import type { Field } from '../../../lib/sip/message.js';
import { ENGINE_SETTINGS } from '../../support/defaults.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { expectEmpty } from '../../support/tables.js';
import { EngineHarness, TestOwner, TIMEOUT } from './engine-harness.js';

const HELD = `${SDP.replace('- 1 1', '- 1 2')}a=sendonly\r\n`;
const TIMER = (refresher: string): Field[] => [
  ['Supported', 'timer'],
  ['Session-Expires', `100;refresher=${refresher}`],
];

describe('Engine: a dialog is a value that another engine goes on with (RFC 3261 §12)', () => {
  let harness: EngineHarness;
  let peer: SipPeer;
  let heir: Engine;
  let owner: TestOwner;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    peer = harness.peer({ address: '10.0.0.2', user: 'member' });
    owner = new TestOwner();
  });
  afterEach(() => {
    heir.release(owner);
    harness.clock.advance(2 * TIMEOUT + 1000);
    expectEmpty(heir.tables);
  });

  const callOut = (fields: Field[] = []): string => {
    harness.invite();
    harness.settle();
    peer.reply(peer.request('INVITE'), 200, { fields });
    harness.settle();
    const dialogId = harness.owner.responses.at(-1)?.dialogId ?? '';
    harness.acknowledge(dialogId);
    harness.settle();
    return dialogId;
  };
  const callIn = (fields: Field[] = []): string => {
    peer.invite(harness.at, { fields });
    harness.settle();
    const { dialogId } = harness.answer();
    harness.settle();
    return dialogId;
  };
  const json = (state: DialogState | undefined): DialogState => JSON.parse(JSON.stringify(state)) as DialogState;
  const fresh = async (address: string): Promise<Engine> => {
    const engine = createEngine({
      ...ENGINE_SETTINGS,
      transports: (['udp', 'tcp'] as const).map((protocol) =>
        harness.network.transport({ protocol, address, port: 5060 }),
      ),
      resolver: harness.resolver,
      clock: harness.clock,
      ids: createIds(),
      log: createLog('silent'),
      meter: silentMeter,
    });
    await engine.start();
    return engine;
  };
  /** The engine dies without a word, and another one takes its place. */
  const inherit = async (dialogId: string, address = '10.0.0.1'): Promise<DialogState> => {
    const state = json(harness.engine.snapshot(dialogId));
    await harness.engine.close();
    heir = await fresh(address);
    heir.restore(state, owner);
    return state;
  };
  const send = (dialogId: string, method: string, body = '') =>
    heir.requestInDialog(owner, dialogId, {
      method,
      uri: 'sip:placeholder',
      fields: body === '' ? [] : [['Content-Type', 'application/sdp']],
      body,
    });
  const answerLast = (body = '') =>
    heir.respond(owner, owner.last().transactionId, { status: 200, reason: 'OK', fields: [], body });

  for (const [what, call] of [
    ['that we made', callOut],
    ['that the peer made', callIn],
  ] as const) {
    it(`a dialog ${what}: INFO, re-INVITE and BYE of ours, with the next CSeq numbers, and the peer's`, async () => {
      const dialogId = call();
      const before = await inherit(dialogId);
      send(dialogId, 'INFO');
      harness.settle();
      const info = peer.request('INFO');
      expect([info.callId, info.fromTag, info.toTag]).to.deep.equal([before.callId, before.localTag, before.remoteTag]);
      expect(info.cseq.number).to.equal(before.localSequence + 1);
      expect(info.uri).to.equal(before.remoteTarget);
      peer.reply(info, 200);
      harness.settle();
      send(dialogId, 'INVITE', HELD);
      harness.settle();
      peer.reply(peer.request('INVITE'), 200);
      harness.settle();
      heir.acknowledge(owner, dialogId, { fields: [], body: '' });
      harness.settle();
      expect(owner.told).to.deep.equal([200, 200]);
      expect(heir.snapshot(dialogId)?.session?.local?.body).to.equal(HELD);

      const parts = {
        from: before.remote,
        to: before.local,
        callId: before.callId,
        contact: peer.contact,
      };
      peer.start('INFO', harness.at, { ...parts, cseq: 41 });
      harness.settle();
      answerLast();
      peer.start('INVITE', harness.at, { ...parts, cseq: 42, body: HELD });
      harness.settle();
      answerLast(SDP);
      harness.settle();
      expect(owner.asked).to.deep.equal(['in-dialog INFO', 'in-dialog INVITE', 'ack ACK']);
      peer.start('INFO', harness.at, { ...parts, cseq: 41 });
      harness.settle();
      expect(peer.response(500, 'INFO').reason, 'CSeq numbers of the peer go on').to.equal('CSeq Out of Order');

      send(dialogId, 'BYE');
      harness.settle();
      expect(peer.summary.at(-1)).to.equal('BYE');
      expect(heir.snapshot(dialogId)).to.equal(undefined);
    });
  }

  it('a dialog that was restored has its peer still: BYE of another one is 403, and its own, from another port, is taken', async () => {
    const dialogId = callIn();
    const { id, remote, local, callId } = await inherit(dialogId);
    expect(id, 'the id has our tag').to.equal(dialogId);
    const parts = { from: remote, to: local, callId, cseq: 70 };
    const attacker = harness.peer({ address: '10.0.0.66' });
    attacker.start('BYE', harness.at, parts);
    harness.settle();
    expect(attacker.summary).to.deep.equal(['403 BYE']);
    const moved = harness.peer({ address: '10.0.0.2', port: 40_001 });
    moved.start('BYE', harness.at, parts);
    harness.settle();
    answerLast();
    harness.settle();
    expect(moved.summary).to.deep.equal(['200 BYE']);
  });

  it("the peer's BYE ends what was restored", async () => {
    const dialogId = callOut();
    const { remote, local, callId } = await inherit(dialogId);
    peer.start('BYE', harness.at, { from: remote, to: local, callId, cseq: 7 });
    harness.settle();
    answerLast();
    harness.settle();
    expect(owner.asked).to.deep.equal(['in-dialog BYE']);
    expect(peer.response(200, 'BYE').callId).to.equal(callId);
    expect(heir.counts.dialogs).to.equal(0);
  });

  it('we refresh when the other one would have: at half of the interval, with the description in force (RFC 4028 §7.2)', async () => {
    const dialogId = callOut(TIMER('uac'));
    harness.settle(30_000);
    await inherit(dialogId);
    harness.settle(19_900);
    expect(peer.summary).to.deep.equal(['INVITE', 'ACK']);
    harness.settle(200);
    const refresh = peer.request('INVITE');
    expect([refresh.body, refresh.first('session-expires')]).to.deep.equal([SDP, '100;refresher=uac']);
    peer.reply(refresh, 200, { fields: TIMER('uac') });
    harness.settle();
    expect(peer.summary).to.deep.equal(['INVITE', 'ACK', 'INVITE', 'ACK']);
    peer.reply(peer.request('INVITE'), 200);
  });

  it('a refresh that fell due in between goes out at once; what nobody refreshes ends in time (RFC 4028 §10)', async () => {
    const dialogId = callOut(TIMER('uac'));
    const state = json(harness.engine.snapshot(dialogId));
    await harness.engine.close();
    harness.settle(60_000);
    heir = await fresh('10.0.0.1');
    heir.restore(state, owner);
    harness.settle();
    expect(peer.summary).to.deep.equal(['INVITE', 'ACK', 'INVITE']);
    harness.settle(10_000);
    expect(owner.unsolicited[0]?.message.first('reason')).to.equal('SIP;cause=408;text="Session timer expired"');
  });

  it('the peer does not refresh: BYE when the other one would have sent it', async () => {
    const dialogId = callOut(TIMER('uas'));
    await inherit(dialogId);
    harness.settle(60_000);
    expect(peer.summary).to.deep.equal(['INVITE', 'ACK']);
    harness.settle(8000);
    expect(peer.summary.at(-1)).to.equal('BYE');
  });

  it('at another address: the next target refresh tells the peer where we are (§12.2.1.2)', async () => {
    const dialogId = callOut();
    await inherit(dialogId, '10.0.0.5');
    send(dialogId, 'INVITE', HELD);
    harness.settle();
    expect(peer.request('INVITE').contactUri).to.equal('sip:10.0.0.5:5060');
    expect(peer.request('INVITE').via.host).to.equal('10.0.0.5');
    peer.reply(peer.request('INVITE'), 486);
  });

  it('over TCP the old connection is gone: the Contact is where requests go', async () => {
    const caller = harness.peer({ protocol: 'tcp', address: '10.0.0.3', user: 'streaming' });
    caller.invite(harness.at);
    harness.settle();
    const { dialogId } = harness.answer();
    harness.settle();
    expect(JSON.stringify(harness.engine.snapshot(dialogId))).not.to.contain('connection');
    await inherit(dialogId);
    send(dialogId, 'INFO');
    harness.settle();
    expect(caller.request('INFO').callId).to.equal(heir.snapshot(dialogId)?.callId);
    caller.reply(caller.request('INFO'), 200);
  });

  it('an offer that was open when the engine died holds nothing up: what was in force before counts', async () => {
    const dialogId = callOut();
    harness.inDialog(dialogId, 'INVITE', { fields: [['Content-Type', 'application/sdp']], body: HELD });
    harness.settle();
    expect(harness.engine.snapshot(dialogId)?.session).to.include({ exchange: 'inviting' });
    await inherit(dialogId);
    expect(heir.snapshot(dialogId)?.session).to.deep.include({ exchange: 'stable', awaitedAck: -1 });
    send(dialogId, 'INVITE', HELD);
    harness.settle();
    peer.reply(peer.request('INVITE'), 200);
    harness.settle();
    heir.acknowledge(owner, dialogId, { fields: [], body: '' });
    expect(owner.told).to.deep.equal([200]);
  });

  it('a subscription lapses when it would have (RFC 6665 §4.4.1)', async () => {
    peer.start('SUBSCRIBE', harness.at, {
      contact: peer.contact,
      fields: [
        ['Expires', '60'],
        ['Event', 'dialog'],
      ],
    });
    harness.settle();
    const { dialogId } = harness.respond(200, [['Expires', '60']]);
    harness.settle(30_000);
    await inherit(dialogId);
    harness.settle(30_000 + TIMEOUT - 1000);
    expect(heir.counts.dialogs).to.equal(1);
    harness.settle(2000);
    expect(heir.counts.dialogs).to.equal(0);
    expect(peer.summary.includes('BYE')).to.equal(false);
  });

  it('refuses what is not confirmed, and what is there already', async () => {
    const dialogId = callOut();
    const state = await inherit(dialogId);
    expect(() => heir.restore(state, owner)).to.throw('is here already');
    expect(() => heir.restore({ ...state, remoteTag: 'other', phase: 'early' }, owner)).to.throw('is not confirmed');
    expect(heir.snapshot('nobody')).to.equal(undefined);
  });

  it('tells of each change from the confirmation to the end, and of none before', async () => {
    const told: [string, number | undefined][] = [];
    const listener = await new EngineHarness().start();
    listener.owner.onDialogChanged = (id, phase) => told.push([phase, listener.engine.snapshot(id)?.localSequence]);
    heir = listener.engine;
    const member = listener.peer({ address: '10.0.0.2', user: 'member' });
    listener.ring(member);
    expect(told, 'early').to.deep.equal([]);
    member.reply(member.request('INVITE'), 200);
    listener.settle();
    const { dialogId = '' } = listener.owner.responses.at(-1) ?? {};
    const first = member.request('INVITE').cseq.number;
    expect(told[0]).to.deep.equal(['confirmed', first]);
    listener.acknowledge(dialogId);
    const count = told.length;
    listener.inDialog(dialogId, 'INFO');
    listener.settle();
    member.reply(member.request('INFO'), 200);
    listener.settle();
    expect(told.slice(count)).to.deep.equal([['confirmed', first + 1]]);
    listener.inDialog(dialogId, 'BYE');
    listener.settle();
    expect(told.at(-1)).to.deep.equal(['terminated', undefined]);
    expect(told.filter(([phase]) => phase === 'terminated')).to.have.length(1);
    listener.expectNoLeak();
  });
});
