/** What people who run such systems had to learn about announcements, as far as a call decides it: on the clock of a test. */
import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { A, B } from '../../unit/call/scripted-server.js';
import { type CallHarness, ENGINE } from './call-harness.js';
import { answered, nothingStays, statusesOf, useVoices } from './voices-harness.js';

const OTHER = SDP.replace('40000', '50000').replace('RTP/AVP 8', 'RTP/AVP 0');
const RELIABLE: Field[] = [
  ['Require', '100rel'],
  ['RSeq', '1'],
];
const VIDEO = 'm=video 40002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n';

describe('Voices: what others had to learn', () => {
  const voices = useVoices();

  describe('early media', () => {
    it('a phone that rings again and again neither restarts the sound nor doubles it', async () => {
      const wire = await voices.open({ waiting: 'tone' }, [A]);
      await wire.call();
      await wire.pass(100);
      for (const status of [180, 183, 180, 180]) await wire.reply(status);
      await wire.pass(100);
      expect(voices.media.made[0]?.played.length).to.equal(1);
      expect(new Set(statusesOf(wire))).to.deep.equal(new Set([100, 183]));
      const told = wire.caller.received.filter(({ status }) => status === 183).map(({ body }) => body);
      expect(new Set(told).size).to.equal(1);
      await nothingStays(wire, voices.media);
    });

    it('a member’s description in his 200 is another one than in his 183: the last one counts, port and codec', async () => {
      const wire = await voices.open({ confirm: true, waiting: 'tone' }, [A]);
      await wire.call();
      await wire.pass(100);
      wire.trunk.reply(wire.invite(), 183, { body: SDP });
      await wire.pass(100);
      wire.trunk.reply(wire.invite(), 200, { body: OTHER });
      await wire.pass(100);
      expect(voices.media.made[1]?.described).to.equal(OTHER);
      await nothingStays(wire, voices.media);
    });

    it('an answer in a reliable 183, and a 200 without one: the question goes there (RFC 3262 §5)', async () => {
      const wire = await voices.open({ confirm: true }, [A]);
      await wire.call();
      await wire.pass(100);
      wire.trunk.reply(wire.invite(), 183, { body: OTHER, fields: RELIABLE });
      await wire.pass(100);
      wire.trunk.reply(wire.trunk.request('PRACK'), 200);
      wire.trunk.reply(wire.invite(), 200, { body: '', fields: [['X-Answer', 'none']] });
      await wire.pass(100);
      expect(voices.media.made[0]?.described).to.equal(OTHER);
      expect(voices.media.made[0]?.played.at(-1)).to.contain('press-1');
      await nothingStays(wire, voices.media);
    });

    it('a network behind the member forks: the question is asked of who answers first, the other 2xx gets ACK and BYE', async () => {
      const wire = await voices.open({ confirm: true }, [A]);
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
      expect(voices.media.made[0]?.described).to.equal(OTHER);
      voices.media.made[0]?.user.onDigit('1');
      await wire.pass(100);
      wire.trunk.reply(wire.invite(), 200, { body: OTHER });
      await wire.pass(100);
      expect(statusesOf(wire).at(-1)).to.equal(200);
      await nothingStays(wire, voices.media);
    });

    it('an offer with video breaks nothing: the member who accepts is offered all of it', async () => {
      const wire = await voices.open({ confirm: true }, [A]);
      await wire.call({ body: SDP + VIDEO });
      await answered(wire);
      expect(wire.invite().body).to.not.contain('m=video');
      voices.media.made[0]?.user.onDigit('1');
      await wire.pass(100);
      expect(wire.invite().body).to.contain(VIDEO);
      wire.trunk.reply(wire.invite(), 200, { body: OTHER + VIDEO });
      await wire.pass(100);
      expect(wire.caller.response(200, 'INVITE').body).to.contain(VIDEO);
      await nothingStays(wire, voices.media);
    });

    it('requests of the caller while he hears it get an answer, and the sound goes on (RFC 3311 §5.2)', async () => {
      const wire = await voices.open({ waiting: 'tone' }, [A]);
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
      expect(voices.media.made[0]).to.deep.include({ isOver: false, described: SDP });
      expect(voices.media.made[0]?.played.length).to.equal(1);
      await nothingStays(wire, voices.media);
    });

    it('everybody fails at once: the sound stops, and the final response comes within a second', async () => {
      const wire = await voices.open({ waiting: 'tone' }, [A, B, A]);
      await wire.call();
      for (let member = 0; member < 3; member++) {
        await wire.pass(100);
        await wire.reply(486);
      }
      await wire.pass(500);
      expect(statusesOf(wire).at(-1)).to.equal(486);
      expect(voices.media.open).to.equal(0);
      await nothingStays(wire, voices.media);
    });

    it('the first word is not cut off: a lead-in of 300 ms before it, whether the caller sends anything or not', async () => {
      const wire = await voices.open({ farewell: 'standard', confirm: true, spoken: 'sales' }, [A]);
      await wire.call();
      await answered(wire);
      const names = (files: readonly string[] = []): string[] => files.map((file) => file.split('/').at(-1) ?? '');
      expect(names(voices.media.made[0]?.played).slice(0, 2)).to.deep.equal(['300', 'sales.wav']);
      voices.media.made[0]?.user.onDigit('9');
      await wire.pass(100);
      expect(names(voices.media.made.at(-1)?.played)).to.deep.equal(['300', 'standard-nobody-answered.wav']);
      await wire.pass(3_500);
      expect(statusesOf(wire).at(-1)).to.equal(480);
      await nothingStays(wire, voices.media);
    });
  });

  describe('the question', () => {
    it('a recording that never ends: the limit of the question is ours, not the media server’s', async () => {
      const wire = await voices.open({ confirm: true }, [A]);
      voices.media.playMs = 86_400_000;
      await wire.call();
      await answered(wire);
      await wire.pass(20_500);
      expect(wire.trunk.summary).to.include('BYE');
      await nothingStays(wire, voices.media);
      expect(wire.whys).to.deep.equal(['not-confirmed']);
    });

    it('the caller’s CANCEL crosses the answer of the member: ACK, BYE, no endpoint, nobody else is called', async () => {
      const wire = await voices.open({ confirm: true });
      const invite = await wire.call();
      await wire.pass(100);
      await wire.reply(180);
      const asked = wire.invite();
      wire.caller.cancel(invite, ENGINE);
      wire.trunk.reply(asked, 200);
      await wire.pass(1_000);
      expect(statusesOf(wire).at(-1)).to.equal(487);
      expect(wire.trunk.summary.filter((one) => one === 'INVITE')).to.have.length(1);
      expect(wire.trunk.summary).to.include.members(['ACK', 'BYE']);
      expect(voices.media.open).to.equal(0);
      expect(wire.records).to.have.length(1);
      await nothingStays(wire, voices.media);
    });

    it('a recording that is not there is a decline, never a silent join', async () => {
      const wire = await voices.open({ confirm: true }, [A]);
      voices.media.missing = /press-1/;
      await wire.call();
      await answered(wire);
      expect(wire.trunk.summary).to.include('BYE');
      expect(statusesOf(wire)).to.not.include(200);
      await nothingStays(wire, voices.media);
      expect(wire.whys).to.deep.equal(['not-confirmed']);
    });

    it('every way out of it leads on within a second: another key, hanging up, a failed endpoint', async () => {
      const ways: readonly (readonly [how: string, leave: (wire: CallHarness) => void])[] = [
        ['another key', () => voices.media.made[0]?.user.onDigit('2')],
        ['hanging up', (wire) => wire.trunk.bye(wire.trunk.reply(wire.invite(), 200))],
        ['a failed endpoint', () => voices.media.made[0]?.vanish()],
      ];
      for (const [how, leave] of ways) {
        const wire = await voices.open({ confirm: true });
        await wire.call();
        await answered(wire);
        leave(wire);
        await wire.pass(1_000);
        const called = wire.trunk.received.filter(({ method }) => method === 'INVITE').map(({ callId }) => callId);
        expect(new Set(called).size, how).to.equal(2);
        await nothingStays(wire, voices.media);
        expect(wire.whys?.[0], how).to.equal('not-confirmed');
      }
    });

    it('who is held while he is asked, and offers a codec that cannot be: 488, and the question goes on (RFC 3261 §14.2)', async () => {
      const wire = await voices.open({ confirm: true }, [A]);
      voices.media.unusable = /RTP\/AVP 18/;
      await wire.call();
      await wire.pass(100);
      await wire.reply(180);
      const answer = await wire.reply(200);
      await wire.pass(100);
      wire.trunk.inDialog('INVITE', answer, { body: SDP.replace('RTP/AVP 8', 'RTP/AVP 18') });
      await wire.pass(100);
      expect(wire.trunk.response(488).cseq.method).to.equal('INVITE');
      expect(voices.media.made[0]?.described).to.equal(SDP);
      voices.media.made[0]?.user.onDigit('1');
      await wire.pass(100);
      await wire.reply(200);
      await wire.pass(100);
      expect(statusesOf(wire).at(-1)).to.equal(200);
      await nothingStays(wire, voices.media);
    });
  });
});
