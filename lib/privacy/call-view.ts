/** A call as an export shows it to one of its parties. Pure. */
import type { AttemptRecord, CallRecord } from '../store/types.js';
import { type Subject, WITHHELD } from './subject.js';

/** What the subject was in the call. `listed`: on the list of who could have rung, and not needed. */
type Role = 'pilot' | 'caller' | 'member' | 'listed' | 'diverted';

interface AttemptView {
  readonly member: string;
  readonly started: string | null;
  readonly rang: string | null;
  readonly ended: string | null;
  readonly why: string;
}

export interface CallView {
  readonly call: string;
  readonly roles: readonly Role[];
  readonly pilot: string;
  readonly caller: string;
  readonly hidden: boolean;
  readonly started: string | null;
  readonly answered: string | null;
  readonly ended: string | null;
  readonly status: number;
  readonly by: string | null;
  readonly released: string | null;
  /** Nobody said when it ended: `ended` is when it was noticed. */
  readonly endEstimated: boolean;
  /** Milliseconds. */
  readonly waited: number;
  readonly talked: number;
  /** Those of the subject; of a pilot, all. */
  readonly attempts: readonly AttemptView[];
}

const NOT_NEEDED = 'not-needed';

export function rolesIn(record: CallRecord, subject: Subject): readonly Role[] {
  const own = record.attempts.filter(({ member }) => subject.is(member) || subject.isIn(member));
  const roles: [Role, boolean][] = [
    ['pilot', subject.is(record.pilot)],
    ['caller', subject.isIn(record.caller) || subject.isIn(record.presented)],
    ['member', own.some(({ why }) => why !== NOT_NEEDED)],
    ['listed', own.length > 0 && own.every(({ why }) => why === NOT_NEEDED)],
    ['diverted', record.diverted.some((one) => subject.isIn(one))],
  ];
  return roles.flatMap(([role, is]) => (is ? [role] : []));
}

/** ISO 8601 in UTC. */
const time = (milliseconds: number | null): string | null => {
  const date = new Date(milliseconds ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
};

/** What concerns the subject, field by field: nothing of the record gets into an export by itself. */
export function callView(record: CallRecord, subject: Subject): CallView {
  const roles = rolesIn(record, subject);
  const isOwn = ({ member }: AttemptRecord): boolean => subject.isIn(member);
  const attempts = roles.includes('pilot') ? record.attempts : record.attempts.filter(isOwn);
  const isWithheld = record.hidden && !roles.includes('caller');
  return {
    call: record.call,
    roles,
    pilot: subject.shown(record.pilot),
    caller: isWithheld ? WITHHELD : subject.shown(record.caller),
    hidden: record.hidden,
    started: time(record.started),
    answered: time(record.answered),
    ended: time(record.ended),
    status: record.status,
    by: record.by === null ? null : subject.shown(record.by),
    released: record.released,
    endEstimated: record.endEstimated,
    waited: record.waited,
    talked: record.talked,
    attempts: attempts.map(({ member, started, rang, ended, why }) => ({
      member: subject.shown(member),
      ...{ started: time(started), rang: time(rang), ended: time(ended), why },
    })),
  };
}
