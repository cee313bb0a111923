/** How a call ended, for a collector: without anybody's number. */

interface Attempt {
  readonly why: string;
  readonly status: number | null;
  readonly trunk: string | null;
  readonly callIds: readonly string[];
}

/** As much of a call record. */
export interface Ended {
  readonly call: string;
  readonly callId: string;
  readonly node: string;
  readonly started: number;
  readonly status: number;
  readonly waited: number;
  readonly talked: number;
  readonly released: string | null;
  readonly cause: number | null;
  readonly refused: string | null;
  readonly attempts: readonly Attempt[];
}

export const resultOf = (record: Ended): string => {
  const { call, callId, node, started, status, waited, talked, released, cause, refused, attempts } = record;
  return JSON.stringify({
    event: 'call ended',
    call,
    callId,
    node,
    started,
    status,
    waited,
    talked,
    released,
    cause,
    refused,
    attempts: attempts.map(({ why, status: said, trunk, callIds }) => ({ why, status: said, trunk, callIds })),
  });
};
