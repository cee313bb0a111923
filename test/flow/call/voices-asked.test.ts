/** What people who run such systems had to learn about announcements, as far as a call decides it: on the clock of a test. */
import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import type { GroupVoices } from '../../../lib/store/types.js';
import { ScriptedMedia } from '../../support/scripted-media.js';
import { SDP } from '../../support/sip-peer.js';
import { A, B } from '../../unit/call/scripted-server.js';
import { ScriptedStore } from '../../unit/call/service-harness.js';
import { type CallHarness, ENGINE, useCallHarness } from './call-harness.js';

const OTHER = SDP.replace('40000', '50000').replace('RTP/AVP 8', 'RTP/AVP 0');
const RELIABLE: Field[] = [
  ['Require', '100rel'],
  ['RSeq', '1'],
];
const VIDEO = 'm=video 40002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n';

describe('Voices: what others had to learn', () => {
  const start = useCallHarness();
  let media: ScriptedMedia;

  const open = (voices: GroupVoices, members: readonly string[] = [A, B]): Promise<CallHarness> =>
    start({
      members,
      around: (service) => {
        media = new ScriptedMedia(service.clock);
        return { ...service, media, store: new ScriptedStore(members, { voices }) };
      },
    });
  const statuses = (wire: CallHarness): number[] =>
    wire.caller.received.filter((one) => !one.isRequest && one.cseq.method === 'INVITE').map((one) => one.status);
  const answered = async (wire: CallHarness): Promise<void> => {
    await wire.pass(100);
    await wire.reply(180);
    await wire.reply(200);
    await wire.pass(100);
  };
  /** Joined through the media server: the member refuses to be asked. */
  const through = async (): Promise<CallHarness> => {
    const wire = await open({ confirm: true }, [A]);
    await wire.call();
    await answered(wire);
    media.made[0]?.user.onDigit('1');
    await wire.pass(100);
    await wire.reply(488);
    await wire.pass(100);
    expect(statuses(wire).at(-1)).to.equal(200);
    expect(media.open).to.equal(2);
    return wire;
  };
  const nothingStays = async (wire: CallHarness): Promise<void> => {
    await wire.expectNothingStays();
    expect(media.open, 'endpoints open').to.equal(0);
    expect(media.late, 'asked of endpoints that were over').to.deep.equal([]);
  };

  describe('early media', () => {
    it('a phone that rings again and again neither restarts the sound nor doubles it', async () => {
      const wire = await open({ waiting: 'tone' }, [A]);
      await wire.call();
      await wire.pass(100);
      for (const status of [180, 183, 180, 180]) await wire.reply(status);
      await wire.pass(100);
      expect(media.made[0]?.played.length).to.equal(1);
      expect(new Set(statuses(wire))).to.deep.equal(new Set([100, 183]));
      const told = wire.caller.received.filter(({ status }) => status === 183).map(({ body }) => body);
      expect(new Set(told).size).to.equal(1);
      await nothingStays(wire);
    });

    it('a member’s description in his 200 is another one than in his 183: the last one counts, port and codec', async () => {
      const wire = await open({ confirm: true, waiting: 'tone' }, [A]);
      await wire.call();
      await wire.pass(100);
      wire.trunk.reply(wire.invite(), 183, { body: SDP });
      await wire.pass(100);
      wire.trunk.reply(wire.invite(), 200, { body: OTHER });
      await wire.pass(100);
      expect(media.made[1]?.described).to.equal(OTHER);
      await nothingStays(wire);
    });

    it('an answer in a reliable 183, and a 200 without one: the question goes there (RFC 3262 §5)', async () => {
      const wire = await open({ confirm: true }, [A]);
      await wire.call();
      await wire.pass(100);
      wire.trunk.reply(wire.invite(), 183, { body: OTHER, fields: RELIABLE });
      await wire.pass(100);
      wire.trunk.reply(wire.trunk.request('PRACK'), 200);
      wire.trunk.reply(wire.invite(), 200, { body: '', fields: [['X-Answer', 'none']] });
      await wire.pass(100);
      expect(media.made[0]?.described).to.equal(OTHER);
      expect(media.made[0]?.played.at(-1)).to.contain('press-1');
      await nothingStays(wire);
    });

    it('a network behind the member forks: the question is asked of who answers first, the other 2xx gets ACK and BYE', async () => {
      const wire = await open({ confirm: true }, [A]);
      await wire.call();
      await wire.pass(100);
      wire.trunk.reply(wire.invite(), 183, { toTag: 'one', body: SDP });
      wire.trunk.reply(wire.invite(), 180, { toTag: 'two' });
      wire.trunk.reply(wire.invite(), 200, { toTag: 'two', body: OTHER });
      await wire.pass(100);
      wire.trunk.reply(wire.invite(), 200, { toTag: 'one', body: SDP });
      await wire.pass(100);
      const sent = (tag: string): string[] =>
        wire.trunk.received.filter(({ toTag }) => toTag === tag).map(({ method }) => method);
      expect(sent('one').slice(-2)).to.deep.equal(['ACK', 'BYE']);
      expect(sent('two')).to.deep.equal(['ACK']);
      expect(media.made[0]?.described).to.equal(OTHER);
      media.made[0]?.user.onDigit('1');
      await wire.pass(100);
      wire.trunk.reply(wire.invite(), 200, { body: OTHER });
      await wire.pass(100);
      expect(statuses(wire).at(-1)).to.equal(200);
      await nothingStays(wire);
    });

    it('an offer with video breaks nothing: the member who accepts is offered all of it', async () => {
      const wire = await open({ confirm: true }, [A]);
      await wire.call({ body: SDP + VIDEO });
      await answered(wire);
      expect(wire.invite().body).to.not.contain('m=video');
      media.made[0]?.user.onDigit('1');
      await wire.pass(100);
      expect(wire.invite().body).to.contain(VIDEO);
      wire.trunk.reply(wire.invite(), 200, { body: OTHER + VIDEO });
      await wire.pass(100);
      expect(wire.caller.response(200, 'INVITE').body).to.contain(VIDEO);
      await nothingStays(wire);
    });

    it('requests of the caller while he hears it get an answer, and the sound goes on (RFC 3311 §5.2)', async () => {
      const wire = await open({ waiting: 'tone' }, [A]);
      await wire.call();
      await wire.pass(100);
      await wire.reply(180);
      const early = wire.caller.response(183);
      wire.caller.inDialog('UPDATE', early, { body: OTHER });
      await wire.pass(100);
      expect(Number(wire.caller.response(500, 'UPDATE').first('retry-after'))).to.be.within(0, 10);
      wire.caller.inDialog('OPTIONS', early);
      await wire.pass(100);
      expect(wire.caller.response(200, 'OPTIONS').status).to.equal(200);
      expect(media.made[0]).to.deep.include({ isOver: false, described: SDP });
      expect(media.made[0]?.played.length).to.equal(1);
      await nothingStays(wire);
    });

    it('everybody fails at once: the sound stops, and the final response comes within a second', async () => {
      const wire = await open({ waiting: 'tone' }, [A, B, A]);
      await wire.call();
      for (let member = 0; member < 3; member++) {
        await wire.pass(100);
        await wire.reply(486);
      }
      await wire.pass(500);
      expect(statuses(wire).at(-1)).to.equal(486);
      expect(media.open).to.equal(0);
      await nothingStays(wire);
    });

    it('the first word is not cut off: a lead-in of 300 ms before it, whether the caller sends anything or not', async () => {
      const wire = await open({ farewell: 'standard', confirm: true, spoken: 'sales' }, [A]);
      await wire.call();
      await answered(wire);
      const names = (files: readonly string[] = []): string[] => files.map((file) => file.split('/').at(-1) ?? '');
      expect(names(media.made[0]?.played).slice(0, 2)).to.deep.equal(['300', 'sales.wav']);
      media.made[0]?.user.onDigit('9');
      await wire.pass(100);
      expect(names(media.made.at(-1)?.played)).to.deep.equal(['300', 'standard-nobody-answered.wav']);
      await wire.pass(3_500);
      expect(statuses(wire).at(-1)).to.equal(480);
      await nothingStays(wire);
    });
  });

  describe('the question', () => {
    it('a recording that never ends: the limit of the question is ours, not the media server’s', async () => {
      const wire = await open({ confirm: true }, [A]);
      media.playMs = 86_400_000;
      await wire.call();
      await answered(wire);
      await wire.pass(20_500);
      expect(wire.trunk.summary).to.include('BYE');
      await nothingStays(wire);
      expect(wire.whys).to.deep.equal(['not-confirmed']);
    });

    it('the caller’s CANCEL crosses the answer of the member: ACK, BYE, no endpoint, nobody else is called', async () => {
      const wire = await open({ confirm: true });
      const invite = await wire.call();
      await wire.pass(100);
      await wire.reply(180);
      const asked = wire.invite();
      wire.caller.cancel(invite, ENGINE);
      wire.trunk.reply(asked, 200);
      await wire.pass(1_000);
      expect(statuses(wire).at(-1)).to.equal(487);
      expect(wire.trunk.summary.filter((one) => one === 'INVITE')).to.have.length(1);
      expect(wire.trunk.summary).to.include.members(['ACK', 'BYE']);
      expect(media.open).to.equal(0);
      expect(wire.records).to.have.length(1);
      await nothingStays(wire);
    });

    it('a recording that is not there is a decline, never a silent join', async () => {
      const wire = await open({ confirm: true }, [A]);
      media.missing = /press-1/;
      await wire.call();
      await answered(wire);
      expect(wire.trunk.summary).to.include('BYE');
      expect(statuses(wire)).to.not.include(200);
      await nothingStays(wire);
      expect(wire.whys).to.deep.equal(['not-confirmed']);
    });

    it('every way out of it leads on within a second: another key, hanging up, a failed endpoint', async () => {
      const ways: readonly (readonly [how: string, leave: (wire: CallHarness) => void])[] = [
        ['another key', () => media.made[0]?.user.onDigit('2')],
        ['hanging up', (wire) => wire.trunk.bye(wire.trunk.reply(wire.invite(), 200))],
        ['a failed endpoint', () => media.made[0]?.vanish()],
      ];
      for (const [how, leave] of ways) {
        const wire = await open({ confirm: true });
        await wire.call();
        await answered(wire);
        leave(wire);
        await wire.pass(1_000);
        const called = wire.trunk.received.filter(({ method }) => method === 'INVITE').map(({ callId }) => callId);
        expect(new Set(called).size, how).to.equal(2);
        await nothingStays(wire);
        expect(wire.whys?.[0], how).to.equal('not-confirmed');
      }
    });

    it('who is held while he is asked, and offers a codec that cannot be: 488, and the question goes on (RFC 3261 §14.2)', async () => {
      const wire = await open({ confirm: true }, [A]);
      media.unusable = /RTP\/AVP 18/;
      await wire.call();
      await wire.pass(100);
      await wire.reply(180);
      const answer = await wire.reply(200);
      await wire.pass(100);
      wire.trunk.inDialog('INVITE', answer, { body: SDP.replace('RTP/AVP 8', 'RTP/AVP 18') });
      await wire.pass(100);
      expect(wire.trunk.response(488).cseq.method).to.equal('INVITE');
      expect(media.made[0]?.described).to.equal(SDP);
      media.made[0]?.user.onDigit('1');
      await wire.pass(100);
      await wire.reply(200);
      await wire.pass(100);
      expect(statuses(wire).at(-1)).to.equal(200);
      await nothingStays(wire);
    });
  });

  describe('speech through the media server', () => {
    it('a hold is passed on: who accepts it speaks directly, who refuses it stays as he was (RFC 3261 §14.1)', async () => {
      for (const status of [200, 488]) {
        const wire = await through();
        const answer = wire.caller.response(200, 'INVITE');
        wire.caller.inDialog('INVITE', answer, { body: SDP.replace('m=audio', 'a=sendonly\r\nm=audio') });
        await wire.pass(200);
        await wire.reply(status);
        await wire.pass(200);
        expect(statuses(wire).filter((one) => one >= 200)).to.deep.equal([200, status]);
        expect(media.open).to.equal(status === 200 ? 0 : 2);
        expect(wire.trunk.summary).to.not.include('BYE');
        await nothingStays(wire);
      }
    });

    it('it is lost: both are asked to speak directly, and the call lives on', async () => {
      const wire = await through();
      const before = wire.trunk.summary.filter((one) => one === 'INVITE').length;
      media.made[1]?.vanish();
      await wire.pass(100);
      expect(wire.trunk.summary.filter((one) => one === 'INVITE').length).to.equal(before + 1);
      await wire.reply(200);
      await wire.pass(100);
      wire.caller.reply(wire.caller.request('INVITE'), 200, { body: SDP });
      await wire.pass(100);
      expect(wire.trunk.summary).to.not.include('BYE');
      expect(media.open).to.equal(0);
      await nothingStays(wire);
      expect(wire.records[0]?.media).to.equal('direct');
    });

    it('it is lost, and one of them refuses: both legs end, nobody is left in silence', async () => {
      for (const lost of [0, 1]) {
        const wire = await through();
        media.made[lost]?.vanish();
        await wire.pass(100);
        await wire.reply(488);
        await wire.pass(1_000);
        expect(wire.trunk.summary, `endpoint ${lost}`).to.include('BYE');
        expect(wire.caller.summary, `endpoint ${lost}`).to.include('BYE');
        await nothingStays(wire);
      }
    });

    it('it is lost behind a waiting sound, where the caller has refused to speak directly: both legs end', async () => {
      for (const lost of [0, 1]) {
        const wire = await open({ waiting: 'tone', confirm: true }, [A]);
        await wire.call();
        await answered(wire);
        media.made[1]?.user.onDigit('1');
        await wire.pass(100);
        await wire.reply(488); // of the member, to the re-INVITE behind the 200
        await wire.pass(100);
        expect(media.made[0]?.bridged).to.equal(media.made[1]);
        expect(media.open).to.equal(2);
        media.made[lost]?.vanish();
        await wire.pass(1_000);
        expect(wire.trunk.summary, `endpoint ${lost}`).to.include('BYE');
        expect(wire.caller.summary, `endpoint ${lost}`).to.include('BYE');
        await nothingStays(wire);
      }
    });
  });
});
