/** What the per-message path costs. Run: `node dist/test/bench/sip.js`; prints microseconds per operation, the best of five rounds. */

import { ackFor, responseTo, stampReceived } from '../../lib/sip/build.js';
import { MessageFramer } from '../../lib/sip/framer.js';
import type { SipMessage } from '../../lib/sip/message.js';
import { parseMessage } from '../../lib/sip/parse.js';
import { defectOf } from '../../lib/sip/validate.js';
import { inviteText } from '../../lib/warm-up/messages.js';

/** A fresh copy each time, as from a socket: V8 must not have its hash or its slices. */
const copies = Array.from({ length: 256 }, (_, i) =>
  Buffer.from(inviteText(118_273_645 + i), 'latin1').toString('latin1'),
);

let turn = 0;
const fresh = (): string => copies[turn++ & 255] as string;
const parsed = (): SipMessage => parseMessage(fresh()) as SipMessage;
const invite = parsed();
const busy = responseTo(invite, 486, 'Busy Here', { toTag: 'abc' });
const framer = new MessageFramer();

const CASES: Record<string, () => unknown> = {
  parseMessage: () => parsed(),
  'parseMessage + defectOf': () => defectOf(parsed()),
  'parseMessage + defectOf + stampReceived': () => {
    const message = parsed();
    defectOf(message);
    return stampReceived(message, '10.1.0.1', 5060);
  },
  'first(content-type), first(session-expires)': () => [invite.first('content-type'), invite.first('session-expires')],
  'responseTo, serialized': () => responseTo(invite, 180, 'Ringing', { toTag: 'f3a9c1' }).text,
  'ackFor, serialized': () => ackFor(invite, busy).text,
  'MessageFramer.push': () => framer.push(fresh()),
};

const ROUND = 100_000;
let sink: unknown;
for (const [name, run] of Object.entries(CASES)) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    for (let i = 0; i < ROUND; i++) sink = run();
    best = Math.min(best, ((performance.now() - started) * 1000) / ROUND);
  }
  process.stdout.write(`${best.toFixed(2).padStart(8)} µs  ${name}\n`);
}
if (sink === copies) throw new Error('unreachable: keeps the results alive');
