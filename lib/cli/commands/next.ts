import { type Command, Option } from 'commander';
import type { Lang } from '../../explain/language.js';
import { explainNext, type NextPhone, type NextWhy } from '../../explain/next.js';
import { liveCallsOf } from '../../privacy/redis.js';
import { groupKey, memberCallsKey } from '../../store/keys.js';
import { caller, number } from '../arguments.js';
import type { Context } from '../context.js';
import { type Absence, type GroupView, readGroup } from '../group-view.js';
import { language } from '../options.js';
import type { Session } from '../session.js';

interface Options {
  readonly caller?: string;
  readonly lang: Lang;
  readonly json?: boolean;
}

/** Somebody of the group, and whether a call would ring him now. */
interface Candidate {
  readonly member: string;
  /** His place in the order of ringing; null: he would not ring. */
  readonly position: number | null;
  /** `away`, `on-a-call`, `own-number` as in a record; `disabled`: nobody of this group rings. Null for who would ring. */
  readonly why: Exclude<NextWhy, 'rings'> | 'disabled' | null;
  readonly away: Absence | null;
  readonly sentence: string;
}

interface Preview extends Pick<GroupView, 'pilot' | 'enabled' | 'policy' | 'ring'> {
  readonly headline: string;
  readonly members: readonly Candidate[];
}

/** `ringing.claimMembers`: for whom it matters whether he is on another call. */
type Claiming = 'numbers' | 'all' | 'none';

const matters = (member: string, claiming: Claiming): boolean =>
  claiming === 'all' || (claiming === 'numbers' && member.startsWith('+'));

/** Who is on a call now, and since when, as far as a node has told. */
async function busyOf(session: Session, members: readonly string[]): Promise<ReadonlyMap<string, number | undefined>> {
  const calls = new Map<string, string>();
  for (const member of members) {
    const args = [memberCallsKey(member), `(${session.time}`, '+inf', 'LIMIT', 0, 1];
    const [call] = (await session.command('ZRANGEBYSCORE', args)) as string[];
    if (call !== undefined) calls.set(member, call);
  }
  const live = calls.size > 0 ? await liveCallsOf(session) : undefined;
  return new Map([...calls].map(([member, call]) => [member, live?.get(call)?.answered ?? undefined]));
}

async function preview(session: Session, pilot: string, options: Options, context: Context): Promise<Preview> {
  const { operator, ringing } = context.config();
  const [group, order] = await Promise.all([
    session.fcall('hunt_get', groupKey(pilot)).then((flat) => readGroup(pilot, flat)),
    session.fcall('hunt_next', groupKey(pilot)) as Promise<string[]>,
  ]);
  const { enabled, policy, ring, away } = group;
  const busy = await busyOf(
    session,
    group.members.filter((member) => matters(member, ringing.claimMembers)),
  );
  const asked = { pilot, group, order, busy, away: away.map((one) => ({ ...one, until: Date.parse(one.until) })) };
  const shown = explainNext(
    { ...asked, ...(options.caller !== undefined && { caller: options.caller }) },
    { lang: options.lang, timeZone: operator.timeZone, numbers: 'whole' },
  );
  const candidate = ({ member, position, why, sentence }: NextPhone): Candidate => {
    const absence = away.find((one) => one.member === member) ?? null;
    return { member, position, why: why === 'rings' ? null : why, away: absence, sentence };
  };
  const nobody = { position: null, why: 'disabled', away: null, sentence: shown.headline } as const;
  const members = enabled ? shown.phones.map(candidate) : group.members.map((member) => ({ member, ...nobody }));
  return { pilot, enabled, policy, ring, headline: shown.headline, members };
}

export function addNext(program: Command, context: Context): void {
  program
    .command('next')
    .description('who would ring now, in which order, and why not the others; takes no turn')
    .argument('<pilot>', 'the number of the group', number)
    .addOption(new Option('--caller <number>', 'if this one called').argParser(caller))
    .addOption(language())
    .option('--json', 'as JSON')
    .action(async (pilot: string, options: Options) => {
      const shown = await context.withRedis((session) => preview(session, pilot, options, context));
      const { out } = context;
      if (options.json) return out.json(shown);
      await out.lines([shown.headline, ...(shown.enabled ? shown.members.map(({ sentence }) => sentence) : [])]);
    });
}
