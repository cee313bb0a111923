/** What the ringing service and the records need from the store. Numbers are E.164 (`+37120000001`); a member may be a SIP URI. */

export const POLICIES = ['linear', 'circular'] as const;
export type Policy = (typeof POLICIES)[number];

export const PLANS = ['BIZNESS', 'EKONOMISKAIS', 'VIRTUALAIS'] as const;
export type Plan = (typeof PLANS)[number];

/** The product's bounds; the configuration's catalogue is within them. */
export const MOST_MEMBERS = 12;
export const LONGEST_RING = 180;
/** Seconds, where a group has none that can be used. */
export const DEFAULT_RING = 20;

export interface Group {
  readonly pilot: string;
  readonly policy: Policy;
  /** Seconds each member rings. */
  readonly ring: number;
  readonly plan: Plan;
  readonly enabled: boolean;
  /** Grows by one with each change. */
  readonly version: number;
  readonly members: readonly string[];
  /** Whose group it is: a customer's id; absent where nobody has said. */
  readonly owner?: string;
  /** What its callers and members hear of us; absent where that is nothing, as nearly always. */
  readonly voices?: GroupVoices;
}

/** What is absent is not wished for. Names are those of recordings. */
export interface GroupVoices {
  /** The member who answers hears the group's name and must press 1. */
  readonly confirm?: true;
  /** He hears the group's name. */
  readonly whisper?: true;
  /** What the caller hears instead of his network's ringback. */
  readonly waiting?: string;
  /** What he hears before the final response where nobody answers. */
  readonly farewell?: string;
  /** Of the recordings: a folder of them. */
  readonly language?: string;
  /** The recording of the group's name. */
  readonly spoken?: string;
}

/** A member who does not ring for a while, though on the list. */
export interface Absence {
  readonly member: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** In people's words; may be empty. */
  readonly reason: string;
}

export interface Turn {
  readonly group: Group;
  /** The group's running number of this turn, from 1; 0 when no turn was taken (disabled or empty group). */
  readonly number: number;
  /** The members in the order in which this call rings them; empty when there is nobody to ring. */
  readonly order: readonly string[];
  /** Those of the members who do not ring now; absent where that is nobody. */
  readonly away?: readonly Absence[];
}

/** What looked as if a phone forwarded its call, and proves nothing: the header that said so. */
export type Hint = 'diversion' | 'history-info' | 'asserted-identity';

export interface AttemptRecord {
  readonly member: string;
  /** Milliseconds since 1970 UTC; null where it did not happen. */
  readonly started: number | null;
  readonly rang: number | null;
  readonly ended: number | null;
  /** Why it ended as it did, or why the member was not rung: one word of a closed list, which whoever writes the record keeps. */
  readonly why: string;
  /** The SIP status that ended it, where one did. */
  readonly status: number | null;
  /** Only where there was one. */
  readonly hint?: Hint;
  /** Where its INVITE went last: the trunk's name or URI; null for a member that was not called. */
  readonly trunk: string | null;
  /** The SIP Call-ID of each leg towards it, one for each trunk that was tried; empty where it was not called. */
  readonly callIds: readonly string[];
  /** What the far side said in the response that ended it; null where it said nothing. */
  readonly said: Said | null;
  /** What failed on our side of the wire, in words (`no such host`, `connection refused`); null where nothing did. */
  readonly local: string | null;
}

/** Of a member who was not called, or of whose call nobody knows. */
export const NOTHING_KNOWN = {
  started: null,
  rang: null,
  ended: null,
  status: null,
  trunk: null,
  callIds: [],
  said: null,
  local: null,
} as const;

/** As received, cut to a length that a person reads. */
export interface Said {
  readonly status: number;
  readonly phrase: string;
  readonly reason: string | null;
  readonly warning: string | null;
}

export interface CallRecord {
  /** Unique over all nodes: the key that makes writing exactly once possible. */
  readonly call: string;
  readonly pilot: string;
  /** The caller's number in E.164, or the user part as received, or empty. */
  readonly caller: string;
  readonly started: number;
  readonly answered: number | null;
  readonly ended: number;
  /** How the call ended for the caller: the final status sent (200, 480, 486, 487, …). */
  readonly status: number;
  /** The member who answered. */
  readonly by: string | null;
  /** Who ended an answered call: `caller`, `callee`, or `system`. */
  readonly released: 'caller' | 'callee' | 'system' | null;
  readonly policy: Policy | null;
  readonly turn: number;
  /** The turn's number is from memory, and Redis never gave one: another call may have the same. */
  readonly provisional?: true;
  /** The node was lost with the call: its end, and what else Redis did not know, is reckoned. */
  readonly estimated?: true;
  readonly version: number;
  readonly attempts: readonly AttemptRecord[];
  /** Which node had the call. */
  readonly node: string;
  /** The SIP Call-ID of the caller's leg. */
  readonly callId: string;
  /** The number that the caller's phone showed, where the network asserted another one; empty elsewhere. */
  readonly presented: string;
  /** The caller asked not to be shown (RFC 3323). */
  readonly hidden: boolean;
  /** Through whom the call had come, the last one first: the numbers of Diversion or History-Info. */
  readonly diverted: readonly string[];
  /** Whose group it was then. */
  readonly owner: string | null;
  /** The cause of Q.850 with which it ended. */
  readonly cause: number | null;
  /** Why it never became a call, in one word of a closed list; null where it did. */
  readonly refused: string | null;
  /** Why the service ended it by itself, in one word of a closed list; null where one of its ends did. */
  readonly endReason: string | null;
  /** Nobody said when it ended: `ended` is when it was noticed. */
  readonly endEstimated: boolean;
  /** The caller refused all use of this call but running, billing and explaining it; absent where he did not. */
  readonly metadataRefused?: true;
  /** Milliseconds from the INVITE to the answer, or to the end of a call that nobody answered; by a clock that nobody sets. */
  readonly waited: number;
  /** Milliseconds from answer to end. */
  readonly talked: number;
  /**
   * Only of a group that wishes for voices: `through` the media server, `direct` after it, or the word for why it went on without, of a
   * closed list.
   */
  readonly media?: string;
}

/** The version of the record's fields: grows when one changes its meaning. New ones may come at any time. */
export const RECORD_SCHEMA = 2;

/** Turns and claims. While Redis is away they go on from memory. */
export interface HuntStore {
  /**
   * Takes the call's turn: reads the group, fixes the order, advances the cursor. Undefined: no such group.
   * Rejects with STORE_UNAVAILABLE when Redis is away and the group was never seen: nobody can know then.
   */
  takeTurn(pilot: string, call: string): Promise<Turn | undefined>;
  /** Marks the member as being on this call, unless it is on another one: then false. */
  claim(member: string, call: string): Promise<boolean>;
  /** The member is no longer on this call. */
  release(member: string, call: string): void;
}

export interface RecordWriter {
  /** Stores the record exactly once, at the latest when Redis is back. Never rejects. */
  write(record: CallRecord): Promise<void>;
}

/** A call that goes on: what others see of it. Read now and then, by whoever tells Redis. */
export interface LiveCall {
  readonly id: string;
  readonly pilot: string;
  /** As in the call's record. */
  readonly caller: string;
  /** The caller asked not to be shown (RFC 3323). */
  readonly hidden: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly started: number;
  readonly answered: number | null;
  /** Who rings, or has the call; null while it is nobody. */
  readonly member: string | null;
  /** It is over for the caller, and has its record. */
  readonly isOver: boolean;
}
