import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrachtioTarget } from './drachtio.js';
import { EngineTarget } from './engine.js';
import { createRandom, type Random } from './mutate.js';
import { ParserTarget } from './parser.js';
import type { Target } from './target.js';

/** Out of ten messages. */
const TARGETS: readonly { name: string; share: number; start(random: Random): Promise<Target> }[] = [
  { name: 'parser', share: 4, start: async (random) => new ParserTarget(random) },
  { name: 'transactions', share: 4, start: (random) => EngineTarget.start(random) },
  { name: 'drachtio', share: 2, start: (random) => DrachtioTarget.start(random) },
];

export interface Figures {
  readonly target: string;
  readonly messages: number;
  readonly accepted: number;
  readonly refused: number;
  readonly perSecond: number;
  readonly rssStart: number;
  readonly rssEnd: number;
}

const SETTLE_EVERY = 200;

/**
 * Runs every target with its share of the messages.
 * @param each called behind each target with its figures; resident memory in bytes
 */
export async function fuzz(messages: number, seed: number, each: (figures: Figures) => void = () => {}): Promise<void> {
  for (const { name, share, start } of TARGETS) {
    const target = await start(createRandom(seed));
    each(await play(name, target, Math.round((messages * share) / 10), seed));
  }
}

/**
 * Runs one target.
 * @throws Error that names seed, message and file, when the target threw or something was left over
 */
export async function play(name: string, target: Target, messages: number, seed: number): Promise<Figures> {
  const began = performance.now();
  const rssStart = process.memoryUsage.rss();
  let accepted = 0;
  for (let index = 0; index < messages; index++) {
    const message = target.next();
    try {
      if (target.take(message)) accepted++;
    } catch (error) {
      throw failure(name, seed, index, message, error);
    }
    if (index % SETTLE_EVERY === 0) await target.settle?.();
  }
  const complaints = (await target.finish?.()) ?? [];
  if (complaints.length > 0) throw new Error(`${name}, seed ${seed}: ${complaints.join('; ')}`);
  const seconds = (performance.now() - began) / 1000;
  const figures = { target: name, messages, accepted, refused: messages - accepted };
  return { ...figures, perSecond: messages / seconds, rssStart, rssEnd: process.memoryUsage.rss() };
}

function failure(name: string, seed: number, index: number, message: string, cause: unknown): Error {
  const file = join(mkdtempSync(join(tmpdir(), 'fuzz-')), `${name}-${seed}-${index}.bin`);
  writeFileSync(file, message, 'latin1');
  const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return new Error(`${name}, seed ${seed}, message ${index}, saved in ${file}: ${why}`, { cause });
}
