/** Groups, a page at a time: of each node, as many at once as Redis looks through without being held up. */
import { undefinedWithoutGroup } from '../store/errors.js';
import { groupKey } from '../store/keys.js';
import { type GroupView, readGroup } from './group-view.js';
import type { Asked } from './redis.js';

interface GroupPage {
  readonly groups: readonly GroupView[];
  /** Null: that was the last page. */
  readonly next: string | null;
}

/** The cursor names the node and where it was; undefined where it is none. */
function readCursor(cursor: string): readonly [node: number, position: string] | undefined {
  const [, node, position] = /^(\d{1,4})-(\d{1,20})$/.exec(cursor) ?? [];
  return node === undefined || position === undefined ? undefined : [Number(node), position];
}

/** About `count` groups; one that is changed meanwhile may come twice. Undefined: the cursor is none. */
export async function pageOfGroups(
  redis: Asked,
  cursor: string | undefined,
  count: number,
): Promise<GroupPage | undefined> {
  const at = cursor === undefined ? ([0, '0'] as const) : readCursor(cursor);
  if (at === undefined) return undefined;
  let [index, position] = at;
  const groups: GroupView[] = [];
  for (let node = redis.nodes[index]; node !== undefined && groups.length < count; node = redis.nodes[index]) {
    const args = ['hunt_list', 0, position, Math.min(1000, Math.max(10, count))];
    const [next = '0', ...pilots] = (await node.command('FCALL', args)) as string[];
    const some = await Promise.all([...new Set(pilots)].map((pilot) => groupOf(redis, pilot)));
    groups.push(...some.filter((one) => one !== undefined));
    position = next;
    if (next === '0') index += 1;
  }
  return { groups, next: index < redis.nodes.length ? `${index}-${position}` : null };
}

/** Undefined: there is none. */
async function groupOf(redis: Pick<Asked, 'fcall'>, pilot: string): Promise<GroupView | undefined> {
  const flat = await redis.fcall('hunt_get', groupKey(pilot), []).catch(undefinedWithoutGroup);
  return flat === undefined ? undefined : readGroup(pilot, flat);
}
