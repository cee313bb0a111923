/**
 * Writes config/prompts: the recordings in Latvian and English, spoken by espeak-ng (Debian package espeak-ng), 8 kHz, mono, 16 bit, as
 * FreeSWITCH plays them. node lib/setup/write-prompts.mjs; they are committed, so that nobody needs it to run the service.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.mjs';

const TEXTS = {
  lv: {
    'group-call': 'Zvans jūsu grupai.',
    'press-1': 'Lai pieņemtu zvanu, nospiediet viens.',
    'standard-nobody-answered': 'Diemžēl neviens neatbild. Lūdzu, zvaniet vēlāk.',
    'standard-all-busy': 'Visi darbinieki ir aizņemti. Lūdzu, zvaniet vēlāk.',
    'standard-closed': 'Mēs šobrīd nestrādājam. Lūdzu, zvaniet vēlāk.',
    'standard-waiting': 'Lūdzu, uzgaidiet.',
  },
  en: {
    'group-call': 'A call for your group.',
    'press-1': 'To accept the call, press one.',
    'standard-nobody-answered': 'Sorry, nobody answers. Please call again later.',
    'standard-all-busy': 'Everybody is busy. Please call again later.',
    'standard-closed': 'We are closed now. Please call again later.',
    'standard-waiting': 'Please hold the line.',
  },
};
const VOICES = { lv: 'lv', en: 'en-gb' };
const RATE = 8000;

/** The samples of a wav file of 16 bit, mono. */
function samplesOf(wav) {
  const at = wav.indexOf('data') + 8;
  const rate = wav.readUInt32LE(24);
  const samples = new Int16Array((wav.length - at) >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = wav.readInt16LE(at + 2 * i);
  return { rate, samples };
}

/** Means of what falls into each new sample: plain, and good enough for a voice below 4 kHz. */
function resampled({ rate, samples }) {
  const ratio = rate / RATE;
  const found = new Int16Array(Math.floor(samples.length / ratio));
  for (let i = 0; i < found.length; i++) {
    const from = Math.floor(i * ratio);
    const to = Math.max(from + 1, Math.floor((i + 1) * ratio));
    let sum = 0;
    for (let at = from; at < to; at++) sum += samples[at] ?? 0;
    found[i] = Math.round(sum / (to - from));
  }
  return found;
}

function wavOf(samples) {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

for (const [language, texts] of Object.entries(TEXTS)) {
  const folder = join(ROOT, 'config/prompts', language);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(texts)) {
    const spoken = execFileSync('espeak-ng', ['-v', VOICES[language], '-s', '145', '--stdout', text]);
    writeFileSync(join(folder, `${name}.wav`), wavOf(resampled(samplesOf(spoken))));
  }
}
