/** What a channel plays. A second play runs inside the first, which then goes on. */
import { existsSync, statSync } from 'node:fs';
import { OCTETS, sineOf } from '../hearing.js';

export { OCTETS };

export interface Sound {
  readonly octet: number;
  /** Infinity: until it is broken off. */
  readonly ms: number;
}

const SAMPLES = 160;
const HERTZ: Readonly<Record<number, number>> = { [OCTETS.prompt]: 1000, [OCTETS.tone]: 425, [OCTETS.music]: 700 };

/** Real sound instead of packets that are full of one octet, as a FreeSWITCH sends it. */
export function audible(octet: number): Buffer {
  const hertz = HERTZ[octet];
  return hertz === undefined ? Buffer.alloc(SAMPLES, octet) : sineOf(hertz, SAMPLES);
}

const WAV_HEADER = 44;
const BYTES_PER_MS = 16;

/** Undefined: `File Not Found`. Files that exist play as long as they are; `known` adds some by name, and says how long a silence takes. */
export function soundOf(file: string, known: ReadonlyMap<string, number>): Sound | undefined {
  const listed = known.get(file);
  if (listed !== undefined)
    return { octet: file.startsWith('silence_stream://') ? OCTETS.silence : OCTETS.prompt, ms: listed };
  if (file.startsWith('tone_stream://')) return { octet: OCTETS.tone, ms: toneMs(file) };
  if (file.startsWith('local_stream://')) return { octet: OCTETS.music, ms: Number.POSITIVE_INFINITY };
  const silence = /^silence_stream:\/\/(-?\d+)/.exec(file)?.[1];
  if (silence === '0') return undefined;
  if (silence !== undefined)
    return { octet: OCTETS.silence, ms: silence === '-1' ? Number.POSITIVE_INFINITY : Number(silence) };
  if (file.includes('://') || !file.endsWith('.wav') || !existsSync(file)) return undefined;
  return { octet: OCTETS.prompt, ms: (statSync(file).size - WAV_HEADER) / BYTES_PER_MS };
}

/** `%(on,off,frequencies)`, as often as `loops` says. */
function toneMs(file: string): number {
  const [, on = '400', off = '0'] = /%\((\d+),(\d+)/.exec(file) ?? [];
  const loops = Number(/loops=(-?\d+)/.exec(file)?.[1] ?? 1);
  return loops < 0 ? Number.POSITIVE_INFINITY : loops * (Number(on) + Number(off));
}

export interface Play {
  readonly files: readonly string[];
  readonly sounds: readonly Sound[];
  /** Milliseconds left of the one that plays. */
  left: number;
  at: number;
  timer: NodeJS.Timeout | undefined;
  began: number;
  /** @param response FILE PLAYED or PLAYBACK ERROR */
  ended(response: string, status: 'done' | 'break'): void;
}

/** What is told of a play that has ended. */
export const played = (ms: number): Record<string, string> => ({
  variable_playback_seconds: String(Math.floor(ms / 1000)),
  variable_playback_ms: String(Math.round(ms)),
  variable_playback_last_offset_pos: String(Math.round(ms * 8)),
});
