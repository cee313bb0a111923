import type { Command } from 'commander';
import { groupKey, memberCallsKey } from '../../store/keys.js';
import { number } from '../arguments.js';
import { type Context, named } from '../context.js';
import { type Absence, readAbsences } from '../group-view.js';
import type { Session } from '../session.js';

/** Somebody of the group, and whether a call would ring him now. */
interface Candidate {
  readonly member: string;
  /** His place in the order of ringing; null: he would not ring. */
  readonly position: number | null;
  /** `away`, `on-a-call`, as in a record; `disabled`: nobody of this group rings. Null for who would ring. */
  readonly why: 'away' | 'on-a-call' | 'disabled' | null;
  readonly away: Absence | null;
}

interface Preview {
  readonly pilot: string;
  readonly enabled: boolean;
  readonly policy: string;
  readonly ring: number;
  readonly members: readonly Candidate[];
}

/** `ringing.claimMembers`: for whom it matters whether he is on another call. */
type Claiming = 'numbers' | 'all' | 'none';

const matters = (member: string, claiming: Claiming): boolean =>
  claiming === 'all' || (claiming === 'numbers' && member.startsWith('+'));

async function isClaimed(session: Session, member: string): Promise<boolean> {
  const args = [memberCallsKey(member), `(${session.time}`, '+inf', 'LIMIT', 0, 1];
  return ((await session.command('ZRANGEBYSCORE', args)) as string[]).length > 0;
}

export async function preview(session: Session, pilot: string, claimMembers: Claiming): Promise<Preview> {
  const [flat, next] = await Promise.all([
    session.fcall('hunt_get', groupKey(pilot)),
    session.fcall('hunt_next', groupKey(pilot)) as Promise<string[]>,
  ]);
  const group = named(flat);
  const enabled = group.get('enabled') === 'yes';
  const absences = readAbsences(group.get('away') ?? '');
  const all = (group.get('members') ?? '').split(',').filter((member) => member !== '');
  const order = [...next, ...all.filter((member) => !next.includes(member))];
  const claimed = await Promise.all(
    order.map(async (member) => matters(member, claimMembers) && (await isClaimed(session, member))),
  );
  let position = 0;
  const members = order.map((member, i): Candidate => {
    const away = absences.find((one) => one.member === member) ?? null;
    const why = !enabled ? 'disabled' : away !== null ? 'away' : claimed[i] ? 'on-a-call' : null;
    if (why === null) position += 1;
    return { member, position: why === null ? position : null, why, away };
  });
  const policy = group.get('policy') ?? '';
  return { pilot, enabled, policy, ring: Number(group.get('ring')), members };
}

const WHY = {
  disabled: () => 'the group is not enabled: calls get 480 at once',
  away: ({ away }: Candidate) => `away until ${away?.until ?? ''}${away?.reason ? ` (${away.reason})` : ''}`,
  'on-a-call': () => 'on another call now; he rings if it ends before his turn comes',
};

export function addNext(program: Command, context: Context): void {
  program
    .command('next')
    .description('who would ring now, in which order, and why not the others; takes no turn')
    .argument('<pilot>', 'the number of the group', number)
    .option('--json', 'as JSON')
    .action(async (pilot: string, { json }: { json?: boolean }) => {
      const { claimMembers } = context.config().ringing;
      const shown = await context.withRedis((session) => preview(session, pilot, claimMembers));
      const { out } = context;
      if (json) return out.json(shown);
      await out.pairs(
        shown.members.map((one) => [
          one.position === null ? '–' : `${one.position}.`,
          one.why === null ? `${one.member}, for ${shown.ring} s` : `${one.member} does not ring: ${WHY[one.why](one)}`,
        ]),
      );
    });
}
