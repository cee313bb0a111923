/** Takes a number out of everything that is kept, but for what the law wants kept. It may be done again at any time. */

import { maskNumber } from '../base/log.js';
import { groupKey, PAGES_KEY, RECORDS_KEY } from '../store/keys.js';
import { isOf, isOnly, whatStays } from './export.js';
import { type Found, groupsWith } from './groups.js';
import { type Asked, liveCallsOf, recordsOf } from './redis.js';
import { rewritten } from './rewritten.js';
import type { Stay } from './stays.js';
import type { Subject } from './subject.js';

export interface Erasure {
  /** Masked: what is written down of an erasure does not keep the number. */
  readonly subject: string;
  readonly erased: string;
  /** How many records were written again without it. */
  readonly records: number;
  /** From how many groups it was taken as a member. */
  readonly memberships: number;
  /** How many groups' audit, turns or absences named it. */
  readonly histories: number;
  readonly stays: readonly Stay[];
}

/** What an erasure would do: it changes nothing. @param now milliseconds since 1970 */
export async function wouldErase(redis: Asked, subject: Subject, now: number): Promise<Omit<Erasure, 'erased'>> {
  const groups = await groupsWith(redis, subject);
  let records = 0;
  for await (const { fields } of recordsOf(redis)) if (rewritten(fields, subject, now) !== undefined) records += 1;
  return {
    ...{ subject: maskNumber(subject.number), records },
    memberships: groups.filter(isTakenOff(subject)).length,
    histories: groups.filter(isForgotten).length,
    stays: whatStays(groups, await liveOf(redis, subject)),
  };
}

/**
 * @param now milliseconds since 1970
 * @param by who does it: for the audits of the groups
 */
export async function eraseSubject(redis: Asked, subject: Subject, now: number, by: string): Promise<Erasure> {
  const groups = await groupsWith(redis, subject);
  let memberships = 0;
  let histories = 0;
  for (const group of groups) {
    memberships += await takeOff(redis, group, subject, by);
    if (!isForgotten(group)) continue;
    histories += 1;
    for (const name of ['turns', 'audit']) await forget(redis, group, subject, name);
  }
  let records = 0;
  for await (const { id, fields } of recordsOf(redis)) {
    const document = rewritten(fields, subject, now);
    if (document !== undefined && (await redis.fcall('record_rewrite', RECORDS_KEY, [id, document])) !== '')
      records += 1;
  }
  await redis.fcall('page_forget', PAGES_KEY, [subject.number]);
  const left = await groupsWith(redis, subject);
  return {
    ...{ subject: maskNumber(subject.number), erased: new Date(now).toISOString(), records, memberships, histories },
    stays: whatStays(left, await liveOf(redis, subject)),
  };
}

/** How many of its calls go on. */
const liveOf = async (redis: Asked, subject: Subject): Promise<number> =>
  [...(await liveCallsOf(redis)).values()].filter((call) => isOf(call, subject)).length;

/** Of its own group the audit stays, and who is still on the list is no past: see `stays`. */
const isForgotten = (group: Found): boolean => !group.view.isPilot && !isOnly(group);

/** Those whom the group can do without. */
function removable({ members }: Found, subject: Subject): readonly string[] {
  const own = members.filter((member) => subject.isIn(member));
  return own.length < members.length ? own : [];
}

const isTakenOff =
  (subject: Subject) =>
  (group: Found): boolean =>
    removable(group, subject).length > 0;

async function takeOff(redis: Asked, group: Found, subject: Subject, by: string): Promise<number> {
  const { pilot } = group;
  const taken = removable(group, subject);
  for (const member of taken) await redis.fcall('hunt_members', groupKey(pilot), ['remove', member, 'by', by]);
  return taken.length > 0 ? 1 : 0;
}

async function forget(redis: Asked, { pilot }: Found, subject: Subject, name: string): Promise<void> {
  while ((await redis.fcall('group_forget', groupKey(pilot), [subject.number, name])) === 1);
}
