/**
 * Why an INVITE never became a call, in one word of a closed list, with what the caller is told. Beside results.ts, which has the
 * words of what became of members.
 */
export const REFUSED = {
  /** A header or the start line cannot be read: the SIP server says with which status. */
  malformed: 400,
  /** Nobody has set up a group of that number, or what was dialled is no number. */
  'no-such-number': 404,
  'body-not-supported': 415,
  'scheme-not-supported': 416,
  'option-not-supported': 420,
  'session-too-short': 422,
  /** It has left this pilot before. */
  loop: 482,
  'too-many-diversions': 482,
  'too-many-hops': 483,
  /** Its Expires was over when it came. */
  expired: 487,
  /** The group is not enabled. */
  disabled: 480,
  /** The group has none. */
  'no-members': 480,
  /** An error of ours. */
  fault: 500,
  overload: 503,
  draining: 503,
  /** Redis is away, and the group was never seen. */
  'no-store': 503,
} as const satisfies Readonly<Record<string, number>>;

export type RefusedWord = keyof typeof REFUSED;

export const REFUSED_WORDS = Object.keys(REFUSED) as RefusedWord[];

/** What a SIP server has refused without us, by its status. */
const BY_STATUS: Readonly<Record<number, RefusedWord>> = {
  416: 'scheme-not-supported',
  483: 'too-many-hops',
  500: 'fault',
  503: 'overload',
};

export const refusedBy = (status: number): RefusedWord => BY_STATUS[status] ?? 'malformed';
