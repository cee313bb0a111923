/** Calls in which both ends talk: the member's 200 has the fields that a test gives it. */
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import type { CallHarness, CallHarnessOptions, useCallHarness } from './call-harness.js';

export interface Talking {
  readonly harness: CallHarness;
  /** Our 200, as the caller got it. */
  readonly answer: SipMessage;
  /** The member's 200. */
  readonly sent: SipMessage;
}

export type Talk = (ofCaller?: Field[], ofMember?: Field[], options?: CallHarnessOptions) => Promise<Talking>;

export function talkOver(start: ReturnType<typeof useCallHarness>): Talk {
  return async (ofCaller = [], ofMember = [], options = {}) => {
    const harness = await start({ delay: 10, ...options });
    await harness.call({ fields: ofCaller });
    await harness.pass(50);
    const sent = harness.trunk.reply(harness.invite(), 200, { fields: ofMember });
    await harness.pass(50);
    return { harness, sent, answer: harness.caller.response(200, 'INVITE') };
  };
}

/** Each end of the call, and the other one. */
export const sides = ({ harness, answer, sent }: Talking): [SipPeer, SipPeer, SipMessage][] => [
  [harness.caller, harness.trunk, answer],
  [harness.trunk, harness.caller, sent],
];
