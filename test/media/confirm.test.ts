import { expect } from 'chai';
import type { GroupVoices } from '../../lib/store/types.js';
import { OCTETS } from '../support/freeswitch-double/playing.js';
import { parseSdp } from '../support/freeswitch-double/sdp.js';
import type { CallSide } from './call-side.js';
import { eventually } from './media-side.js';
import { expectOneSession } from './one-session.js';
import { useCallSide } from './shared-side.js';

describe('Press 1 to accept (on a double of FreeSWITCH)', () => {
  const shared = useCallSide();
  let side: CallSide;

  const open = async (members: readonly string[], voices: GroupVoices = { confirm: true }): Promise<void> => {
    side = await shared.open(members, voices);
  };
  const openOwn = async (members: readonly string[], media: object = {}): Promise<void> => {
    side = await shared.openOwn(members, { confirm: true }, media);
  };

  it('1 joins them: the caller hears ringing until then, and speech goes directly', async () => {
    await open(['anna']);
    side.call();
    await side.ask('anna');
    expect(side.caller.statuses()).to.deep.equal([100, 180]);
    side.phone('anna').rtp.press('1');
    await side.answered();
    const answer = side.caller.received.find((one) => one.status === 200);
    expect(parseSdp(answer?.body ?? '')?.port).to.equal(side.phone('anna').rtp.port);
    const [asked = '', direct = ''] = side
      .phone('anna')
      .requests('INVITE')
      .map(({ body }) => body);
    expect(parseSdp(direct)?.port).to.equal(side.caller.rtp.port);
    expectOneSession(asked, direct);
    await side.speak('anna');
    await eventually('no channel is between them', () => side.double.channels.length === 0);
    side.caller.bye();
    const record = await side.record();
    expect(record).to.include({ status: 200, media: 'direct', released: 'caller' });
    expect(record.attempts.map(({ why }) => why)).to.deep.equal(['answered']);
    await side.nothingLeft();
  });

  it('a member that refuses the re-INVITE is joined through the media server', async () => {
    await open(['anna']);
    side.call();
    side.phone('anna').refuses = 488;
    await side.join('anna');
    await side.speak('anna');
    expect(side.double.channels.length).to.equal(2);
    side.phone('anna').bye();
    expect(await side.record()).to.include({ status: 200, media: 'through', released: 'callee' });
    await side.nothingLeft();
  });

  const KEYS: readonly (readonly [how: string, press: (name: string) => void])[] = [
    ['RFC 4733', (name) => side.phone(name).rtp.press('1')],
    ['RFC 4733, end packets only', (name) => side.phone(name).rtp.press('1', { endsOnly: true })],
    ['INFO, application/dtmf-relay', (name) => side.phone(name).info('Signal=1\r\nDuration=160\r\n')],
    ['INFO, application/dtmf', (name) => side.phone(name).info('1', 'application/dtmf')],
    [
      'INFO and RFC 4733: one press seen twice is one decision',
      (name) => {
        side.phone(name).info('Signal=1\r\n');
        side.phone(name).rtp.press('1');
      },
    ],
  ];
  for (const [how, press] of KEYS) {
    it(`the key by ${how}`, async () => {
      await open(['anna']);
      side.call();
      await side.ask('anna');
      press('anna');
      await side.answered();
      side.caller.bye();
      expect((await side.record()).attempts[0]?.why).to.equal('answered');
      await side.nothingLeft();
    });
  }

  const DECLINES: readonly (readonly [how: string, act: (name: string) => void])[] = [
    ['another key', (name) => side.phone(name).rtp.press('5')],
    ['hanging up', (name) => side.phone(name).bye()],
    ['silence, as of a voicemail', () => {}],
  ];
  for (const [how, act] of DECLINES) {
    it(`${how} is not-confirmed, and the next member rings`, async () => {
      await open(['anna', 'bert']);
      if (how.startsWith('silence')) side.limits.confirmMs = 500;
      side.call();
      await side.ask('anna');
      act('anna');
      side.limits.confirmMs = 20_000;
      await side.join('bert');
      expect(side.caller.statuses()).to.deep.equal([100, 180, 200]);
      if (how !== 'hanging up') expect(side.phone('anna').requests('BYE').length).to.equal(1);
      side.caller.bye();
      const record = await side.record();
      expect(record.attempts.map(({ why }) => why)).to.deep.equal(['not-confirmed', 'answered']);
      expect(record.by).to.equal(side.phone('bert').uri);
      await side.nothingLeft();
    });
  }

  it('nobody confirms: one final response, 480, and each answer of a machine is not-confirmed', async () => {
    await open(['anna', 'bert']);
    side.call();
    await side.ask('anna');
    side.phone('anna').rtp.press('9');
    await side.ask('bert');
    side.phone('bert').rtp.press('9');
    const record = await side.record();
    expect(record).to.include({ status: 480, by: null });
    expect(record.attempts.map(({ why }) => why)).to.deep.equal(['not-confirmed', 'not-confirmed']);
    await side.nothingLeft();
  });

  it('the caller leaves in the question: BYE to the member, no further INVITE, one record', async () => {
    await open(['anna', 'bert']);
    side.call();
    await side.ask('anna');
    side.caller.cancel();
    side.phone('anna').rtp.press('1'); // in flight
    const record = await side.record();
    expect(record.status).to.equal(487);
    expect(record.attempts.map(({ why }) => why)).to.deep.equal(['caller-left', 'not-needed']);
    await side.phone('anna').until('BYE', () => side.phone('anna').requests('BYE').length === 1);
    expect(side.phone('bert').received).to.deep.equal([]);
    await side.nothingLeft();
    expect(side.records.length).to.equal(1);
  });

  it('the question is asked again until the limit, in the language of the group', async () => {
    await open(['anna'], { confirm: true, language: 'en' });
    Object.assign(side.limits, { confirmMs: 1000, repeatMs: 20 });
    for (const name of ['press-1', 'group-call']) side.double.files.set(`/prompts/en/${name}.wav`, 50);
    side.call();
    await side.ask('anna');
    await eventually('it was asked again', () => side.phone('anna').rtp.count(OCTETS.prompt) > 8);
    const record = await side.record();
    expect(record.attempts[0]?.why).to.equal('not-confirmed');
    await side.nothingLeft();
  });

  it('a group’s own recording of its name that is not there is replaced by the usual words', async () => {
    await open(['anna'], { confirm: true, spoken: 'nosuch' });
    side.call();
    await side.join('anna');
    side.caller.bye();
    expect((await side.record()).attempts[0]?.why).to.equal('answered');
    expect(side.media.lines.some(({ code }) => code === 'MEDIA_PROMPT_MISSING')).to.equal(true);
  });

  it('a member whose telephone-event has another payload type: each sends what the other one describes (RFC 4733 §2.5.1.1)', async () => {
    await open(['anna']);
    side.phone('anna').rtp.ownEvents = 96;
    side.call();
    await side.join('anna');
    const digits: string[] = [];
    side.phone('anna').rtp.onDigit = (digit) => digits.push(digit);
    side.caller.rtp.press('3');
    await eventually('the caller’s key comes', () => digits.length === 1);
    side.caller.bye();
    await side.record();
    await side.nothingLeft();
  });

  it('a key in the instant of the direct join is neither lost nor doubled, nor heard as speech', async () => {
    await open(['anna']);
    const [anna, { caller }] = [side.phone('anna'), side];
    const digits: string[] = [];
    caller.rtp.onDigit = (digit) => digits.push(digit);
    anna.hesitates = true;
    side.call();
    await side.ask('anna');
    anna.rtp.press('1');
    await anna.until('the re-INVITE', () => anna.requests('INVITE').length === 2);
    // Still to the media server, while the caller hears ringing: they answer the question again.
    anna.rtp.press('1');
    anna.info('Signal=1\r\n');
    await anna.until('200', () => anna.received.some(({ cseq, status }) => cseq.method === 'INFO' && status === 200));
    anna.agree();
    anna.rtp.press('7');
    await side.answered();
    await side.speak('anna');
    expect(digits).to.deep.equal(['7']);
    expect([...caller.rtp.heard.keys()]).to.deep.equal([0xbe]);
    expect(caller.requests('INFO')).to.deep.equal([]);
    anna.info('Signal=4\r\n');
    await caller.until('the key', () => caller.requests('INFO').length > 0);
    expect(caller.requests('INFO').map(({ body }) => body)).to.deep.equal(['Signal=4\r\n']);
    expect(caller.statuses()).to.deep.equal([100, 180, 200]);
    caller.bye();
    expect((await side.record()).attempts.map(({ why }) => why)).to.deep.equal(['answered']);
    await side.nothingLeft();
  });

  it('hold, resume and refresh of the member while he is asked are answered 200', async () => {
    await open(['anna']);
    side.call();
    await side.ask('anna');
    const anna = side.phone('anna');
    anna.reinvite(anna.sdp.replace('a=ptime', 'a=sendonly\r\na=ptime'));
    const finals = (): number[] => anna.statuses().filter((status) => status >= 200);
    await anna.until('200', () => finals().length === 1);
    anna.reinvite();
    await anna.until('200 again', () => finals().length === 2);
    expect(finals()).to.deep.equal([200, 200]);
    anna.rtp.press('1');
    await side.answered();
    await side.speak('anna');
    side.caller.bye();
    await side.record();
    await side.nothingLeft();
  });

  for (const [onFailure, why] of [
    ['decline', 'not-confirmed'],
    ['accept', 'answered'],
  ] as const) {
    it(`FreeSWITCH killed in the question: ${why} where media.onFailure is ${onFailure}`, async () => {
      await openOwn(['anna'], { onFailure });
      side.call();
      await side.ask('anna');
      await side.double.kill();
      if (onFailure === 'accept') {
        await side.answered();
        await side.speak('anna');
        side.caller.bye();
      }
      expect((await side.record()).attempts[0]?.why).to.equal(why);
      await side.nothingLeft();
    });
  }

  it('FreeSWITCH killed while a phone rings: ringing goes on', async () => {
    await openOwn(['anna', 'bert']);
    side.call();
    await side.phone('anna').rings();
    side.phone('anna').reply(180);
    await side.caller.until('180', () => side.caller.statuses().includes(180));
    await side.double.kill();
    await eventually('it is noticed', () => !side.media.pool.isUp);
    await side.double.start();
    await eventually('the server is back', () => side.media.pool.isUp);
    side.phone('anna').reply(486);
    await side.join('bert');
    side.caller.bye();
    expect((await side.record()).attempts.map(({ why }) => why)).to.deep.equal(['busy', 'answered']);
    await side.nothingLeft();
  });

  it('no media server is up: the call goes on as without, counted and said in the record', async () => {
    await openOwn(['anna']);
    await side.double.kill();
    await eventually('it is noticed', () => !side.media.pool.isUp);
    side.call();
    const invite = await side.phone('anna').rings();
    expect(parseSdp(invite.body)?.port).to.equal(side.caller.rtp.port);
    side.phone('anna').answer();
    await side.answered();
    side.caller.bye();
    expect(await side.record()).to.include({ status: 200, media: 'none-up' });
    expect(side.media.counts.get('calls_without_media_total none-up')).to.equal(1);
  });

  for (const [what, change, media] of [
    ['SRTP', (sdp: string) => sdp.replace('RTP/AVP', 'RTP/SAVP'), 'no-plain-audio'],
    ['ICE', (sdp: string) => `${sdp}a=ice-ufrag:x\r\na=ice-pwd:y\r\n`, 'ice'],
  ] as const) {
    it(`an offer with ${what} goes on without media, and the record says so`, async () => {
      await open(['anna']);
      side.call({ body: change(side.caller.sdp) });
      await side.phone('anna').rings();
      side.phone('anna').answer();
      await side.answered();
      side.caller.bye();
      expect(await side.record()).to.include({ status: 200, media });
    });
  }

  it('a media server that is full for this call: 503, and the member is called as without', async () => {
    await openOwn(['anna']);
    side.double.faults.inviteStatus = 503;
    side.call();
    await side.phone('anna').rings();
    side.phone('anna').answer();
    await side.answered();
    side.caller.bye();
    expect(await side.record()).to.include({ status: 200, media: 'busy' });
  });
});
