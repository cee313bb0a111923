/** What no erasure takes, and why: said in each export and behind each erasure. Pure. */

const STAYS = {
  audit:
    'who activated, changed or ended the group of this number, and when: its months are charged from it, and the law on accounts wants it kept',
  charges: 'the charges of closed months, which name the group of this number: the law on accounts wants them kept',
  group: 'the group of this number, which is in service: it goes with hunt_del',
  onlyMember: 'this number as the only member of a group: give the group another one, or delete it, and erase again',
  live: 'calls of this number that go on now: their records come when they end; erase again then',
  copies:
    'copies outside Redis’s memory: its append-only file until it is rewritten (BGREWRITEAOF), its backups, and the spool of a node that is cut off from Redis',
} as const;

type StaysFor = keyof typeof STAYS;

export interface Stay {
  readonly what: StaysFor;
  readonly why: string;
  /** The groups that it concerns, where it is some. */
  readonly groups?: readonly string[];
}

export const stays = (what: StaysFor, groups?: readonly string[]): Stay => ({
  what,
  why: STAYS[what],
  ...(groups && { groups }),
});
