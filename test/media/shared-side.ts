/** One service and one double for the tests of a file, as long as both are as good as new. */
import type { GroupVoices } from '../../lib/store/types.js';
import { TEST_DRACHTIO_URL } from '../support/drachtio-server.js';
import { CallSide } from './call-side.js';

export interface SharedSide {
  open(members: readonly string[], voices: GroupVoices): Promise<CallSide>;
  /** One of its own: with its own configuration, or to be broken. */
  openOwn(members: readonly string[], voices: GroupVoices, media?: object, site?: object): Promise<CallSide>;
}

export function useCallSide(): SharedSide {
  let shared: CallSide | undefined;
  let own: CallSide | undefined;
  const close = async (): Promise<void> => {
    await shared?.close();
    shared = undefined;
  };

  afterEach(async function () {
    await own?.close();
    own = undefined;
    // What a test that failed has left belongs to no other.
    if (this.currentTest?.state !== 'failed') return;
    await close();
  });
  after(close);

  return {
    open: async (members, voices) => {
      if (shared === undefined) shared = await CallSide.open(members, voices);
      else await shared.renew(members, voices);
      return shared;
    },
    openOwn: async (...about) => {
      // A drachtio-server gives calls to each application in turn: there is to be one.
      if (TEST_DRACHTIO_URL !== undefined) await close();
      own = await CallSide.open(...about);
      return own;
    },
  };
}
