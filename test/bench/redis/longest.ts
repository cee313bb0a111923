/**
 * How long each function holds Redis up: the longest of so many tries, and the median. It is the processor time of its main thread, with
 * reading the command and writing the answer: what else the machine does is not in it.
 */
import type { Redis } from 'ioredis';
import { documentOf } from '../../../lib/store/records/fields.js';
import { maskedDocument } from '../../../lib/store/records/masked.js';
import { recordOf } from '../../support/store.js';
import { median } from '../statistics.js';
import { PILOT } from './fill.js';

export interface Held {
  readonly name: string;
  /** Microseconds of Redis's main thread. */
  readonly median: number;
  readonly longest: number;
}

type Line = readonly (string | number)[];

/** The oldest records, as many as may be masked at once: those of the try before are gone. */
async function maskOldest(redis: Redis): Promise<Line> {
  const oldest = await redis.xrange('records', '-', '+', 'COUNT', 20);
  return ['record_mask', 1, 'records', ...oldest.flatMap(([id, flat]) => [id, maskedDocument(flat, 0)])];
}

let made = 0;

/** So many as the service sends at once; no call comes twice. */
const newRecords = (): string[] => Array.from({ length: 50 }, () => documentOf(recordOf(`new-${made++}`)));

/** In doubt, and not in the page of the stream that is looked through. */
const inDoubt = async (): Promise<Line> => ['record_replay', 1, 'records', `sender-${made}`, '', '0', ...newRecords()];

const replayed = async (): Promise<Line> => {
  const [call, since] = [`turn-${made++}`, '0'];
  return ['hunt_replay', 1, `hunt:{${PILOT}}`, call, '+37120000001', Date.now(), since, '', 'node:token'];
};

/** Each as dear as it can be asked for. */
export const LINES: readonly (Line | ((redis: Redis) => Promise<Line>))[] = [
  ['hunt_calls', 1, 'records', 'pilot', PILOT, 100],
  ['hunt_calls', 1, 'records', 'member', '+37120000010', 100],
  ['hunt_calls', 1, 'records', 'caller', '+37120000010', 100],
  ['hunt_calls', 1, 'records', 'call', 'call-10'],
  ['hunt_live', 1, 'records', '0', 500],
  ['hunt_list', 0, '0', 1000],
  ['hunt_audit', 1, `hunt:{${PILOT}}`, 200],
  ['hunt_export', 1, `hunt:{${PILOT}}`],
  ['hunt_check', 1, `hunt:{${PILOT}}`],
  ['hunt_next', 1, `hunt:{${PILOT}}`],
  ['record_check', 1, 'records', '-', 100],
  async () => ['record_add', 1, 'records', 'sender', '', ...newRecords()],
  inDoubt,
  async () => ['record_estimate', 1, 'records', ...newRecords()],
  ['record_known', 1, 'records', ...Array.from({ length: 500 }, (_, i) => `call-${i}`)],
  async () => ['hunt_turn_json', 1, `hunt:{${PILOT}}`, `turn-${made++}`, '', 'node:token'],
  replayed,
  ['node_alive', 1, 'records', 'node:token'],
  ['live_update', 1, 'records', 'node-0', 0],
  ['audit_sweep', 1, `hunt:{${PILOT}}`, 0],
  ['group_forget', 1, `hunt:{${PILOT}}`, '+37120000001', 'audit'],
  ['group_forget', 1, `hunt:{${PILOT}}`, '+37120000001', 'turns'],
  maskOldest,
  ['record_sweep', 1, 'records', 0, 50],
];

/** Microseconds so far. */
async function cpuOf(redis: Redis): Promise<number> {
  const told = (await redis.info('cpu')).matchAll(/used_cpu_(?:sys|user)_main_thread:(\S+)/g);
  return [...told].reduce((sum, [, seconds]) => sum + Number(seconds) * 1e6, 0);
}

/** What asking for it costs by itself. */
async function askingCosts(redis: Redis): Promise<number> {
  const costs: number[] = [];
  for (let i = 0; i < 21; i++) costs.push(-(await cpuOf(redis)) + (await cpuOf(redis)));
  return median(costs);
}

export async function longest(redis: Redis, tries: number): Promise<Held[]> {
  const asking = await askingCosts(redis);
  const held: Held[] = [];
  for (const line of LINES) {
    const took: number[] = [];
    let label = '';
    for (let i = 0; i < tries; i++) {
      const [name = '', ...args] = typeof line === 'function' ? await line(redis) : line;
      label = `${name} ${args.slice(1, typeof line === 'function' ? 2 : 4).join(' ')}`.slice(0, 48).trim();
      const before = await cpuOf(redis);
      await redis.call('FCALL', String(name), ...args);
      took.push(Math.max(1, Math.round((await cpuOf(redis)) - before - asking)));
    }
    held.push({ name: label, median: median(took), longest: Math.max(...took) });
  }
  return held;
}

export const asMarkdown = (held: readonly Held[]): string =>
  [
    '| function | µs, median | longest |',
    '| --- | ---: | ---: |',
    ...held.map(({ name, median, longest: most }) => `| ${name} | ${median} | ${most} |`),
  ].join('\n');
