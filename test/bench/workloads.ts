/** What is measured. Two members at two ports; who picks up depends on how the first one behaves. */
import type { Ports } from './targets.js';

export interface Workload {
  readonly name: string;
  /** Scenario of the member that is called first; the second always answers. */
  readonly first: 'member-answer' | 'member-busy' | 'member-ring';
  /** Milliseconds of the set-up delay that the group asks for, and that are no server's fault. */
  readonly wantedMs: number;
}

export const RING_SECONDS = 1;

export const WORKLOADS: readonly Workload[] = [
  { name: 'answer', first: 'member-answer', wantedMs: 0 },
  { name: 'busy', first: 'member-busy', wantedMs: 0 },
  { name: 'ring', first: 'member-ring', wantedMs: RING_SECONDS * 1000 },
];

export const PILOT = '+37167000000';

/** `hunt_set` of the group that all workloads call. */
export const groupFields = ({ first, second }: Ports): string[] => [
  ...['policy', 'linear', 'ring', String(RING_SECONDS)],
  ...['members', `sip:m1@127.0.0.1:${first},sip:m2@127.0.0.1:${second}`],
];
