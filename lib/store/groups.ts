import { undefinedWithoutGroup } from './errors.js';
import { fieldReader } from './flat.js';
import { groupKey } from './keys.js';
import type { Link } from './link.js';
import type { Group, Plan, Policy } from './types.js';

/** What may be set of a group; what is left out stays, or has hunt_set's default in a new group. */
type GroupChange = Partial<Pick<Group, 'policy' | 'ring' | 'plan' | 'enabled' | 'members'>>;

/** Settings as somebody may have sent them: whether they are allowed hunt_set says. */
export interface GivenSettings {
  readonly policy?: string | undefined;
  readonly ring?: number | undefined;
  readonly plan?: string | undefined;
  readonly enabled?: boolean | undefined;
  /** Null: nobody's. */
  readonly owner?: string | null | undefined;
  readonly members?: readonly string[] | undefined;
}

/** Name and value, one after another, of those that are given: as hunt_set takes them. */
export function settingFields({ policy, ring, plan, enabled, owner, members }: GivenSettings): string[] {
  const fields: string[] = [];
  if (policy !== undefined) fields.push('policy', policy);
  if (ring !== undefined) fields.push('ring', String(ring));
  if (plan !== undefined) fields.push('plan', plan);
  if (enabled !== undefined) fields.push('enabled', enabled ? 'yes' : 'no');
  if (owner !== undefined) fields.push('owner', owner ?? '');
  if (members !== undefined) fields.push('members', members.join(','));
  return fields;
}

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
    const args = settingFields(change);
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
