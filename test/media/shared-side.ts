/** One service and one double for the tests of a file, as long as both are as good as new. */
import type { GroupVoices } from '../../lib/store/types.js';
import { TEST_DRACHTIO_URL } from '../support/drachtio-server.js';
import { CallSide } from './call-side.js';

export interface SharedSide {
  /** The side of this test. */
  readonly side: CallSide;
  open(members: readonly string[], voices: GroupVoices): Promise<CallSide>;
  /** One of its own: with its own configuration, or to be broken. */
  openOwn(members: readonly string[], voices: GroupVoices, media?: object, site?: object): Promise<CallSide>;
}

export function useCallSide(): SharedSide {
  let shared: CallSide | undefined;
  let own: CallSide | undefined;

  afterEach(async function () {
    await own?.close();
    own = undefined;
    // What a test that failed has left belongs to no other.
    if (this.currentTest?.state !== 'failed') return;
    await shared?.close();
    shared = undefined;
  });
  after(() => shared?.close());

  return {
    get side(): CallSide {
      return (own ?? shared) as CallSide;
    },
    open: async (members, voices) => {
      if (shared === undefined) shared = await CallSide.open(members, voices);
      else await shared.renew(members, voices);
      return shared;
    },
    openOwn: async (...about) => {
      // A drachtio-server hands calls in turn to all that are attached.
      if (TEST_DRACHTIO_URL !== undefined) {
        await shared?.close();
        shared = undefined;
      }
      own = await CallSide.open(...about);
      return own;
    },
  };
}
