/**
 * Why the service ended a call by itself, in one word of a closed list that the record has; null where one of its ends did. What
 * nobody told us was over before we noticed: then the end in the record is an estimate, and the latest that it can have been.
 */
import type { ReleaseReason } from '../sip-server/sip-server.js';

export type EndReason =
  | ReleaseReason
  /** The service was being stopped. */
  | 'shut-down'
  /** The SIP server is gone, and every leg with it. */
  | 'server-lost'
  /** The node had the call, and is gone: another one has written the record (store/records/estimate.ts). */
  | 'node-lost'
  /** The INVITE's Expires ran out. */
  | 'expired';

/** By the reason: whether the end is an estimate. */
export const END_REASONS: Readonly<Record<EndReason, boolean>> = {
  'no-ack': true,
  'session-expired': true,
  'peer-silent': true,
  'peer-gone': true,
  'server-lost': true,
  'node-lost': true,
  other: true,
  fault: false,
  'shut-down': false,
  expired: false,
};

export const ALL_END_REASONS = Object.keys(END_REASONS) as EndReason[];

/** A request of the call was answered so, or not at all: the leg is gone. */
export const endReasonOf = (status: number): EndReason => (status === 408 ? 'peer-silent' : 'peer-gone');
