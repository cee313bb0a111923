/** A register on a Redis of the test's own, and the command on the same one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Said, virkne } from './command.js';
import { CONSENT } from './consent.js';
import type { TestRedis } from './redis.js';

/** On a busy machine no question is to fail for being slow. */
export const PATIENT = { gateMs: 1_000 };

export interface Place {
  /** Writes a file, and names it. */
  file(name: string, text: string): string;
  command(...args: string[]): Promise<Said>;
  /** The command where there is no Redis. */
  away(...args: string[]): Promise<Said>;
  /** Who asked what, the last one first. */
  asked(sid: string): Promise<{ use: string; purpose: string; channel: string; verdict: string }[]>;
  remove(): void;
}

export function placeOf(redis: Pick<TestRedis, 'url' | 'client'>): Place {
  const directory = mkdtempSync(join(tmpdir(), 'virkne-uses-'));
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const config = file('virkne.json', JSON.stringify({ consent: { ...CONSENT, ...PATIENT } }));
  return {
    file,
    command: (...args) => virkne({ REDIS_URL: redis.url, VIRKNE_CONFIG: config }, ...args),
    away: (...args) => virkne({ REDIS_URL: 'redis://127.0.0.1:1', VIRKNE_CONFIG: config }, ...args),
    asked: async (sid) => (await redis.client.lrange(`consent:{${sid}}:asked`, 0, -1)).map((text) => JSON.parse(text)),
    remove: () => rmSync(directory, { recursive: true }),
  };
}
