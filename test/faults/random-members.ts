/** Members that do as phones do, at random: who plays with the same seed has the same phones. */
import { listening, portOf, responseTo } from './wire.js';

/** How often of a hundred, and what they say: each status after so many milliseconds. */
const WAYS: readonly (readonly [share: number, says: readonly (readonly [after: number, status: string])[]])[] = [
  [
    45,
    [
      [0, '180 Ringing'],
      [30, '200 OK'],
    ],
  ],
  [10, [[5, '200 OK']]],
  [
    5,
    [
      [0, '180 Ringing'],
      [700, '200 OK'],
    ],
  ],
  [15, [[10, '486 Busy Here']]],
  [
    5,
    [
      [0, '180 Ringing'],
      [200, '603 Decline'],
    ],
  ],
  [5, [[0, '404 Not Found']]],
  [4, [[0, '480 Temporarily Unavailable']]],
  [3, [[0, '500 Server Internal Error']]],
  [3, [[0, '503 Service Unavailable']]],
  [2, [[0, '302 Moved Temporarily']]],
  [2, [[0, '181 Call Is Being Forwarded']]],
  // Rings, and nobody comes.
  [1, [[0, '180 Ringing']]],
];

/** Of mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function wayOf(share: number): (typeof WAYS)[number][1] {
  let rest = share * 100;
  for (const [part, says] of WAYS) {
    rest -= part;
    if (rest < 0) return says;
  }
  return [];
}

const KEEP_MS = 60_000;

export async function startRandomMembers(
  seed: number,
  count: number,
): Promise<{ readonly uris: string; close(): void }> {
  const socket = await listening();
  const random = randomOf(seed);
  /** By branch: what was begun, what was said last, and whether that decided it. */
  const open = new Map<string, { invite: string; said: string; decided: boolean }>();
  socket.on('message', (bytes, from) => {
    const message = bytes.toString('latin1');
    const [method = ''] = message.split(' ', 1);
    if (method === 'ACK' || method === 'SIP/2.0') return;
    const branch = /branch=([^;\s,]+)/.exec(message)?.[1] ?? '';
    const say = (to: string, status: string): void =>
      socket.send(responseTo(to, status, `m${branch.slice(-8)}`, portOf(socket)), from.port, from.address);
    if (method === 'CANCEL') {
      say(message, '200 OK');
      const cancelled = open.get(branch);
      if (cancelled === undefined || cancelled.decided) return;
      cancelled.decided = true;
      cancelled.said = '487 Request Terminated';
      say(cancelled.invite, cancelled.said);
    } else if (method === 'INVITE') {
      const known = open.get(branch);
      if (known !== undefined) {
        // The answer was lost, or slow (RFC 3261 §17.2.1).
        if (known.said !== '') say(message, known.said);
        return;
      }
      const one = { invite: message, said: '', decided: false };
      open.set(branch, one);
      setTimeout(() => open.delete(branch), KEEP_MS).unref();
      for (const [after, status] of wayOf(random())) {
        setTimeout(() => {
          if (one.decided) return;
          one.said = status;
          one.decided = Number.parseInt(status, 10) >= 200;
          say(message, status);
        }, after);
      }
    } else say(message, '200 OK');
  });
  const uris = Array.from({ length: count }, (_, i) => `sip:desk${i}@127.0.0.1:${portOf(socket)}`);
  return { uris: uris.join(','), close: () => socket.close() };
}
