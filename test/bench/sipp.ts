/** SIPp as the callers and the members. */
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../support/sipp.js';
import { type Children, hasEnded } from './children.js';
import { ascending } from './statistics.js';

export const SCENARIOS = fileURLToPath(new URL('../../../test/bench/scenarios/', import.meta.url));
export const HOST = '127.0.0.1';
const UP_WITHIN_MS = 5_000;
const SOCKET_BUFFER = '4194304';
const COMMON = ['-i', HOST, '-nostdin', '-timer_resol', '1', '-buff_size', SOCKET_BUFFER, '-trace_stat', '-fd', '1'];

interface Counts {
  readonly created: number;
  readonly ok: number;
  readonly failed: number;
  readonly retransmissions: number;
}

export interface Calls {
  /** Where the calls go: a UDP port of 127.0.0.1. */
  readonly port: number;
  readonly localPort: number;
  /** Who is called, one after another, then from the beginning. */
  readonly numbers: readonly string[];
  /** Calls a second. */
  readonly rate: number;
  readonly count: number;
  /** The most that go on together; all of them if absent. */
  readonly together?: number;
  /** How long an answered call lasts, in milliseconds; 0 if absent. */
  readonly holdMs?: number;
  /** The delay of each call is kept; true if absent. */
  readonly delays?: boolean;
}

export interface CallsMade extends Counts {
  /** From INVITE to 200 in milliseconds, ascending. */
  readonly delays: readonly number[];
  /** Answers a second, from the first to the last. */
  readonly reached: number;
  /** Unexpected status codes that ended calls, by how often: `503 × 12`; empty when there was none. */
  readonly refusals: string;
}

export interface Caller {
  /** What has been counted so far, renewed once a second. */
  counts(): Counts;
  readonly ended: Promise<CallsMade>;
  /** At once: calls that go on are left as they are. */
  kill(): void;
}

export function startCaller(children: Children, calls: Calls): Caller {
  const { rate, count, together = count, holdMs = 0, delays = true } = calls;
  const cwd = children.directory();
  writeFileSync(join(cwd, 'numbers.csv'), `SEQUENTIAL\n${calls.numbers.join('\n')}\n`);
  const seconds = Math.ceil(count / rate + holdMs / 1000) + 60;
  const args = [`${HOST}:${calls.port}`, '-sf', join(SCENARIOS, 'caller.xml'), '-inf', 'numbers.csv', ...COMMON];
  args.push('-stf', 'stat.csv', '-p', `${calls.localPort}`, '-r', `${rate}`, '-m', `${count}`, '-l', `${together}`);
  args.push('-trace_error_codes', '-d', `${holdMs}`, '-timeout', `${seconds}s`);
  // Not its response times (-trace_rtt): they come from the kernel's coarse clock, which here goes in steps of 4 ms.
  if (delays) args.push('-trace_shortmsg');
  const child = children.start('sipp', args, { cwd });
  const counts = (): Counts => readCounts(join(cwd, 'stat.csv'));
  const ended = once(child, 'exit').then(() => ({ ...counts(), ...readDelays(cwd), refusals: readRefusals(cwd) }));
  return { counts, ended, kill: () => children.kill(child) };
}

export interface Member {
  stop(): Promise<Counts>;
}

/** @param scenario `member-answer`, `member-busy` or `member-ring` */
export async function startMember(children: Children, scenario: string, port: number): Promise<Member> {
  const cwd = children.directory();
  const args = ['-sf', join(SCENARIOS, `${scenario}.xml`), '-p', String(port), ...COMMON, '-stf', 'stat.csv'];
  const child = children.start('sipp', args, { cwd });
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  await until(
    () => {
      if (hasEnded(child)) throw new Error(`sipp ${scenario} cannot listen on port ${port}`);
      return readFileSync('/proc/net/udp', 'latin1').includes(local) || undefined;
    },
    UP_WITHIN_MS,
    () => `sipp ${scenario} does not listen on port ${port}`,
  );
  return {
    stop: async () => {
      await children.stop(child);
      return readCounts(join(cwd, 'stat.csv'));
    },
  };
}

/** The last complete line of SIPp's statistics. */
function readCounts(path: string): Counts {
  let lines: string[] = [];
  try {
    lines = readFileSync(path, 'latin1').trimEnd().split('\n');
  } catch {
    // Nothing written yet.
  }
  const names = (lines[0] ?? '').split(';');
  const values = lines.findLast((line, i) => i > 0 && line.split(';').length >= names.length)?.split(';') ?? [];
  const value = (name: string): number => Number(values[names.indexOf(name)] ?? 0);
  return {
    created: value('TotalCallCreated'),
    ok: value('SuccessfulCall(C)'),
    failed: value('FailedCall(C)'),
    retransmissions: value('Retransmissions(C)'),
  };
}

/** SIPp's lines are: date; time; seconds since 1970; S(ent) or R(eceived); Call-ID; CSeq; first line of the message. */
function readDelays(directory: string): { delays: number[]; reached: number } {
  const asked = new Map<string, number>();
  const delays: number[] = [];
  const answeredAt: number[] = [];
  for (const line of linesOf(directory, '_shortmessages.log')) {
    const [, , seconds, direction, callId = '', sequence, first = ''] = line.split('\t');
    if (sequence !== 'CSeq:1 INVITE') continue;
    const at = Number(seconds) * 1000;
    const sent = asked.get(callId);
    if (direction === 'S' && sent === undefined) asked.set(callId, at);
    else if (direction === 'R' && sent !== undefined && first.startsWith('SIP/2.0 200')) {
      // Of repetitions, only the first of each counts.
      asked.set(callId, Number.NaN);
      if (Number.isNaN(sent)) continue;
      delays.push(at - sent);
      answeredAt.push(at);
    }
  }
  const span = ((answeredAt.at(-1) ?? 0) - (answeredAt[0] ?? 0)) / 1000;
  return { delays: ascending(delays), reached: (delays.length - 1) / span };
}

/** SIPp's lines are: time; time since the start; status codes of the last second with a comma behind each. */
function readRefusals(directory: string): string {
  const counts = new Map<string, number>();
  for (const line of linesOf(directory, '_error_codes.csv')) {
    for (const code of line.slice(line.lastIndexOf(';') + 1).split(',')) {
      if (code !== '') counts.set(code, (counts.get(code) ?? 0) + 1);
    }
  }
  return [...counts].map(([code, count]) => `${code} × ${count}`).join(', ');
}

/** Of the file whose name, which has SIPp's process id in it, ends like this; none when there is no such file. */
function linesOf(directory: string, ending: string): string[] {
  const file = readdirSync(directory).find((name) => name.endsWith(ending));
  if (file === undefined) return [];
  return readFileSync(join(directory, file), 'latin1')
    .split('\n')
    .filter((line) => line !== '');
}
