import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { useCallHarness } from './call-harness.js';
import { sides, talkOver } from './talking.js';

const DTMF = (user: string): Field => [
  'Call-Info',
  `<sip:${user}@10.9.9.9>;method="NOTIFY;Event=telephone-event;Duration=1000"`,
];
const DIGIT: Field[] = [
  ['Event', 'telephone-event;rate=1000'],
  ['Subscription-State', 'active'],
  ['Content-Type', 'audio/telephone-event'],
];
const UUI = '56a390f3d2b7310023a2;encoding=hex;purpose=foo';
const REASON = 'Q.850;cause=31;text="Norm\xe2l, unspecified", SIP;cause=480';
const REL: Field = ['Content-Type', 'application/ISUP;version=itu-t92+'];

describe('What passes between the legs, over the engine', () => {
  const start = useCallHarness();

  const talk = talkOver(start);

  for (const [at, whose] of ['caller', 'member'].entries()) {
    it(`BYE of the ${whose} carries Reason, User-to-User and its ISUP REL across (RFC 3326 §2, RFC 7433 §4.1)`, async () => {
      const talking = await talk();
      const [from, to, within] = sides(talking)[at] as [SipPeer, SipPeer, SipMessage];
      const fields: Field[] = [['Reason', REASON], ['User-to-User', UUI], ['X-Release', 'a'], REL];
      from.inDialog('BYE', within, { fields: [...fields, ['User-Agent', 'x']], body: '\x0c\x02\0\x02\x80\x90' });
      await talking.harness.pass(50);
      const bye = to.request('BYE');
      expect(bye.first('reason')).to.equal(REASON);
      expect(bye.first('user-to-user')).to.equal(UUI);
      expect(bye.first('x-release')).to.equal('a');
      expect([bye.first('content-type'), bye.body]).to.deep.equal([REL[1], '\x0c\x02\0\x02\x80\x90']);
      expect(bye.has('user-agent')).to.equal(false);
      await talking.harness.expectNothingLeft();
    });
  }

  it('a plain BYE gets no Reason', async () => {
    const { harness, answer } = await talk();
    harness.caller.bye(answer);
    await harness.pass(50);
    expect(harness.trunk.request('BYE').has('reason')).to.equal(false);
  });

  it("a member's BYE before the caller's ACK: its Reason is told when the ACK has come (RFC 3261 §15)", async () => {
    const harness = await start({ delay: 10 });
    const caller = harness.peer('10.0.0.8', { user: '+37126000008', autoAck: false });
    caller.invite({ address: '10.0.0.1', port: 5060 }, { uri: 'sip:+37167000000@10.0.0.1' });
    await harness.pass(50);
    const sent = harness.trunk.reply(harness.invite(), 200);
    await harness.pass(50);
    harness.trunk.bye(sent, [['Reason', REASON]]);
    await harness.pass(50);
    caller.acknowledge(caller.response(200));
    await harness.pass(50);
    expect(caller.request('BYE').first('reason')).to.equal(REASON);
    await harness.expectNothingLeft();
  });

  describe('Reason of our own BYE says the truth (RFC 3326 §2)', () => {
    for (const [status, cause] of [
      [481, 'SIP;cause=481;text="Dialog is unknown", Q.850;cause=41;text="Temporary failure"'],
      [408, 'SIP;cause=408;text="Request timeout", Q.850;cause=102;text="Recovery on timer expiry"'],
    ] as const) {
      it(`one leg is lost by a ${status}: told to both`, async () => {
        const { harness, answer } = await talk();
        harness.caller.inDialog('INFO', answer, { body: 'x' });
        await harness.pass(50);
        harness.trunk.reply(harness.trunk.request('INFO'), status);
        await harness.pass(50);
        expect(harness.caller.request('BYE').first('reason')).to.equal(cause);
        expect(harness.trunk.request('BYE').first('reason')).to.equal(cause);
        await harness.expectNothingLeft();
      });
    }

    it('the caller never acknowledges: the member is told of a timer, and no success', async () => {
      const harness = await start({ delay: 10 });
      const caller = harness.peer('10.0.0.8', { user: '+37126000008', autoAck: false });
      caller.invite({ address: '10.0.0.1', port: 5060 }, { uri: 'sip:+37167000000@10.0.0.1' });
      await harness.pass(50);
      harness.trunk.reply(harness.invite(), 200);
      await harness.pass(40_000);
      const reason = harness.trunk.request('BYE').first('reason');
      expect(reason).to.match(/^SIP;cause=408;text="[^"]+", Q\.850;cause=102;/);
      await harness.expectNothingLeft();
    });

    it('a session that is not refreshed: the other leg is told of a timer', async () => {
      const { harness } = await talk([], [['Session-Expires', '90;refresher=uas']]);
      await harness.pass(91_000);
      expect(harness.caller.request('BYE').first('reason')).to.match(/^SIP;cause=408;.*Q\.850;cause=102;/);
      await harness.expectNothingLeft();
    });

    it('the service is being shut down: both legs are told', async () => {
      const { harness } = await talk();
      void harness.service.drain(1000);
      await harness.pass(1100);
      for (const peer of [harness.caller, harness.trunk]) {
        expect(peer.request('BYE').first('reason')).to.match(/^SIP;cause=503;.*Q\.850;cause=41;/);
      }
      await harness.expectNothingLeft();
    });

    it('a member that forwards and answers is told so', async () => {
      const harness = await start({ delay: 10 });
      await harness.call();
      await harness.pass(50);
      harness.trunk.reply(harness.invite(), 200, {
        fields: [['Diversion', '<sip:+37120000001@x>;reason=unconditional']],
      });
      await harness.pass(50);
      expect(harness.trunk.request('BYE').first('reason')).to.equal('SIP;cause=480;text="Forwarding is active"');
    });
  });

  describe('DTMF by NOTIFY', () => {
    it('passes in both directions, with its response, when both ends have said so in Call-Info', async () => {
      const talking = await talk([DTMF('caller')], [DTMF('member')]);
      const { harness, answer } = talking;
      expect(harness.invite().first('call-info')).to.equal(DTMF('caller')[1]);
      expect(harness.invite().values('allow')).to.include('NOTIFY');
      expect(answer.first('call-info')).to.equal(DTMF('member')[1]);
      expect(answer.values('allow')).to.include('NOTIFY');
      for (const [from, to, within] of sides(talking)) {
        from.inDialog('NOTIFY', within, { fields: DIGIT, body: '\x05\x0a\x03\x20' });
        await harness.pass(50);
        const notify = to.request('NOTIFY');
        expect(notify.body).to.equal('\x05\x0a\x03\x20');
        for (const [name, value] of DIGIT) expect(notify.first(name.toLowerCase())).to.equal(value);
        to.reply(notify, 200);
        await harness.pass(50);
        expect(from.response(200, 'NOTIFY').status).to.equal(200);
      }
      harness.caller.bye(answer);
      await harness.expectNothingLeft();
    });

    it('is 405 where one end has not said so, 489 for another event than agreed, and the call goes on', async () => {
      for (const [ofCaller, ofMember, event, status] of [
        [[DTMF('caller')], [], 'telephone-event', 405],
        [[], [DTMF('member')], 'telephone-event', 405],
        [[DTMF('caller')], [DTMF('member')], 'message-summary', 489],
        [[DTMF('caller')], [DTMF('member')], 'Telephone-Event', 489],
      ] as [Field[], Field[], string, number][]) {
        const talking = await talk(ofCaller, ofMember);
        for (const [from, to, within] of sides(talking)) {
          from.inDialog('NOTIFY', within, {
            fields: [
              ['Event', event],
              ['Subscription-State', 'active'],
            ],
          });
          await talking.harness.pass(50);
          expect(from.response(status, 'NOTIFY').status).to.equal(status);
          expect(to.summary).to.not.include('NOTIFY').and.to.not.include('BYE');
        }
        expect(talking.harness.service.active).to.equal(1);
        await talking.harness.stop();
      }
    });
  });

  it('Recv-Info passes both ways, an empty one too, and INFO of the agreed package with it (RFC 6086 §5.2.3)', async () => {
    for (const [offered, taken] of [
      ['foo, bar', 'foo'],
      ['', ''],
    ]) {
      const talking = await talk([['Recv-Info', offered as string]], [['Recv-Info', taken as string]]);
      const { harness, answer } = talking;
      expect(harness.invite().first('recv-info')).to.equal(offered);
      expect(answer.first('recv-info')).to.equal(taken);
      for (const [from, to, within] of sides(talking)) {
        from.inDialog('INFO', within, {
          fields: [
            ['Info-Package', 'foo'],
            ['Content-Disposition', 'Info-Package'],
          ],
          body: 'x',
        });
        await harness.pass(50);
        expect(to.request('INFO').first('info-package')).to.equal('foo');
        expect(to.request('INFO').first('content-disposition')).to.equal('Info-Package');
        to.reply(to.request('INFO'), 469, { fields: [['Recv-Info', 'bar']] });
        await harness.pass(50);
        expect(from.response(469).first('recv-info')).to.equal('bar');
      }
      await harness.stop();
    }
  });
});
