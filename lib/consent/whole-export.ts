/** Everything that is held about a number, by whoever holds it: the register, and the records of calls. */
import { exportSubject, type SubjectExport } from '../privacy/export.js';
import { Subject } from '../privacy/subject.js';
import type { Consent } from './open.js';
import type { ConsentExport } from './register.js';

export interface WholeExport {
  readonly register: ConsentExport;
  /** Calls, groups and what an erasure leaves; of a number that had another holder, only what came since. */
  readonly records: SubjectExport;
  /** For how long each is kept. */
  readonly retention: Readonly<Record<string, string>>;
}

type Asked = Parameters<typeof exportSubject>[0];

/** What is of the present holder. @param begins when the one before gave the number up; null: there was none */
export function since(records: SubjectExport, begins: string | null): SubjectExport {
  const isOwn = (moment: string | null): boolean => begins === null || (moment !== null && moment >= begins);
  return {
    ...records,
    calls: records.calls.filter(({ started }) => isOwn(started)),
    live: records.live.filter(({ started }) => isOwn(started)),
    groups: records.groups.map((group) => ({
      ...group,
      changes: group.changes.filter(({ at }) => isOwn(at)),
      turns: group.turns.filter(({ at }) => isOwn(at)),
    })),
  };
}

/** @param now milliseconds since 1970 */
export async function exportWhole(consent: Consent, asked: Asked, number: string, now: number): Promise<WholeExport> {
  const { register, persons, recordDays } = consent;
  const e164 = persons.number(number);
  const [own, { begins }] = await Promise.all([register.export(e164), register.find(e164)]);
  const records = await exportSubject(asked, new Subject(e164), now);
  const purposes = register.catalogue.purposes.map(({ id, notices }) => {
    const days = notices.at(-1)?.retentionDays ?? 0;
    return [`metadata for ${id}`, `${days} days, or until it is withdrawn`] as const;
  });
  return {
    register: own,
    records: since(records, begins),
    retention: {
      'call records': `${recordDays} days`,
      acts: 'for as long as they may have to be proven; without number, by a keyed hash',
      "the customer's words": 'until the person is erased',
      'who asked': `${consent.askedDays} days`,
      'decisions and their reviews': '365 days',
      'what he is not interested in': 'until he says otherwise, or is erased',
      ...Object.fromEntries(purposes),
    },
  };
}
