import { expect } from 'chai';
import type { GroupVoices } from '../../lib/store/types.js';
import { OCTETS } from '../support/freeswitch-double/playing.js';
import { parseSdp } from '../support/freeswitch-double/sdp.js';
import type { CallSide } from './call-side.js';
import { eventually } from './media-side.js';
import { expectOneSession } from './one-session.js';
import { useCallSide } from './shared-side.js';

describe('Waiting sound, whisper and farewell (on a double of FreeSWITCH)', () => {
  const shared = useCallSide();
  let side: CallSide;

  const open = async (members: readonly string[], voices: GroupVoices): Promise<void> => {
    side = await shared.open(members, voices);
  };
  const openOwn = async (members: readonly string[], voices: GroupVoices, site: object = {}): Promise<void> => {
    side = await shared.openOwn(members, voices, {}, site);
  };
  const hears = (octet: number): Promise<void> =>
    side.caller.until('it hears us', () => side.caller.rtp.count(octet) > 3);
  const answers = async (name: string): Promise<void> => {
    await side.phone(name).rings();
    side.phone(name).answer();
    await side.answered();
  };
  /** The descriptions that the caller was given before and with the answer. */
  const told = (): string[] => [
    ...new Set(side.caller.received.filter((one) => !one.isRequest && one.body !== '').map(({ body }) => body)),
  ];

  describe('Waiting sound', () => {
    it('is one 183 for the whole chain: no 180 behind it, and the 200 has the same description', async () => {
      await open(['anna', 'bert'], { waiting: 'tone' });
      side.call();
      await hears(OCTETS.tone);
      await side.phone('anna').rings();
      side.phone('anna').reply(180);
      side.phone('anna').reply(183);
      side.phone('anna').reply(486);
      await answers('bert');
      const statuses = side.caller.statuses();
      expect(statuses.slice(statuses.indexOf(183))).to.not.include(180);
      expect(told().length).to.equal(1);
      await side.speak('bert');
      await eventually('they speak directly', () => side.double.channels.length === 0);
      expectOneSession(told()[0] ?? '', side.caller.requests('INVITE')[0]?.body ?? '');
      await side.speak('bert');
      side.caller.bye();
      expect(await side.record()).to.include({ status: 200, media: 'direct' });
      await side.nothingLeft();
    });

    it('a caller that refuses the re-INVITE goes on through the media server', async () => {
      await open(['anna'], { waiting: 'tone' });
      side.caller.refuses = 488;
      side.call();
      await hears(OCTETS.tone);
      await answers('anna');
      await side.caller.until('a re-INVITE', () => side.caller.requests('INVITE').length > 0);
      await eventually('the member is back', () => side.phone('anna').requests('INVITE').length === 3);
      await side.speak('anna');
      expect(side.double.channels.length).to.equal(2);
      side.phone('anna').bye();
      expect(await side.record()).to.include({ status: 200, media: 'through' });
      await side.nothingLeft();
    });

    it('of a member in silent early media nothing reaches the caller before the answer', async () => {
      await open(['anna'], { waiting: 'tone' });
      side.call();
      await hears(OCTETS.tone);
      const anna = side.phone('anna');
      const invite = await anna.rings();
      anna.rtp.follow(invite.body);
      anna.reply(183, anna.sdp);
      anna.rtp.speak(0xbe);
      const before = side.caller.rtp.count(OCTETS.tone);
      await side.caller.until('the sound goes on', () => side.caller.rtp.count(OCTETS.tone) > before + 5);
      expect(side.caller.rtp.count(0xbe)).to.equal(0);
      side.caller.cancel();
      expect((await side.record()).status).to.equal(487);
      await side.nothingLeft();
    });

    it('nobody answers: the sound stops, and the final response comes at once', async () => {
      await open(['anna'], { waiting: 'tone' });
      side.call();
      await hears(OCTETS.tone);
      await side.phone('anna').rings();
      side.phone('anna').reply(480);
      expect((await side.record()).status).to.equal(480);
      await side.nothingLeft();
    });

    it('a file is played again and again', async () => {
      await open(['anna'], { waiting: 'jingle' });
      side.double.files.set('/prompts/lv/jingle.wav', 60);
      side.call();
      await side.caller.until('more than once', () => side.caller.rtp.count(OCTETS.prompt) > 8);
      await side.phone('anna').rings();
      side.phone('anna').reply(180);
      side.caller.cancel();
      await side.record();
      await side.nothingLeft();
    });

    it('a sound that is not there is a coded line, and the tone instead', async () => {
      await open(['anna'], { waiting: 'nosuch' });
      side.call();
      await hears(OCTETS.tone);
      expect(side.media.lines.some(({ code }) => code === 'MEDIA_PROMPT_MISSING')).to.equal(true);
      await side.phone('anna').rings();
      side.phone('anna').reply(180);
      side.caller.cancel();
      await side.record();
      await side.nothingLeft();
    });

    it('with confirm: the sound goes on until 1, then both speak', async () => {
      await open(['anna'], { waiting: 'tone', confirm: true });
      side.call();
      await hears(OCTETS.tone);
      const anna = side.phone('anna');
      await anna.rings();
      anna.answer();
      await anna.until('the question', () => anna.rtp.count(OCTETS.prompt) > 0);
      const before = side.caller.rtp.count(OCTETS.tone);
      await side.caller.until('the sound goes on', () => side.caller.rtp.count(OCTETS.tone) > before + 3);
      anna.rtp.press('1');
      await side.answered();
      await side.speak('anna');
      side.caller.bye();
      expect(await side.record()).to.include({ status: 200, media: 'direct' });
      await side.nothingLeft();
    });

    it('FreeSWITCH killed while the caller waits: a 180, phones ring on, and who answers is heard', async () => {
      await openOwn(['anna'], { waiting: 'tone' });
      side.call();
      await hears(OCTETS.tone);
      await side.phone('anna').rings();
      await side.double.kill();
      await side.caller.until('180', () => side.caller.statuses().includes(180));
      side.phone('anna').answer();
      await side.answered();
      await side.speak('anna');
      expect(told().length).to.be.at.least(1);
      side.caller.bye();
      await side.record();
    });

    it('a trunk with earlyMedia 180: a bare 180, and nothing of us before the answer', async () => {
      await openOwn(['anna'], { waiting: 'tone' }, { trunks: [{ uri: 'sip:127.0.0.1:1', earlyMedia: '180' }] });
      side.call();
      await side.phone('anna').rings();
      side.phone('anna').reply(180);
      await side.caller.until('180', () => side.caller.statuses().includes(180));
      await answers('anna');
      expect(side.caller.statuses()).to.deep.equal([100, 180, 200]);
      expect(parseSdp(told()[0] ?? '')?.port).to.equal(side.phone('anna').rtp.port);
      side.caller.bye();
      await side.record();
    });
  });

  describe('Whisper', () => {
    it('the member hears the group’s name, and then they speak, without a key', async () => {
      await open(['anna'], { whisper: true, spoken: 'sales' });
      side.double.files.set('/prompts/lv/sales.wav', 300);
      side.call();
      const anna = side.phone('anna');
      await anna.rings();
      anna.answer();
      await anna.until('the name', () => anna.rtp.count(OCTETS.prompt) > 0);
      expect(side.caller.statuses()).to.not.include(200);
      await side.answered();
      await side.speak('anna');
      side.caller.bye();
      expect(await side.record()).to.include({ status: 200, media: 'direct' });
      await side.nothingLeft();
    });

    it('a media server that is killed while it whispers joins them at once', async () => {
      await openOwn(['anna'], { whisper: true });
      side.double.files.set('/prompts/lv/group-call.wav', 60_000);
      side.call();
      const anna = side.phone('anna');
      await anna.rings();
      anna.answer();
      await anna.until('the name', () => anna.rtp.count(OCTETS.prompt) > 0);
      await side.double.kill();
      await side.answered();
      await side.speak('anna');
      side.caller.bye();
      await side.record();
    });
  });

  describe('Farewell', () => {
    const CASES: readonly (readonly [kind: string, status: number, act: () => Promise<void>])[] = [
      [
        'nobody-answered',
        480,
        async () => {
          await side.phone('anna').rings();
          side.phone('anna').reply(480);
        },
      ],
      [
        'all-busy',
        486,
        async () => {
          await side.phone('anna').rings();
          side.phone('anna').reply(486);
        },
      ],
      ['closed', 480, async () => {}],
    ];
    for (const [kind, status, act] of CASES) {
      it(`${kind}: heard by early media, then the final response ${status}; never a 2xx`, async () => {
        await open(['anna'], { farewell: 'standard' });
        if (kind === 'closed') side.group = { ...side.group, enabled: false };
        side.call();
        await act();
        const record = await side.record();
        expect(record.status).to.equal(status);
        expect(record.refused).to.equal(kind === 'closed' ? 'disabled' : null);
        await side.caller.until('the final response', () => side.caller.statuses().at(-1) === status);
        expect(side.caller.statuses()).to.include(183).and.not.include(200);
        expect(side.caller.rtp.count(OCTETS.prompt)).to.be.within(5, 12);
        await side.nothingLeft();
      });
    }

    it('behind a waiting sound: the same description, the sound stops', async () => {
      await open(['anna'], { waiting: 'tone', farewell: 'standard' });
      side.call();
      await hears(OCTETS.tone);
      await side.phone('anna').rings();
      side.phone('anna').reply(486);
      expect((await side.record()).status).to.equal(486);
      expect(side.caller.rtp.count(OCTETS.prompt)).to.be.greaterThan(5);
      expect(told().length).to.equal(1);
      await side.nothingLeft();
    });

    it('the caller hangs up in it: 487, and no channel is left', async () => {
      await open(['anna'], { farewell: 'standard' });
      side.double.files.set('/prompts/lv/standard-all-busy.wav', 60_000);
      side.call();
      await side.phone('anna').rings();
      side.phone('anna').reply(486);
      await hears(OCTETS.prompt);
      side.caller.cancel();
      expect((await side.record()).status).to.equal(487);
      await side.nothingLeft();
    });

    it('a recording that is not there: the final response at once, and a coded line', async () => {
      await open(['anna'], { farewell: 'nosuch' });
      side.call();
      await side.phone('anna').rings();
      side.phone('anna').reply(486);
      expect((await side.record()).status).to.equal(486);
      expect(side.media.lines.some(({ code }) => code === 'MEDIA_PROMPT_MISSING')).to.equal(true);
      await side.nothingLeft();
    });

    it('FreeSWITCH killed in it: the final response at once', async () => {
      await openOwn(['anna'], { farewell: 'standard' });
      side.double.files.set('/prompts/lv/standard-all-busy.wav', 60_000);
      side.call();
      await side.phone('anna').rings();
      side.phone('anna').reply(486);
      await hears(OCTETS.prompt);
      await side.double.kill();
      expect((await side.record()).status).to.equal(486);
    });

    it('no codec that it knows: 488 of the media server, and the final response without words', async () => {
      await open(['anna'], { farewell: 'standard' });
      side.call({ body: side.caller.sdp.replace(/RTP\/AVP [\d ]+/, 'RTP/AVP 18') });
      await side.phone('anna').rings();
      side.phone('anna').reply(486);
      expect(await side.record()).to.include({ status: 486, media: 'refused' });
      expect(side.caller.statuses()).to.not.include(183);
      await side.nothingLeft();
    });
  });
});
