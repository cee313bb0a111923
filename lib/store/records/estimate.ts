/** The record of a call whose node was lost, as far as Redis knows the call. Pure. */
import { type AttemptRecord, type CallRecord, type LiveCall, NOTHING_KNOWN } from '../types.js';
import type { EarlierCall } from './replay.js';

/** What Redis knows of such a call. */
export interface LostCall extends Omit<LiveCall, 'id' | 'isOver'> {
  readonly call: string;
  /** Of its turn; 0: it is not known. */
  readonly number: number;
  readonly version: number;
}

const MOMENT = /^\d{1,15}$/;
const TURNS = /^hunt:\{(.+)\}:turns$/;
/** A word of call/end-reasons.ts. */
const NODE_LOST = 'node-lost';
/** Of Q.850: temporary failure. */
const FAILURE = 41;

/** As the node told it (live-calls.ts). Undefined: somebody else wrote there. */
export function fromLive(call: string, json: string): LostCall | undefined {
  try {
    const { pilot, caller, hidden, started, answered, member } = JSON.parse(json) as Partial<LostCall>;
    if (typeof pilot !== 'string' || typeof started !== 'number') return undefined;
    return {
      call,
      pilot,
      caller: typeof caller === 'string' ? caller : '',
      hidden: hidden === true,
      started,
      answered: typeof answered === 'number' ? answered : null,
      member: typeof member === 'string' ? member : null,
      number: 0,
      version: 0,
    };
  } catch {
    return undefined;
  }
}

/** From a turn, where that node took it. */
export function fromTurn(key: string, id: string, fields: readonly string[], node: string): LostCall | undefined {
  const value = (name: string): string => {
    const at = fields.indexOf(name);
    return at < 0 || at % 2 === 1 ? '' : (fields[at + 1] ?? '');
  };
  const pilot = TURNS.exec(key)?.[1];
  const call = value('call');
  if (pilot === undefined || call === '' || value('node') !== node) return undefined;
  const [number, version] = [Number(value('number')) || 0, Number(value('version')) || 0];
  return {
    call,
    pilot,
    caller: '',
    hidden: false,
    // One that was taken from memory was written down later.
    started: Number.parseInt(MOMENT.exec(value('at'))?.[0] ?? id, 10),
    answered: null,
    member: null,
    number,
    version,
  };
}

/** From a turn that its process took from memory. */
export const fromEarlier = ({ turn: { call, pilot, at }, number }: EarlierCall): LostCall => ({
  ...{ call, pilot, caller: '', hidden: false, started: at, answered: null, member: null, number, version: 0 },
});

/**
 * @param node the process that was lost
 * @param seen when it was known to live, the last time
 */
export function estimate(lost: LostCall, node: string, seen: number): CallRecord {
  const { call, pilot, caller, hidden, started, answered, member, number, version } = lost;
  const ended = Math.max(seen, started, answered ?? 0);
  const attempts: AttemptRecord[] =
    member === null ? [] : [{ ...NOTHING_KNOWN, member, why: answered === null ? 'fault' : 'answered' }];
  return {
    ...{ call, pilot, caller, started, answered, ended, version, attempts, hidden },
    status: answered === null ? 500 : 200,
    by: answered === null ? null : member,
    released: answered === null ? null : 'system',
    policy: null,
    turn: number,
    estimated: true,
    // The name that is configured; the process's token is behind it.
    node: node.slice(0, Math.max(0, node.lastIndexOf(':'))) || node,
    ...{ callId: '', presented: '', diverted: [], owner: null, refused: null },
    cause: FAILURE,
    endReason: NODE_LOST,
    endEstimated: true,
    waited: Math.max(0, (answered ?? ended) - started),
    talked: answered === null ? 0 : ended - answered,
  };
}
