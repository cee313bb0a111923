/** What groups hold of a number: as their pilot, on their list, away, in their turns and in their audit. */
import { namedOf } from '../store/flat.js';
import { groupKey, membersKey } from '../store/keys.js';
import { groupsOf } from '../store/scan.js';
import { type Asked, entriesOf } from './redis.js';
import type { Subject } from './subject.js';

/** A change of a group in which the number is named. */
interface ChangeView {
  readonly at: string;
  readonly what: string;
  readonly before: unknown;
  readonly after: unknown;
  /** Who was said to be away, and until when; without a time: to be back. Null: it is no such change. */
  readonly away: unknown;
}

export interface GroupView {
  /** Whole where it is the subject's own. */
  readonly pilot: string;
  readonly isPilot: boolean;
  readonly isMember: boolean;
  /** The group is there; else only its audit is. */
  readonly exists: boolean;
  /** Until when it does not ring, and why. */
  readonly away: readonly { readonly until: string; readonly reason: string }[];
  readonly changes: readonly ChangeView[];
  /** Turns that began with it. */
  readonly turns: readonly { readonly at: string; readonly turn: string }[];
}

/** A group of which the number is a part, as it is in Redis. */
export interface Found {
  readonly pilot: string;
  readonly members: readonly string[];
  readonly view: GroupView;
}

/** So many groups are asked for together. */
const TOGETHER = 50;

export async function groupsWith(redis: Asked, subject: Subject): Promise<readonly Found[]> {
  const pilots = await groupsOf(redis);
  const found: Found[] = [];
  for (let at = 0; at < pilots.length; at += TOGETHER) {
    const some = await Promise.all(pilots.slice(at, at + TOGETHER).map((pilot) => look(redis, pilot, subject)));
    for (const one of some) if (one !== undefined) found.push(one);
    if (at + TOGETHER < pilots.length) await redis.rest?.();
  }
  return found;
}

async function look(redis: Asked, pilot: string, subject: Subject): Promise<Found | undefined> {
  const key = groupKey(pilot);
  const [members, exists, text] = (await Promise.all([
    redis.command('LRANGE', [membersKey(pilot), 0, -1]),
    redis.command('EXISTS', [key]),
    redis.command('HGET', [key, 'away']),
  ])) as [string[], number, string | null];
  const isPilot = subject.is(pilot);
  const changes: ChangeView[] = [];
  for await (const { id, fields } of entriesOf(redis, `${key}:audit`)) {
    const entry = namedOf(fields);
    const [before = '', after = ''] = [entry.get('before'), entry.get('after')];
    if (!isPilot && !fields.some((value) => subject.isIn(value))) continue;
    const what = entry.get('what') ?? '';
    changes.push({
      ...{ at: timeOf(id), what, before: masked(before, subject), after: masked(after, subject) },
      away: absence(entry.get('away') ?? '', subject),
    });
  }
  const turns: { at: string; turn: string }[] = [];
  for await (const { id, fields } of entriesOf(redis, `${key}:turns`)) {
    const entry = namedOf(fields);
    if (fields.some((value) => subject.isIn(value))) turns.push({ at: timeOf(id), turn: entry.get('number') ?? '' });
  }
  const away = absences(text, subject);
  const isMember = members.some((member) => subject.isIn(member));
  if (!isPilot && !isMember && away.length + changes.length + turns.length === 0) return undefined;
  const view = { pilot: subject.shown(pilot), isPilot, isMember, exists: exists === 1, away, changes, turns };
  return { pilot, members, view };
}

/** An entry's id begins with the time at which Redis wrote it. */
const timeOf = (id: string): string => new Date(Number.parseInt(id, 10)).toISOString();

const SHOWN = ['policy', 'ring', 'plan', 'enabled', 'since', 'version'];

/** The group as the audit has it, with the numbers of others masked. */
function masked(text: string, subject: Subject): unknown {
  const group = parsed(text) as Record<string, unknown> | undefined;
  if (group === undefined) return null;
  const members = Array.isArray(group.members) ? group.members.map((one) => subject.shown(String(one))) : [];
  return { ...Object.fromEntries(SHOWN.flatMap((name) => (name in group ? [[name, group[name]]] : []))), members };
}

function absence(text: string, subject: Subject): unknown {
  const { member, until } = (parsed(text) ?? {}) as { member?: unknown; until?: unknown };
  return typeof member === 'string' ? { member: subject.shown(member), until: until ?? null } : null;
}

function absences(text: string | null, subject: Subject): GroupView['away'] {
  const list = parsed(text ?? '');
  if (!Array.isArray(list)) return [];
  return list
    .filter(({ member }) => typeof member === 'string' && subject.isIn(member))
    .map(({ till, reason }) => ({ until: new Date(Number(till) || 0).toISOString(), reason: String(reason ?? '') }));
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
