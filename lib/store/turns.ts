import { Recent } from '../base/recent.js';
import { orderingOf } from './orders.js';
import { LONGEST_MEMBER, voicesIn } from './sound.js';
import { type Absence, type Group, MOST_MEMBERS, type Plan, type Policy, type Turn } from './types.js';

/** A turn that was taken while Redis was away: what hunt_replay needs. Times are milliseconds since 1970. */
export interface LocalTurn {
  readonly pilot: string;
  readonly call: string;
  /** The member with whom the turn started. */
  readonly start: string;
  readonly at: number;
  /** Redis's time from which Redis may hold this turn, because its answer was lost. */
  readonly since: number;
  /** As a master gave it that is master no more. */
  readonly number?: number;
  /** The process that has the call: another one that finds the turn in its spool has none of its record. */
  readonly node?: string;
}

/** Where turns wait for Redis to come back. */
export interface TurnBacklog {
  addTurn(turn: LocalTurn): void;
}

/** As hunt_set has it. */
const LONGEST_OWNER = 64;

export interface TurnReply extends Turn {
  /** Index in the list of members of the one with whom the turn starts. */
  readonly start: number;
}

/** What both answers of a turn hold, in this order. Settings are text; an empty list is `{}` in JSON. */
type Values = [
  ...[policy: string, ring: string, plan: string, enabled: string, version: string],
  ...[number: number, start: number, members: unknown, order: unknown, away: unknown, owner: unknown, voices: unknown],
];

/** What is too long to be a member is not kept in memory for the next turn. */
const listOf = (value: unknown): readonly string[] => {
  if (!Array.isArray(value)) return [];
  const isKept = (one: unknown): boolean => typeof one === 'string' && one.length <= LONGEST_MEMBER;
  return value.every(isKept) ? value : value.map((one) => (isKept(one) ? one : ''));
};

/** Member, until when, reason, and so on. */
function absencesOf(value: readonly unknown[]): readonly Absence[] {
  const found: Absence[] = [];
  for (let i = 0; i + 2 < value.length && found.length < MOST_MEMBERS; i += 3)
    found.push({ member: String(value[i]), until: Number(value[i + 1]), reason: String(value[i + 2]) });
  return found;
}

/** Reads the answer of hunt_turn_json, or of hunt_turn: the same values, each behind its name. Whether they are sound, sound.ts says. */
export function readTurn(pilot: string, reply: unknown): TurnReply | undefined {
  if (typeof reply !== 'string' && !Array.isArray(reply)) return undefined;
  const values: unknown[] = typeof reply === 'string' ? JSON.parse(reply) : reply.filter((_, i) => i % 2 === 1);
  const [policy, ring, plan, enabled, version, number, start, members, order, away, owner, voices] = values as Values;
  const group: Group = {
    pilot,
    policy: policy as Policy,
    ring: Number(ring),
    plan: plan as Plan,
    enabled: enabled === 'yes',
    version: Number(version),
    members: listOf(members),
    ...(typeof owner === 'string' && owner !== '' && { owner: owner.slice(0, LONGEST_OWNER) }),
    ...(Array.isArray(voices) && voicesIn(voices)),
  };
  const turn = { group, number, start, order: listOf(order) };
  return Array.isArray(away) && away.length > 0 ? { ...turn, away: absencesOf(away) } : turn;
}

interface Known {
  readonly group: Group;
  away: readonly Absence[];
  /** As Redis keeps it: the index of the member with whom the next circular turn starts. */
  cursor: number;
  number: number;
  /** How that was answered, where all of it is sound. */
  answer?: Answer;
}

/** An answer of hunt_turn_json without its number, and what it says. */
interface Answer {
  readonly before: string;
  readonly behind: string;
  readonly turn: Turn;
  /** Where the cursor stands behind this turn. */
  readonly cursor: number;
}

/** The groups that were called last, for when Redis is away: the last `limit` / 2 of them at least. */
export class Snapshot {
  readonly #known: Recent<Known>;
  #last: string | undefined;

  constructor(limit: number) {
    this.#known = new Recent(limit);
  }

  get size(): number {
    return this.#known.size;
  }

  /**
   * What has changed of a group since its last turn is nearly always the number alone: then the rest is what it was.
   * @returns undefined where it is another answer: it is to be read, and learnt
   */
  again(pilot: string, answer: unknown): Turn | undefined {
    const known = this.#known.find(pilot);
    const last = known?.answer;
    if (known === undefined || last === undefined || typeof answer !== 'string') return undefined;
    if (!answer.startsWith(last.before) || !answer.endsWith(last.behind)) return undefined;
    const number = Number(answer.slice(last.before.length, answer.length - last.behind.length));
    if (!Number.isSafeInteger(number) || number < 1) return undefined;
    this.#last = pilot;
    known.cursor = last.cursor;
    known.number = number;
    return { ...last.turn, number };
  }

  /** The answer that was learnt last, as it came; what is sound holds no quotation mark, and so the number stands behind the first `",`. */
  remember(answer: unknown, turn: Turn): void {
    const known = this.#known.find(turn.group.pilot);
    if (known === undefined || turn.number < 1 || typeof answer !== 'string') return;
    const at = answer.indexOf(`",${turn.number},`) + 2;
    if (at < 2) return;
    const behind = answer.slice(at + String(turn.number).length);
    known.answer = { before: answer.slice(0, at), behind, turn, cursor: known.cursor };
  }

  learn(turn: TurnReply): void {
    const { group, away = [] } = turn;
    this.#last = group.pilot;
    const known = this.#known.find(group.pilot) ?? { away, cursor: 0, number: 0 };
    if (turn.number === 0) {
      this.#known.keep(group.pilot, { ...known, group, away });
      return;
    }
    const cursor = orderingOf(group.policy).behind(turn.start, group.members.length, known.cursor);
    this.#known.keep(group.pilot, { group, away, cursor, number: turn.number });
  }

  knows(pilot: string): boolean {
    return this.#known.find(pilot) !== undefined;
  }

  /** Who was called last. */
  get last(): string | undefined {
    return this.#last;
  }

  forget(pilot: string): void {
    if (this.#last === pilot) this.#last = undefined;
    this.#known.forget(pilot);
  }

  /**
   * The turn as Redis would give it, from what is known; undefined for a group nobody called before.
   * @param now milliseconds since 1970
   */
  takeTurn(pilot: string, now: number): Turn | undefined {
    const known = this.#known.find(pilot);
    if (known === undefined) return undefined;
    const { group } = known;
    const away = known.away.filter(({ until }) => until > now);
    const absent = away.length > 0 ? { away } : {};
    const count = group.members.length;
    if (!group.enabled || count === 0) return { group, number: 0, order: [], ...absent };
    const policy = orderingOf(group.policy);
    const start = policy.start(known.cursor, count);
    known.cursor = policy.behind(start, count, known.cursor);
    known.number += 1;
    return { group, number: known.number, order: policy.order(group.members, start), ...absent };
  }
}
