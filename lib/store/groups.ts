import { undefinedWithoutGroup } from './errors.js';
import { fieldReader } from './flat.js';
import { groupKey } from './keys.js';
import type { Link } from './link.js';
import type { Group, Plan, Policy } from './types.js';

/** What may be set of a group; what is left out stays, or has hunt_set's default in a new group. */
type GroupChange = Partial<Pick<Group, 'policy' | 'ring' | 'plan' | 'enabled' | 'members'>>;

/** The group with what redis-cli shows of it: `cursor` is the index, from 0, of who starts next. */
export interface GroupView extends Group {
  readonly cursor: number;
  readonly turns: number;
}

/** Groups for those who administer them. All reject with StoreError: STORE_REFUSED names field, value and what is allowed. */
export class Groups {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  /**
   * The group's new version.
   * @param about who changes it, for the audit; and the version in view of which, where another one must not be changed
   */
  async set(pilot: string, change: GroupChange, about: { by?: string; version?: number } = {}): Promise<number> {
    const args: string[] = [];
    if (change.policy !== undefined) args.push('policy', change.policy);
    if (change.ring !== undefined) args.push('ring', String(change.ring));
    if (change.plan !== undefined) args.push('plan', change.plan);
    if (change.enabled !== undefined) args.push('enabled', change.enabled ? 'yes' : 'no');
    if (change.members !== undefined) args.push('members', change.members.join(','));
    if (about.by !== undefined) args.push('by', about.by);
    if (about.version !== undefined) args.push('version', String(about.version));
    const [, version] = (await this.#link.fcall('hunt_set', groupKey(pilot), args)) as [string, number];
    return version;
  }

  async get(pilot: string): Promise<GroupView | undefined> {
    const flat = await this.#link.fcall('hunt_get', groupKey(pilot), []).catch(undefinedWithoutGroup);
    if (flat === undefined) return undefined;
    const field = fieldReader(flat);
    const members = field('members');
    return {
      pilot,
      policy: field('policy') as Policy,
      ring: Number(field('ring')),
      plan: field('plan') as Plan,
      enabled: field('enabled') === 'yes',
      version: Number(field('version')),
      members: members === '' ? [] : members.split(','),
      cursor: Number(field('cursor')),
      turns: Number(field('turns')),
    };
  }

  /** False: there was no such group. */
  async delete(pilot: string): Promise<boolean> {
    return (await this.#link.fcall('hunt_del', groupKey(pilot), [])) === 1;
  }

  addMember(pilot: string, member: string): Promise<readonly string[]> {
    return this.#members(pilot, ['add', member]);
  }

  removeMember(pilot: string, member: string): Promise<readonly string[]> {
    return this.#members(pilot, ['remove', member]);
  }

  /** @param position from 1 */
  moveMember(pilot: string, member: string, position: number): Promise<readonly string[]> {
    return this.#members(pilot, ['move', member, String(position)]);
  }

  /** Who would ring now, in which order; takes no turn. */
  async next(pilot: string): Promise<readonly string[]> {
    return (await this.#link.fcall('hunt_next', groupKey(pilot), [])) as string[];
  }

  async #members(pilot: string, args: readonly string[]): Promise<readonly string[]> {
    return (await this.#link.fcall('hunt_members', groupKey(pilot), args)) as string[];
  }
}
