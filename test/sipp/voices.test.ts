/** Voices towards SIPp, which we did not write: its SIP, its keys, and its RTP, which it echoes. The media server is a double of FreeSWITCH. */
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { eventually } from '../media/media-side.js';
import { Phone } from '../media/phone.js';
import { FreeSwitchDouble } from '../support/freeswitch-double/double.js';
import { OCTETS } from '../support/freeswitch-double/playing.js';
import { storyOf, useService } from './service-harness.js';

const ECHOES = ['-rtp_echo'];
const KEY = '/usr/share/sip-tester/dtmf_2833_1.pcap';

describe('voices towards SIPp, frames counted in both directions (on a double of FreeSWITCH)', function () {
  this.timeout(20_000);
  const env: Record<string, string> = {};
  let double: FreeSwitchDouble;
  const phones: Phone[] = [];
  before(async () => {
    double = await new FreeSwitchDouble().start();
    env.MEDIA_URL = double.url;
  });
  const harness = useService({ env });
  beforeEach(async () => {
    const { service } = harness;
    await eventually('the media server is up', () => service.log.some((line) => line.includes('media server is up')));
  });
  afterEach(async () => {
    for (const phone of phones.splice(0)) phone.close();
    await eventually('no channel is left', () => double.channels.length === 0);
  });
  after(() => double.kill());

  const phone = async (name: string): Promise<Phone> => {
    const made = await Phone.open(name);
    phones.push(made);
    return made;
  };

  for (const [scenario, how] of [
    ['answer-presses-1', 'INFO'],
    ['answer-presses-1-rfc4733', 'RFC 4733'],
  ] as const) {
    it(`a SIPp member presses 1 by ${how}, and speech goes directly both ways`, async function () {
      if (how === 'RFC 4733' && (process.getuid?.() !== 0 || !existsSync(KEY))) this.skip();
      const member = await harness.member(scenario, { pause: 400, args: ECHOES });
      const pilot = await harness.group([member], { confirm: 'yes', ring: '3' });
      const caller = await phone('caller');
      caller.call(pilot, Number(harness.service.sip.split(':').at(-1)));
      await caller.until('the answer', () => caller.statuses().includes(200));
      caller.rtp.speak(0xca);
      await caller.until('it hears what the member sends back', () => caller.rtp.count(0xca) > 25);
      expect(double.channels).to.deep.equal([]);
      caller.bye();
      expect((await member.exited).code).to.equal(0);
      const record = await harness.record(pilot);
      expect(storyOf(record)).to.deep.include({ status: '200', whys: ['answered'] });
      expect(record.fields.media).to.equal('direct');
    });
  }

  it('a SIPp caller hears the waiting sound, has one description in 183 and 200, and speaks directly with who answers', async () => {
    const member = await phone('anna');
    const pilot = await harness.group([member.uri], { waiting: 'tone', ring: '3' });
    const caller = await harness.call(pilot, 'caller-waits-by-early-media', { pause: 800, args: ECHOES });
    await member.rings();
    const heard = (): number => double.channels.reduce((sum, { rtp }) => sum + rtp.count(OCTETS.tone), 0);
    await eventually('the caller hears the tone, and sends it back', () => heard() > 5);
    member.answer();
    member.rtp.speak(0xbe);
    await member.until('it hears what the caller sends back', () => member.rtp.count(0xbe) > 25);
    await eventually('they speak directly', () => double.channels.length === 0);
    expect((await caller.exited).code).to.equal(0);
    expect((await harness.record(pilot)).fields.media).to.equal('direct');
  });
});
