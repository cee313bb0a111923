/** Calls with voices on the clock of a test: the media servers are scripted, too. */
import { expect } from 'chai';
import type { GroupVoices } from '../../../lib/store/types.js';
import { ScriptedMedia } from '../../support/scripted-media.js';
import { A, B } from '../../unit/call/scripted-server.js';
import { ScriptedStore } from '../../unit/call/service-harness.js';
import { type CallHarness, useCallHarness } from './call-harness.js';

export interface VoicesHarness {
  /** Of the call that was opened last. */
  readonly media: ScriptedMedia;
  open(voices: GroupVoices, members?: readonly string[]): Promise<CallHarness>;
}

/** For use inside `describe`. */
export function useVoices(): VoicesHarness {
  const start = useCallHarness();
  let media: ScriptedMedia | undefined;
  return {
    get media() {
      return media as ScriptedMedia;
    },
    open: (voices, members = [A, B]) =>
      start({
        members,
        around: (service) => {
          media = new ScriptedMedia(service.clock);
          return { ...service, media, store: new ScriptedStore(members, { voices }) };
        },
      }),
  };
}

/** What the caller's INVITE got, in order. */
export const statusesOf = (wire: CallHarness): number[] =>
  wire.caller.received.filter((one) => !one.isRequest && one.cseq.method === 'INVITE').map((one) => one.status);

/** The member rings and answers. */
export async function answered(wire: CallHarness): Promise<void> {
  await wire.pass(100);
  await wire.reply(180);
  await wire.reply(200);
  await wire.pass(100);
}

/** No call, no timer, no endpoint; and nothing was asked of one that was over. */
export async function nothingStays(wire: CallHarness, media: ScriptedMedia): Promise<void> {
  await wire.expectNothingStays();
  expect(media.open, 'endpoints open').to.equal(0);
  expect(media.late, 'asked of endpoints that were over').to.deep.equal([]);
}
