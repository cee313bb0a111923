/** Everything that is kept of a number, for whose it is. */
import { memberCallsKey } from '../store/keys.js';
import { readRecord } from '../store/records/fields.js';
import { type CallView, callView, rolesIn } from './call-view.js';
import { type Found, type GroupView, groupsWith } from './groups.js';
import { type Asked, type LiveView, liveCallsOf, recordsOf } from './redis.js';
import { type Stay, stays } from './stays.js';
import { type Subject, WITHHELD } from './subject.js';

export interface SubjectExport {
  readonly subject: string;
  /** ISO 8601 in UTC, as all times here. */
  readonly exported: string;
  readonly calls: readonly CallView[];
  readonly live: readonly LiveCallView[];
  readonly groups: readonly GroupView[];
  /** Ids of the calls for which this member is taken now. */
  readonly claims: readonly string[];
  /** What an erasure would leave, and why. */
  readonly stays: readonly Stay[];
}

type LiveCallView = Omit<LiveView, 'node' | 'started' | 'answered'> & {
  readonly call: string;
  readonly started: string;
  readonly answered: string | null;
};

export const isOf = ({ pilot, caller, member }: LiveView, subject: Subject): boolean =>
  subject.is(pilot) || subject.isIn(caller) || (member !== null && subject.isIn(member));

/** @param now milliseconds since 1970 */
export async function exportSubject(redis: Asked, subject: Subject, now: number): Promise<SubjectExport> {
  const groups = await groupsWith(redis, subject);
  const calls: CallView[] = [];
  for await (const { fields } of recordsOf(redis)) {
    if (!fields.some((value) => subject.isIn(value))) continue;
    const record = readRecord(fields);
    if (record !== undefined && rolesIn(record, subject).length > 0) calls.push(callView(record, subject));
  }
  const live = [...(await liveCallsOf(redis))].filter(([, call]) => isOf(call, subject));
  const claims = (await redis.command('ZRANGE', [memberCallsKey(subject.number), 0, -1])) as string[];
  return {
    subject: subject.number,
    exported: new Date(now).toISOString(),
    calls,
    live: live.map(([call, view]) => liveView(call, view, subject)),
    groups: groups.map(({ view }) => view),
    claims,
    stays: whatStays(groups, live.length),
  };
}

function liveView(call: string, view: LiveView, subject: Subject): LiveCallView {
  const { pilot, caller, hidden, member, started, answered } = view;
  return {
    call,
    pilot: subject.shown(pilot),
    caller: hidden && !subject.isIn(caller) ? WITHHELD : subject.shown(caller),
    hidden,
    member: member === null ? null : subject.shown(member),
    started: new Date(started).toISOString(),
    answered: answered === null ? null : new Date(answered).toISOString(),
  };
}

/** Somebody has to be on the list of a group. */
export const isOnly = ({ view, members }: Found): boolean => view.isMember && members.length === 1;

/** @param live how many of its calls go on */
export function whatStays(groups: readonly Found[], live: number): Stay[] {
  const own = groups.filter(({ view }) => view.isPilot);
  const only = groups.filter(isOnly);
  return [
    ...(own.some(({ view }) => view.exists) ? [stays('group')] : []),
    ...(own.length > 0 ? [stays('audit'), stays('charges')] : []),
    ...(only.length > 0
      ? [
          stays(
            'onlyMember',
            only.map(({ view }) => view.pilot),
          ),
        ]
      : []),
    ...(live > 0 ? [stays('live')] : []),
    stays('copies'),
  ];
}
