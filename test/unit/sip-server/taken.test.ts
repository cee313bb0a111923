import { createServer } from 'node:net';
import { expect } from 'chai';
import { createIds } from '../../../lib/base/ids.js';
import { createLog } from '../../../lib/base/log.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { createInProcessLink } from '../../../lib/drachtio/in-process.js';
import { createDrachtioServer } from '../../../lib/drachtio/server.js';
import { attachToServer } from '../../../lib/sip-server/drachtio/server.js';
import type { IncomingRequest } from '../../../lib/sip-server/sip-server.js';
import { FakeClock, immediates } from '../../support/fake-clock.js';
import { FakeEngine, FLOW, request } from '../drachtio/fake-engine.js';

describe('A SIP server that names dialogs by Call-ID and From tag alone, as drachtio-server does', () => {
  it('an INVITE with those of a dialog that is alive is 482 and never becomes its peer', async () => {
    const engine = new FakeEngine();
    const common = { secret: 'cymru', clock: new FakeClock(), ids: createIds(), log: createLog('silent') };
    const server = createDrachtioServer({ ...common, engine, meter: silentMeter });
    const door = createServer();
    const sip = attachToServer({ ...common, attachment: { server: door, secret: common.secret } });
    const invites: IncomingRequest[] = [];
    sip.user = {
      onInvite: (invite: IncomingRequest) => {
        invites.push(invite);
        invite.respond(200, {}, (_error, dialog) =>
          sip.attach(dialog, { onRequest() {}, onAcknowledge() {}, onReleased() {} }),
        );
      },
      onRequest() {},
      onConnected() {},
      onLost() {},
    };
    const link = createInProcessLink();
    server.attach(link.server, { routes: 'all' });
    door.emit('connection', link.application);
    await immediates(20);
    const arrive = async (transactionId: string): Promise<void> => {
      const message = request('INVITE', [['Contact', '<sip:alice@192.0.2.7:5070>']]);
      engine.dispatcher
        .choose(message, FLOW)
        ?.onRequest({ kind: 'new', message, flow: FLOW, transactionId, dialogId: '' });
      await immediates(20);
    };
    await arrive('t-1');
    await arrive('t-2');
    expect(invites.length).to.equal(1);
    expect(engine.calls.map(({ id, draft }) => [id, (draft as { status?: number }).status])).to.deep.equal([
      ['t-1', 200],
      ['t-2', 482],
    ]);
    sip.close();
  });
});
