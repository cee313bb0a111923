/** Calls, records and turns held against each other. */
import type { Cluster, Redis } from 'ioredis';
import { readRecord } from '../../lib/store/records/fields.js';
import type { CallRecord } from '../../lib/store/types.js';
import type { CallMade } from './caller.js';

export interface Account {
  readonly calls: number;
  /** Not answered, or not ended as they should. */
  readonly failed: number;
  /** From the first call of a row of refused or lost ones to the next one that was answered, the longest, in seconds. */
  readonly outage: number;
  /** Of calls that were answered and ended by their callers. */
  readonly recordsMissing: number;
  readonly recordsDoubled: number;
  /** Of calls with a record. */
  readonly turnsMissing: number;
  readonly turnsDoubled: number;
  /** Records whose number is not that of their turn, or is another call's as well, and which do not say so. */
  readonly numbersWrong: number;
  /** Records that say that their number is provisional. */
  readonly provisional: number;
}

export interface TurnEntry {
  readonly pilot: string;
  readonly call: string;
  readonly number: number;
}

export async function account(
  client: Redis | Cluster,
  pilots: readonly string[],
  made: readonly CallMade[],
): Promise<Account> {
  const callers = new Set(made.map(({ caller }) => caller));
  const records = (await readRecords(client)).filter(
    ({ caller, estimated }) => callers.has(caller) || estimated === true,
  );
  const turns = (await Promise.all(pilots.map((pilot) => readTurns(client, pilot)))).flat();
  const byCall = countBy(turns, ({ call }) => call);
  const wanted = made.filter(({ complete }) => complete);
  // A call that was refused, its group unknown while Redis was away, has no turn.
  const counted = records.filter(({ provisional, turn }) => provisional !== true && turn > 0);
  const byNumber = countBy(counted, ({ pilot, turn }) => `${pilot} ${turn}`);
  const numbers = new Map(turns.map(({ call, number }) => [call, number]));
  return {
    calls: made.length,
    failed: made.length - wanted.length,
    outage: outageOf(made),
    recordsMissing: unfound(records, wanted),
    // A caller whom one node left without an answer has called twice, over the next one.
    recordsDoubled: repeated(countBy(records, ({ call }) => call)),
    turnsMissing: counted.filter(({ call }) => !byCall.has(call)).length,
    turnsDoubled: repeated(byCall) + repeated(countBy(turns, ({ pilot, number }) => `${pilot} ${number}`)),
    numbersWrong: counted.filter(
      ({ call, pilot, turn }) =>
        (byCall.has(call) && numbers.get(call) !== turn) || (byNumber.get(`${pilot} ${turn}`) ?? 0) > 1,
    ).length,
    provisional: records.filter(({ provisional }) => provisional === true).length,
  };
}

/** What still has to come: of calls that were answered and ended, no record yet. */
export async function missingRecords(client: Redis | Cluster, made: readonly CallMade[]): Promise<number> {
  return unfound(
    await readRecords(client),
    made.filter(({ complete }) => complete),
  );
}

/** Of a lost call that Redis knew by its turn alone the record names no caller. */
export function unfound(records: readonly CallRecord[], made: readonly CallMade[]): number {
  const there = new Set(records.map(({ caller }) => caller));
  const unnamed = records.filter(({ estimated, caller }) => estimated === true && caller === '').length;
  return Math.max(0, made.filter(({ caller }) => !there.has(caller)).length - unnamed);
}

export async function readRecords(client: Redis | Cluster): Promise<CallRecord[]> {
  return (await client.xrange('records', '-', '+')).flatMap(([, fields]) => readRecord(fields) ?? []);
}

export async function readTurns(client: Redis | Cluster, pilot: string): Promise<TurnEntry[]> {
  return (await client.xrange(`hunt:{${pilot}}:turns`, '-', '+')).map(([, fields]) => {
    const value = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
    return { pilot, call: value('call'), number: Number(value('number')) };
  });
}

export function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

const repeated = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].filter((count) => count > 1).length;

function outageOf(made: readonly CallMade[]): number {
  let longest = 0;
  let since: number | undefined;
  for (const { begun, complete, answered } of made) {
    if (!complete) since ??= begun;
    else if (since !== undefined && answered !== undefined) {
      longest = Math.max(longest, answered - since);
      since = undefined;
    }
  }
  return longest / 1000;
}
