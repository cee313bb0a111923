/** All groups, a page at a time: of each node, as many at once as Redis looks through without being held up. */
import { Recent } from '../../base/recent.js';
import { type GroupView, readGroup } from '../../lookups/group-view.js';
import { undefinedWithoutGroup } from '../../store/errors.js';
import { groupKey } from '../../store/keys.js';
import type { Listing } from '../output.js';
import type { Session } from '../session.js';

const PAGE = 500;
/** SCAN gives a key twice where its table grows meanwhile, and soon after. */
const REMEMBERED = 20_000;

async function* pilotsOf(session: Session): AsyncGenerator<readonly string[]> {
  const seen = new Recent<true>(REMEMBERED);
  for (const node of session.nodes) {
    let cursor = '0';
    do {
      const [next = '0', ...pilots] = (await node.command('FCALL', ['hunt_list', 0, cursor, PAGE])) as string[];
      const fresh = [...new Set(pilots)].filter((pilot) => seen.find(pilot) === undefined);
      for (const pilot of fresh) seen.keep(pilot, true);
      yield fresh;
      cursor = next;
    } while (cursor !== '0');
  }
}

/** What the function says of each group; without those that are gone since they were listed. */
export async function* ofEach<Result>(
  session: Session,
  name: string,
  read: (pilot: string, reply: unknown) => Result,
): AsyncGenerator<Result> {
  for await (const pilots of pilotsOf(session)) {
    const replies = await Promise.all(
      pilots.map((pilot) =>
        session.fcall(name, groupKey(pilot)).then((reply) => read(pilot, reply), undefinedWithoutGroup),
      ),
    );
    for (const one of replies) if (one !== undefined) yield one;
  }
}

export const groupsOf = (session: Session): AsyncGenerator<GroupView> => ofEach(session, 'hunt_get', readGroup);

export const listing: Listing<GroupView> = {
  none: 'there is no group',
  json: (group) => group,
  columns: [
    { name: 'pilot', of: ({ pilot }) => pilot },
    { name: 'enabled', of: ({ enabled }) => (enabled ? 'yes' : 'no') },
    { name: 'policy', of: ({ policy }) => policy },
    { name: 'ring', of: ({ ring }) => String(ring) },
    { name: 'plan', of: ({ plan }) => plan },
    { name: 'members', of: ({ members }) => String(members.length) },
    { name: 'away', of: ({ away }) => String(away.length) },
    { name: 'turns', of: ({ turns }) => String(turns) },
    { name: 'owner', of: ({ owner }) => owner ?? '–' },
  ],
};
