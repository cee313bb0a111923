/** Tests of media that a server named by TEST_MEDIA_URL cannot pass, by a part of the title, and why. They are skipped there; all others hold. */
import { TEST_MEDIA_URL } from './named-server.js';

const KILLS = 'it is killed, and comes back';
const FAULTS = 'it has to fail in a way of its own';
const TWO = 'two servers are needed';
const INSIDE = 'what its channels have heard, or how many there were, is looked at from inside';

const REASONS: Readonly<Record<string, string>> = {
  killed: KILLS,
  'no media server is up': KILLS,
  'a fault in one call costs the others nothing': KILLS,
  'whose password is another one now': KILLS,
  'the failing step is named once': FAULTS,
  'a media server that answers nothing': FAULTS,
  'a media server that is full for this call': FAULTS,
  'a channel that the server ends by itself': FAULTS,
  'without `full` in the dialplan': FAULTS,
  'the sweep ends a channel': FAULTS,
  'takes the least loaded server': TWO,
  'the load that a server tells counts': TWO,
  'at start one endpoint is made and destroyed': INSIDE,
  'two hundred endpoints: none is left': INSIDE,
  'an endpoint plays to whom its description names': 'its recording has a name and no file',
  'RTP of a stranger': INSIDE,
  'keys before the answer and keys of another leg': INSIDE,
  'a key in the instant of the direct join': INSIDE,
};
/** A real server is asked for more than a double. */
const LIMIT_MS = 30_000;

beforeEach(function () {
  if (TEST_MEDIA_URL === undefined) return;
  this.timeout(LIMIT_MS);
  const title = this.currentTest?.fullTitle() ?? '';
  const reason = Object.entries(REASONS).find(([part]) => title.includes(part))?.[1];
  if (reason === undefined) return;
  console.log(`skipped on ${new URL(TEST_MEDIA_URL).host}: ${title}: ${reason}`);
  this.skip();
});
