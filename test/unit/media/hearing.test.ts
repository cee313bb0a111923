import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { muLawOf, OCTETS, sineOf, soundIn } from '../../support/hearing.js';

const PCMU = 0;
const PCMA = 8;
const PACKET = 160;
const WAV_HEADER = 44;

/** A recording as packets of 20 ms. */
function packetsOf(file: string): Buffer[] {
  const bytes = readFileSync(file).subarray(WAV_HEADER);
  const samples = Array.from({ length: bytes.length >> 1 }, (_, at) => bytes.readInt16LE(2 * at));
  const whole = Math.floor(samples.length / PACKET);
  return Array.from({ length: whole }, (_, at) => muLawOf(samples.slice(at * PACKET, (at + 1) * PACKET)));
}

describe('What the phones of tests hear', () => {
  it('a packet that is full of one octet is that octet', () => {
    expect(soundIn(Buffer.alloc(PACKET, 0xca), PCMU)).to.equal(0xca);
  });

  it('425 Hz is the tone, whatever its phase; another frequency is not', () => {
    const long = sineOf(425, 10 * PACKET);
    for (let at = 0; at < 9 * PACKET; at += 37)
      expect(soundIn(long.subarray(at, at + PACKET), PCMU)).to.equal(OCTETS.tone);
    for (const hertz of [300, 1000, 2000]) expect(soundIn(sineOf(hertz, PACKET), PCMU)).to.equal(OCTETS.prompt);
  });

  it('PCMA is read as PCMA (ITU-T G.711)', () => {
    // 0xD5 and 0x55 are the least of both signs, 0xAA and 0x2A the most.
    const swing = (high: number, low: number): Buffer =>
      Buffer.from(Array.from({ length: PACKET }, (_, at) => (at % 8 < 4 ? high : low)));
    expect(soundIn(swing(0xd5, 0x55), PCMA)).to.equal(OCTETS.silence);
    expect(soundIn(swing(0xaa, 0x2a), PCMA)).to.equal(OCTETS.prompt);
  });

  it('every shipped recording is heard as speech, and never as the tone', () => {
    for (const language of ['lv', 'en'])
      for (const name of readdirSync(`config/prompts/${language}`)) {
        const heard = packetsOf(`config/prompts/${language}/${name}`).map((packet) => soundIn(packet, PCMU));
        const share = (sound: number): number => heard.filter((one) => one === sound).length / heard.length;
        expect(share(OCTETS.prompt), name).to.be.greaterThan(0.5);
        expect(share(OCTETS.tone), name).to.be.lessThan(0.02);
      }
  });
});
