import { expect } from 'chai';
import { createLog } from '../../../lib/base/log.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { Bridge } from '../../../lib/call/bridge.js';
import type { Released } from '../../../lib/call/bridge-user.js';
import type { CallContext } from '../../../lib/call/call-context.js';
import { HeaderRules } from '../../../lib/call/headers.js';
import { CALL_SETTINGS } from '../../support/defaults.js';
import { FakeClock, immediates } from '../../support/fake-clock.js';
import { ScriptedServer } from './scripted-server.js';

const SDP = { 'content-type': 'application/sdp' };
const DIALOGS = { caller: 'caller-dialog', member: 'member-dialog' };

describe('A bridge between two dialogs that stand already', () => {
  let server: ScriptedServer;
  let over: Released[];
  let context: CallContext;
  let bridge: Bridge;

  beforeEach(() => {
    server = new ScriptedServer();
    over = [];
    context = {
      sip: server,
      rules: new HeaderRules(CALL_SETTINGS.headers),
      clock: new FakeClock(),
      log: createLog('silent'),
      meter: silentMeter,
    } as unknown as CallContext;
    bridge = between();
  });

  const between = (told?: Partial<Record<'caller' | 'member', string>>): Bridge =>
    Bridge.between(
      {
        context,
        trace: undefined,
        trust: { trusted: true, isWithheld: false },
        events: new Set(),
        user: { onBridgeOver: (released) => over.push(released) },
      },
      DIALOGS,
      { caller: { headers: SDP, body: 'v=0\r\ncaller' }, member: { headers: SDP, body: 'v=0\r\nmember' } },
      told,
    );

  it('sends nothing by itself, and passes INFO and re-INVITE both ways', () => {
    expect([...server.dialogs.keys()].sort()).to.deep.equal(['caller-dialog', 'member-dialog']);
    expect([server.requests, server.reinvites]).to.deep.equal([[], []]);
    for (const [from, to] of [
      [DIALOGS.caller, DIALOGS.member],
      [DIALOGS.member, DIALOGS.caller],
    ] as const) {
      const info = server.inDialog(from, 'INFO', { 'content-type': 'application/dtmf-relay' }, 'Signal=1');
      expect(server.requests.at(-1)).to.include({ dialog: to, method: 'INFO' });
      server.requests.at(-1)?.done({ status: 200, reason: '', headers: {}, body: '' });
      expect(info.statuses).to.deep.equal([200]);
      const invite = server.inDialog(from, 'INVITE', SDP, `v=0\r\nhold of ${from}`);
      const sent = server.reinvites.at(-1);
      expect([sent?.dialog, sent?.sent.body]).to.deep.equal([to, `v=0\r\nhold of ${from}`]);
      sent?.reply(200, SDP, 'v=0\r\nheld');
      expect(invite.responses.at(-1)).to.include({ status: 200, body: 'v=0\r\nheld' });
      expect(sent?.acks).to.have.length(1);
      server.dialogs.get(from)?.onAcknowledge({ headers: {}, body: '' });
    }
  });

  it('knows what each side has said last: a re-INVITE that repeats it is answered alone (RFC 3261 §14.2)', () => {
    const invite = server.inDialog(DIALOGS.caller, 'INVITE', SDP, 'v=0\r\ncaller');
    expect(server.reinvites).to.deep.equal([]);
    expect(invite.responses.at(-1)).to.include({ status: 200, body: 'v=0\r\nmember' });
  });

  it('who was told by a media server once stays in that session: its o= goes on, by one for each other description (RFC 3264 §8)', () => {
    const sdp = (origin: string, port: number): string => `v=0\r\no=${origin}\r\ns=-\r\nm=audio ${port} RTP/AVP 0\r\n`;
    between({ caller: sdp('FreeSWITCH 17 4 IN IP4 192.0.2.9', 4000) });
    const offered = (from: string, body: string): string | undefined => {
      server.inDialog(from, 'INVITE', SDP, body);
      const sent = server.reinvites.at(-1);
      sent?.reply(200, SDP, sdp('answer 1 1 IN IP4 192.0.2.2', 6000));
      server.dialogs.get(from)?.onAcknowledge({ headers: {}, body: '' });
      return sent?.sent.body;
    };
    const hold = sdp('anna 8 2 IN IP4 192.0.2.1', 4002);
    expect(offered(DIALOGS.member, hold)).to.equal(sdp('FreeSWITCH 17 5 IN IP4 192.0.2.9', 4002));
    expect(offered(DIALOGS.member, sdp('anna 8 3 IN IP4 192.0.2.1', 4000))).to.contain('o=FreeSWITCH 17 6 ');
    // The other one has heard him alone, from the start.
    expect(offered(DIALOGS.caller, sdp('bert 3 9 IN IP4 192.0.2.3', 4004))).to.contain('o=bert 3 9 ');
  });

  for (const [by, other] of [
    ['caller', 'member'],
    ['member', 'caller'],
  ] as const) {
    it(`the ${by} leaves: BYE to the ${other}, once, and the bridge is over`, async () => {
      expect(server.inDialog(DIALOGS[by], 'BYE').statuses).to.deep.equal([200]);
      await immediates();
      expect(server.byes).to.deep.equal([DIALOGS[other]]);
      expect(over).to.deep.equal([by === 'caller' ? 'caller' : 'callee']);
      expect(server.dialogs.size).to.equal(0);
    });
  }

  it('hangs up on both sides', async () => {
    bridge.hangUp();
    await immediates();
    expect([...server.byes].sort()).to.deep.equal(['caller-dialog', 'member-dialog']);
    expect(over).to.deep.equal(['system']);
  });
});
