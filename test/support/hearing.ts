/** What a packet of G.711 sounds like, so that a phone can tell what it hears: from a double, and from a media server that plays real sound. */

/** What packets of a double are filled with; real sound counts as what it is most like. */
export const OCTETS = { prompt: 0x11, tone: 0x22, music: 0x33, silence: 0xff } as const;

const PCMA = 8;
const SAMPLE_RATE = 8000;
/** Of the waiting tone. */
const RINGBACK_HZ = 425;
/** Root mean square of what nobody hears, of 32,768. */
const FAINT = 150;
/** Share of the power that one frequency has in a pure tone; in speech it has a small part of that. */
const PURE = 0.5;

/** The octet of a packet that is full of one; real sound: one of {@link OCTETS}. */
export function soundIn(payload: Buffer, type: number): number {
  const first = payload[0] ?? OCTETS.silence;
  if (payload.every((octet) => octet === first)) return first;
  const samples = Array.from(payload, type === PCMA ? fromALaw : fromMuLaw);
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  if (Math.sqrt(power) < FAINT) return OCTETS.silence;
  return powerAt(RINGBACK_HZ, samples) / power > PURE ? OCTETS.tone : OCTETS.prompt;
}

/** That frequency in PCMU. */
export const sineOf = (hertz: number, samples: number): Buffer =>
  muLawOf(Array.from({ length: samples }, (_, at) => 8000 * Math.sin((2 * Math.PI * hertz * at) / SAMPLE_RATE)));

/** Samples of 16 bits in PCMU. */
export const muLawOf = (samples: readonly number[]): Buffer => Buffer.from(samples.map(toMuLaw));

/** By Goertzel's algorithm: the mean power of one frequency. */
function powerAt(hertz: number, samples: readonly number[]): number {
  const turn = 2 * Math.cos((2 * Math.PI * hertz) / SAMPLE_RATE);
  let [one, two] = [0, 0];
  for (const sample of samples) [one, two] = [sample + turn * one - two, one];
  return (2 * (one * one + two * two - turn * one * two)) / samples.length ** 2;
}

const BIAS = 0x84;

/** ITU-T G.711. */
function fromMuLaw(octet: number): number {
  const code = ~octet & 0xff;
  const size = ((((code & 0x0f) << 3) + BIAS) << ((code >> 4) & 7)) - BIAS;
  return (code & 0x80) !== 0 ? -size : size;
}

function fromALaw(octet: number): number {
  const code = octet ^ 0x55;
  const step = ((code & 0x0f) << 4) + 8;
  const segment = (code >> 4) & 7;
  const size = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return (code & 0x80) !== 0 ? size : -size;
}

function toMuLaw(sample: number): number {
  const size = Math.min(Math.round(Math.abs(sample)), 32_635) + BIAS;
  const segment = Math.floor(Math.log2(size)) - 7;
  const code = (sample < 0 ? 0x80 : 0) | (segment << 4) | ((size >> (segment + 3)) & 0x0f);
  return ~code & 0xff;
}
