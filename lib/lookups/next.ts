/** Who would ring now: asked of Redis, told by lib/explain. */
import type { Lang } from '../explain/language.js';
import { explainNext, type NextPhone, type NextWhy } from '../explain/next.js';
import { liveCallsOf } from '../privacy/redis.js';
import { groupKey, memberCallsKey } from '../store/keys.js';
import { type Absence, type GroupView, readGroup } from './group-view.js';
import type { Asked } from './redis.js';

interface NextQuestion {
  readonly lang: Lang;
  readonly timeZone: string;
  /** For whom it matters whether he is on another call. */
  readonly claimMembers: 'numbers' | 'all' | 'none';
  /** Who would call. */
  readonly caller?: string | undefined;
}

/** Somebody of the group, and whether a call would ring him now. */
interface Candidate {
  readonly member: string;
  /** His place in the order of ringing; null: he would not ring. */
  readonly position: number | null;
  /** As in a record; `disabled`: nobody of this group rings. Null for who would ring. */
  readonly why: Exclude<NextWhy, 'rings'> | 'disabled' | null;
  readonly away: Absence | null;
  readonly sentence: string;
}

interface NextView extends Pick<GroupView, 'pilot' | 'enabled' | 'policy' | 'ring'> {
  readonly headline: string;
  readonly members: readonly Candidate[];
}

interface Place {
  readonly redis: Asked;
  /** By Redis's clock. */
  readonly now: number;
}

/** Who is on a call now, and since when, as far as a node has told. */
async function busyOf(
  { redis, now }: Place,
  members: readonly string[],
): Promise<ReadonlyMap<string, number | undefined>> {
  const found = await Promise.all(
    members.map(async (member) => {
      const args = [memberCallsKey(member), `(${now}`, '+inf', 'LIMIT', 0, 1];
      const [call] = (await redis.command('ZRANGEBYSCORE', args)) as string[];
      return call === undefined ? [] : [[member, call] as const];
    }),
  );
  const calls = new Map(found.flat());
  const live = calls.size > 0 ? await liveCallsOf(redis) : undefined;
  return new Map([...calls].map(([member, call]) => [member, live?.get(call)?.answered ?? undefined]));
}

/** Rejects with STORE_REFUSED where there is no such group. */
export async function nextOf(place: Place, pilot: string, question: NextQuestion): Promise<NextView> {
  const { lang, timeZone, claimMembers, caller } = question;
  const [flat, order] = await Promise.all([
    place.redis.fcall('hunt_get', groupKey(pilot), []),
    place.redis.fcall('hunt_next', groupKey(pilot), []) as Promise<string[]>,
  ]);
  const group = readGroup(pilot, flat);
  const { enabled, policy, ring, away } = group;
  const matters = (member: string): boolean =>
    claimMembers === 'all' || (claimMembers === 'numbers' && member.startsWith('+'));
  const busy = await busyOf(place, group.members.filter(matters));
  const asked = { pilot, group, order, busy, away: away.map((one) => ({ ...one, until: Date.parse(one.until) })) };
  const shown = explainNext(
    { ...asked, ...(caller !== undefined && { caller }) },
    { lang, timeZone, numbers: 'whole' },
  );
  const candidate = ({ member, position, why, sentence }: NextPhone): Candidate => {
    const absence = away.find((one) => one.member === member) ?? null;
    return { member, position, why: why === 'rings' ? null : why, away: absence, sentence };
  };
  const nobody = { position: null, why: 'disabled', away: null, sentence: shown.headline } as const;
  const members = enabled ? shown.phones.map(candidate) : group.members.map((member) => ({ member, ...nobody }));
  return { pilot, enabled, policy, ring, headline: shown.headline, members };
}
