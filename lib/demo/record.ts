import { readRecord } from '../store/records/fields.js';
import type { CallRecord } from '../store/types.js';
import { until } from './processes.js';
import type { Service } from './service.js';

const STORED_MS = 5_000;

/** Waits for the call's entry in the stream `records`. */
export function storedRecord({ redisCli }: Service): Promise<CallRecord> {
  return until(
    async () => {
      const reply = await redisCli('--json', 'XREVRANGE', 'records', '+', '-', 'COUNT', '1');
      const [[, fields] = []] = JSON.parse(reply) as [id: string, fields: string[]][];
      return fields === undefined ? undefined : readRecord(fields);
    },
    STORED_MS,
    () => `no record of the call is in Redis after ${STORED_MS / 1000} s`,
  );
}

/** What in the record is not as the call was played; empty when all of it is. */
export function differences(record: CallRecord, members: readonly string[]): string[] {
  const expected = {
    attempts: `${members[0]} busy, ${members[1]} no-answer, ${members[2]} answered`,
    by: members[2],
    status: 200,
    released: 'caller',
  };
  const found = {
    attempts: record.attempts.map(({ member, why }) => `${member} ${why}`).join(', '),
    by: record.by,
    status: record.status,
    released: record.released,
  };
  return (Object.keys(expected) as (keyof typeof expected)[])
    .filter((key) => found[key] !== expected[key])
    .map((key) => `${key}: expected ${expected[key]}, found ${found[key]}`);
}

/** The record for a person. `names`: what the members are called in the ladder. */
export function drawRecord(record: CallRecord, names: ReadonlyMap<string, string>): string {
  const seconds = (from: number | null, to: number | null): string =>
    from === null || to === null ? '–' : `${((to - from) / 1000).toFixed(1)} s`;
  const nameOf = (member: string | null): string => (member === null ? 'nobody' : (names.get(member) ?? member));
  const attempts = record.attempts.map(({ member, started, ended, why, status }) => {
    const tried = seconds(started, member === record.by ? record.answered : ended);
    return `  ${nameOf(member).padEnd(4)} ${why.padEnd(10)} ${tried.padStart(6)}  ${String(status ?? '–').padEnd(3)}  ${member}`;
  });
  return [
    `call      ${record.call}`,
    `from      ${record.caller} to ${record.pilot}, ${new Date(record.started).toISOString()}`,
    `answered  by ${nameOf(record.by)} after ${seconds(record.started, record.answered)}, status ${record.status}`,
    `ended     by the ${record.released ?? '–'} after ${seconds(record.answered, record.ended)}`,
    `group     ${record.policy}, turn ${record.turn}, version ${record.version}`,
    'attempts  why, for how long, SIP status:',
    ...attempts,
  ].join('\n');
}
