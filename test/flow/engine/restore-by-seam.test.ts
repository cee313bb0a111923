import { expect } from 'chai';
import { createLog } from '../../../lib/base/log.js';
import { attachToEngine } from '../../../lib/sip-server/embedded/server.js';
import { NotSent } from '../../../lib/sip-server/not-sent.js';
import type { DialogSnapshot, DialogUser, IncomingRequest, SipServer } from '../../../lib/sip-server/sip-server.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { SDP } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('The interface to the SIP server: a dialog of another process is gone on with (RFC 3261 §12)', () => {
  let harness: EngineHarness;
  let caller: SipPeer;
  let sip: SipServer;
  let heard: string[];
  let invites: IncomingRequest[];
  beforeEach(async () => {
    heard = [];
    invites = [];
    harness = await new EngineHarness().start();
    caller = harness.peer();
    sip = attach(harness);
  });

  const end: DialogUser = {
    onRequest: (request) => {
      heard.push(request.method);
      request.respond(200);
    },
    onAcknowledge: () => heard.push('ACK'),
    onReleased: (reason) => heard.push(reason),
  };

  function attach({ engine }: EngineHarness): SipServer {
    const server = attachToEngine({ engine, log: createLog('silent') });
    server.user = {
      onInvite: (invite) => invites.push(invite),
      onRequest: () => {},
      onConnected: () => {},
      onLost: () => {},
      onDialogChanged: (_dialog, isOver) => heard.push(isOver ? 'over' : 'changed'),
    };
    return server;
  }

  const settle = async (on = harness): Promise<void> => {
    for (let turn = 0; turn < 4; turn++) {
      on.settle();
      await settled();
    }
  };

  const answer = async (): Promise<string> => {
    caller.invite(harness.at);
    await settle();
    let named = '';
    const content = { headers: { 'content-type': 'application/sdp' }, body: SDP };
    invites[0]?.respond(200, content, (_error, dialog) => {
      named = dialog;
      sip.attach(dialog, end);
    });
    await settle();
    return named;
  };

  it('tells that a dialog changed, gives it as a value, goes on with that, and hears the end of it', async () => {
    const dialog = await answer();
    expect(sip.capabilities.restoresDialogs).to.equal(true);
    expect(heard[0], 'once for all that one message changed').to.equal('changed');
    const kept = JSON.parse(JSON.stringify(sip.snapshot(dialog))) as DialogSnapshot;
    expect(kept.id).to.equal(dialog);
    const answered = caller.response(200, 'INVITE');
    await harness.engine.close();

    const heir = await new EngineHarness().start();
    caller = heir.peer();
    sip = attach(heir);
    heard = [];
    expect(sip.restore(kept)).to.equal(undefined);
    sip.attach(kept.id, end);
    const results: unknown[] = [];
    sip.request(kept.id, 'INFO', {}, (result) => results.push(result));
    await settle(heir);
    expect(caller.request('INFO').toTag).to.equal(answered.fromTag);
    caller.reply(caller.request('INFO'), 200);
    await settle(heir);
    expect(results).to.have.length(1);
    const [from, to] = [answered.first('from'), answered.first('to')];
    caller.start('BYE', heir.at, { from: from ?? '', to: to ?? '', callId: answered.callId, cseq: 7 });
    await settle(heir);
    expect(heard, 'the engine ends the dialog before it hands the BYE on').to.deep.equal(['changed', 'over', 'BYE']);
    expect(sip.snapshot(kept.id)).to.equal(undefined);
    sip.detach(kept.id);
    heir.expectNoLeak();
    expect(sip.tables).to.deep.include({ attached: 0, invites: 0 });
  });

  it('says what it cannot go on with', async () => {
    const dialog = await answer();
    const kept = sip.snapshot(dialog) as DialogSnapshot;
    const refusal = sip.restore(kept);
    expect(refusal).to.be.instanceOf(NotSent);
    expect(refusal?.message).to.include('is here already');
    expect(sip.snapshot('nobody')).to.equal(undefined);
    sip.close();
    await settle();
    harness.expectNoLeak();
  });
});
