import { expect } from 'chai';
import type { GroupVoices } from '../../lib/store/types.js';
import { OCTETS } from '../support/freeswitch-double/playing.js';
import { RtpPort } from '../support/freeswitch-double/rtp.js';
import type { CallSide } from './call-side.js';
import { eventually } from './media-side.js';
import { useCallSide } from './shared-side.js';

describe('What a call with voices may meet, and stays unharmed (on a double of FreeSWITCH)', () => {
  const shared = useCallSide();
  let side: CallSide;

  const open = async (members: readonly string[], voices: GroupVoices = { confirm: true }): Promise<void> => {
    side = await shared.open(members, voices);
  };
  const openOwn = async (members: readonly string[], media: object = {}): Promise<void> => {
    side = await shared.openOwn(members, { confirm: true }, media);
  };

  it('a recording that is not there is a coded line and a decline, never a silent join', async () => {
    await open(['anna'], { confirm: true, language: 'xx' });
    side.call();
    await side.phone('anna').rings();
    side.phone('anna').answer();
    expect((await side.record()).attempts[0]?.why).to.equal('not-confirmed');
    expect(side.media.lines.some(({ code }) => code === 'MEDIA_PROMPT_MISSING')).to.equal(true);
    await side.nothingLeft();
  });

  it('a media server that answers nothing: a coded line, and the member is called as without', async () => {
    await openOwn(['anna'], { timeoutMs: 300 });
    side.double.faults.silent = true;
    side.call();
    await side.phone('anna').rings();
    side.phone('anna').answer();
    await side.speak('anna');
    side.caller.bye();
    expect(await side.record()).to.include({ status: 200, media: 'timeout' });
    expect(side.media.lines.some(({ code, why }) => code === 'MEDIA_FAILED' && why === 'timeout')).to.equal(true);
    await eventually('no endpoint is open', () => side.media.pool.endpoints === 0);
  });

  it('a media server whose password is another one now: a coded line, and the member is called as without', async () => {
    await openOwn(['anna']);
    await side.double.kill();
    side.double.password = 'another';
    await side.double.start();
    await eventually('it is said', () => side.media.lines.some(({ reason }) => reason === 'password: refused'));
    side.call();
    await side.phone('anna').rings();
    side.phone('anna').answer();
    await side.speak('anna');
    side.caller.bye();
    expect(await side.record()).to.include({ status: 200, media: 'none-up' });
  });

  it('keys before the answer and keys of another leg are no answer, and of a thousand the first counts', async () => {
    await open(['anna', 'bert'], { confirm: true, waiting: 'tone' });
    side.call();
    const [anna, { caller }] = [side.phone('anna'), side];
    await caller.until('it hears the tone', () => caller.rtp.count(OCTETS.tone) > 0);
    anna.rtp.follow((await anna.rings()).body);
    anna.rtp.press('1');
    await side.ask('anna');
    const [callers, members] = side.double.channels;
    for (let press = 0; press < 10; press++) caller.rtp.press('1');
    caller.info('Signal=1\r\n');
    await eventually('they came', () => callers?.digits.length === 10);
    await caller.until('an answer', () => caller.received.some(({ cseq }) => cseq.method === 'INFO'));
    expect(members?.digits).to.deep.equal([]);
    expect(caller.statuses()).to.deep.equal([100, 183]);
    for (let press = 0; press < 1000; press++) anna.rtp.press('7', { endsOnly: true });
    await side.join('bert');
    await side.speak('bert');
    caller.bye();
    expect((await side.record()).attempts.map(({ why }) => why)).to.deep.equal(['not-confirmed', 'answered']);
    expect(caller.statuses()).to.deep.equal([100, 183, 200]);
    await side.nothingLeft();
  });

  // The double does what it was made to do: a real FreeSWITCH with disable-rtp-auto-adjust was not tried with this.
  for (const through of [false, true]) {
    const way = through ? 'joined through the media server' : 'joined directly';
    it(`RTP of a stranger at the port of the question, ${way}: his keys do not count, he is not heard`, async () => {
      await open(['anna']);
      if (through) side.phone('anna').refuses = 488;
      side.call();
      await side.ask('anna');
      const stranger = await RtpPort.open();
      const [channel] = side.double.channels;
      stranger.follow(channel?.localSdp ?? '');
      for (const key of ['5', '1']) stranger.press(key);
      stranger.speak(0x5a);
      await eventually('it came', () => (channel?.rtp.strange ?? 0) > 12);
      expect(channel?.digits).to.deep.equal([]);
      expect(side.caller.statuses()).to.deep.equal([100, 180]);
      side.phone('anna').rtp.press('1');
      await side.answered();
      await side.speak('anna');
      stranger.close();
      expect(side.caller.rtp.count(0x5a) + side.phone('anna').rtp.count(0x5a)).to.equal(0);
      side.caller.bye();
      expect(await side.record()).to.include({ status: 200, media: through ? 'through' : 'direct' });
      await side.nothingLeft();
    });
  }
});
