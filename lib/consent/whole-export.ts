/** Everything that is held about a number, by whoever holds it: the register, and the records of calls. */
import { exportSubject, type SubjectExport } from '../privacy/export.js';
import { laterOf, ownedSince, since } from '../privacy/holder.js';
import { Subject } from '../privacy/subject.js';
import type { Consent } from './open.js';
import type { ConsentExport } from './register.js';

interface WholeExport {
  readonly register: ConsentExport;
  /** Calls, groups and what an erasure leaves; of a number that had another holder, only what came since. */
  readonly records: SubjectExport;
  /** For how long each is kept. */
  readonly retention: Readonly<Record<string, string>>;
}

type Asked = Parameters<typeof exportSubject>[0];

/** @param now milliseconds since 1970 */
export async function exportWhole(consent: Consent, asked: Asked, number: string, now: number): Promise<WholeExport> {
  const { register, persons, recordDays } = consent;
  const e164 = persons.number(number);
  const [own, { begins }, owned] = await Promise.all([
    register.export(e164),
    register.find(e164),
    ownedSince(asked, e164),
  ]);
  const records = await exportSubject(asked, new Subject(e164), now);
  const purposes = register.catalogue.purposes.map(({ id, notices }) => {
    const days = notices.at(-1)?.retentionDays ?? 0;
    return [`metadata for ${id}`, `${days} days, or until it is withdrawn`] as const;
  });
  return {
    register: own,
    records: since(records, laterOf(begins, owned)),
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
