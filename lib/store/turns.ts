import type { Group, Plan, Policy, Turn } from './types.js';

/** A turn that was taken while Redis was away: what hunt_replay needs. Times are milliseconds since 1970. */
export interface LocalTurn {
  readonly pilot: string;
  readonly call: string;
  /** The member with whom the turn started. */
  readonly start: string;
  readonly at: number;
  /** Redis's time from which Redis may hold this turn, because its answer was lost. */
  readonly since: number;
}

/** Where turns wait for Redis to come back. */
export interface TurnBacklog {
  addTurn(turn: LocalTurn): void;
}

interface TurnReply extends Turn {
  /** Index in the list of members of the one with whom the turn starts. */
  readonly start: number;
}

/** What both answers of a turn hold, in this order. Settings are text; members without one are no list but `{}` in JSON. */
type Values = [policy: string, ring: string, plan: string, enabled: string, version: string, number, number, unknown];

/** Reads the answer of hunt_turn_json, or of hunt_turn: the same values, each behind its name. */
export function readTurn(pilot: string, reply: unknown): TurnReply | undefined {
  if (typeof reply !== 'string' && !Array.isArray(reply)) return undefined;
  const values: unknown[] = typeof reply === 'string' ? JSON.parse(reply) : reply.filter((_, i) => i % 2 === 1);
  const [policy, ring, plan, enabled, version, number, start, list] = values as Values;
  const members: readonly string[] = Array.isArray(list) ? list : [];
  const group: Group = {
    pilot,
    policy: policy as Policy,
    ring: Number(ring),
    plan: plan as Plan,
    enabled: enabled === 'yes',
    version: Number(version),
    members,
  };
  return { group, number, start, order: number === 0 ? [] : rotated(members, start) };
}

const rotated = (members: readonly string[], start: number): readonly string[] =>
  start === 0 ? members : [...members.slice(start), ...members.slice(0, start)];

interface Known {
  readonly group: Group;
  /** Index of the member with whom the next circular turn starts. */
  next: number;
  number: number;
}

/** The last known groups, for when Redis is away: the least recently called one makes room for a new one. */
export class Snapshot {
  readonly #limit: number;
  readonly #known = new Map<string, Known>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#known.size;
  }

  learn(turn: TurnReply): void {
    const { group } = turn;
    const taken = turn.number > 0;
    const number = taken ? turn.number : (this.#known.get(group.pilot)?.number ?? 0);
    const next = taken ? (turn.start + 1) % group.members.length : 0;
    this.#keep(group.pilot, { group, next, number });
  }

  forget(pilot: string): void {
    this.#known.delete(pilot);
  }

  /** The turn as Redis would give it, from what is known; undefined for a group nobody called before. */
  takeTurn(pilot: string): Turn | undefined {
    const known = this.#known.get(pilot);
    if (known === undefined) return undefined;
    this.#keep(pilot, known);
    const { group } = known;
    const count = group.members.length;
    if (!group.enabled || count === 0) return { group, number: 0, order: [] };
    const start = group.policy === 'circular' ? known.next % count : 0;
    known.next = (start + 1) % count;
    known.number += 1;
    return { group, number: known.number, order: rotated(group.members, start) };
  }

  #keep(pilot: string, known: Known): void {
    this.#known.delete(pilot);
    this.#known.set(pilot, known);
    if (this.#known.size <= this.#limit) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
