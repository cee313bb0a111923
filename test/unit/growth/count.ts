/**
 * A process of its own that counts work instead of time: how often the blocks of lib ran, loops included, by V8's own counters. They
 * stand in code only that is compiled after counting has begun, so all else is loaded later.
 */
import { Session } from 'node:inspector';

/** Blocks for each byte of the message, in one of 16 kB and in one of 64 kB. */
export interface Work {
  readonly what: string;
  readonly kind: 'INVITE' | '200';
  readonly small: number;
  readonly large: number;
}

interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
}

const OURS = '/dist/lib/';
const session = new Session();

/** Within the process the answer is there at once. */
function post(method: string, params: object = {}): unknown {
  let answer: unknown;
  session.post(method, params, (error: Error | null, result?: object) => {
    if (error !== null) throw error;
    answer = result;
  });
  return answer;
}

session.connect();
post('Profiler.enable');
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const { GROWING, LARGEST, readWhole } = await import('../../support/growing.js');

/** Since the last time. */
function blocks(): number {
  const { result } = post('Profiler.takePreciseCoverage') as { result: readonly Script[] };
  const ours = result.filter(({ url }) => url.includes(OURS));
  return ours.reduce((sum, { functions }) => {
    for (const { ranges } of functions) for (const { count } of ranges) sum += count;
    return sum;
  }, 0);
}

function perByte(text: string): number {
  blocks();
  readWhole(text);
  return blocks() / text.length;
}

readWhole(GROWING[0]?.text(true, 1) ?? '');
const works: Work[] = [];
for (const { what, text } of GROWING) {
  for (const isRequest of [true, false]) {
    const [small, large] = [LARGEST / 4, LARGEST].map((bytes) => perByte(text(isRequest, bytes)));
    works.push({ what, kind: isRequest ? 'INVITE' : '200', small: small ?? 0, large: large ?? 0 });
  }
}
process.stdout.write(JSON.stringify(works));
session.disconnect();
