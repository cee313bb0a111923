/** How a group's calls went, and how they would have gone with another ring time or order: read off its own records. Pure. */
import { isOwnDoing } from '../../call/results.js';
import type { AttemptRecord, CallRecord, Policy } from '../../store/types.js';

export interface MemberUsage {
  readonly member: string;
  /** How often it rang there, or would have, and it was known in the end whether he answers. */
  readonly rung: number;
  readonly answered: number;
  /** Of those that rang, in per cent; null: none did. */
  readonly percent: number | null;
  /** How long it rang on average until he answered, in milliseconds. */
  readonly answersAfter: number;
  /** How long a caller lost on average where he did not. */
  readonly lost: number;
}

/** What would have been with a shorter ring time. */
export interface ShorterRing {
  /** Seconds. */
  readonly ring: number;
  /** How much less callers would have waited on average, in milliseconds. */
  readonly saved: number;
  /** Answers that came later than that, of all. */
  readonly late: number;
  readonly answers: number;
}

export interface OtherOrder {
  readonly order: readonly string[];
  /** About how much less callers would wait, in milliseconds. */
  readonly saved: number;
}

export interface Usage {
  readonly calls: number;
  readonly answered: number;
  /** Callers who left before anybody answered. */
  readonly left: number;
  /** How long callers waited on average for the answer, in milliseconds; null: nobody answered. */
  readonly waited: number | null;
  readonly members: readonly MemberUsage[];
  readonly shorter: ShorterRing | null;
  readonly order: OtherOrder | null;
}

export interface Settings {
  readonly policy: Policy;
  /** Seconds. */
  readonly ring: number;
  readonly members: readonly string[];
}

/** RFC 3261 §21.4.25: the caller sent CANCEL. */
const CALLER_LEFT = 487;
/** A shorter ring time may cost so many answers of a hundred. */
const MOST_LATE_PERCENT = 2;
/** Less is not worth a word. */
const WORTH_MS = 1_000;
/** Fewer attempts say nothing of a member. */
const LEAST_RUNG = 10;

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** How long it rang there. */
const rangFor = ({ started, rang, ended }: AttemptRecord, end: number | null = ended): number => {
  const begin = rang ?? started;
  return begin === null || end === null ? 0 : Math.max(0, end - begin);
};

/** @param ringTimes the seconds among which the customer may choose */
export function usageOf(settings: Settings, calls: readonly CallRecord[], ringTimes: readonly number[]): Usage {
  const answered = calls.filter(({ answered: at }) => at !== null);
  const members = settings.members.map((member) => memberUsage(member, calls));
  return {
    calls: calls.length,
    answered: answered.length,
    left: calls.filter(({ status, by }) => by === null && status === CALLER_LEFT).length,
    waited: answered.length === 0 ? null : mean(answered.map(({ waited }) => waited)),
    members,
    shorter: shorterRing(settings, answered, ringTimes),
    order: settings.policy === 'linear' ? otherOrder(members) : null,
  };
}

function memberUsage(member: string, calls: readonly CallRecord[]): MemberUsage {
  const [after, lost]: [number[], number[]] = [[], []];
  for (const { attempts, answered, by } of calls)
    for (const attempt of attempts) {
      if (attempt.member !== member || !isOwnDoing(attempt.why)) continue;
      if (by === member) after.push(rangFor(attempt, answered));
      else lost.push(rangFor(attempt));
    }
  const rung = after.length + lost.length;
  return {
    member,
    rung,
    answered: after.length,
    percent: rung === 0 ? null : Math.round((100 * after.length) / rung),
    answersAfter: mean(after),
    lost: mean(lost),
  };
}

/** The shortest one that hardly costs an answer. Of a longer one the records cannot tell: nobody knows who would have answered yet. */
function shorterRing(
  { ring }: Settings,
  answered: readonly CallRecord[],
  ringTimes: readonly number[],
): ShorterRing | null {
  for (const shorter of [...ringTimes].filter((one) => one < ring).sort((a, b) => a - b)) {
    const saved: number[] = [];
    for (const { attempts, answered: at, by } of answered) {
      const place = attempts.findIndex(({ member }) => member === by);
      const winner = attempts[place];
      if (winner === undefined || rangFor(winner, at) > shorter * 1_000) continue;
      // Whatever became of it: a phone that rang for longer would have been left.
      const before = attempts.slice(0, place).filter(({ rang }) => rang !== null);
      saved.push(before.reduce((sum, one) => sum + Math.max(0, rangFor(one) - shorter * 1_000), 0));
    }
    const late = answered.length - saved.length;
    const average = mean(saved);
    if (average >= WORTH_MS && 100 * late <= MOST_LATE_PERCENT * answered.length)
      return { ring: shorter, saved: average, late, answers: answered.length };
  }
  return null;
}

/** An estimate: it takes each member to answer as often as before, wherever he stands. */
function otherOrder(members: readonly MemberUsage[]): OtherOrder | null {
  if (members.length < 2 || members.some(({ rung }) => rung < LEAST_RUNG)) return null;
  // Who costs the least time for each answer that he gives comes first: the order in which a search ends soonest.
  const price = (one: MemberUsage): number =>
    one.answered === 0
      ? Number.POSITIVE_INFINITY
      : (one.answered * one.answersAfter + (one.rung - one.answered) * one.lost) / one.answered;
  const best = [...members].sort((a, b) => (price(a) === price(b) ? 0 : price(a) - price(b)));
  const saved = expectedWait(members) - expectedWait(best);
  return saved >= WORTH_MS ? { order: best.map(({ member }) => member), saved } : null;
}

/** Of a caller who is answered. */
function expectedWait(members: readonly MemberUsage[]): number {
  let [waiting, time, sum] = [1, 0, 0];
  for (const { rung, answered, answersAfter, lost } of members) {
    const share = answered / rung;
    sum += waiting * share * (time + answersAfter);
    time += lost;
    waiting *= 1 - share;
  }
  return waiting === 1 ? 0 : sum / (1 - waiting);
}
