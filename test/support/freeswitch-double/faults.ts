/** What the double can be told to do wrong: each was seen on a real FreeSWITCH. */
export interface Faults {
  /** Statuses that INVITEs get instead: 488 (codec, no ports), 503 (full, paused, starting), 480 (no 3pcc), 407. */
  inviteStatus: number | undefined;
  /** The event socket answers nothing at all. */
  deaf: boolean;
  /** SIP gets no answer. */
  silent: boolean;
  /** `text/rude-rejection` instead of `auth/request`. */
  rude: boolean;
  /** No profile of the name that is looked for. */
  noProfile: boolean;
  /** After the ACK FreeSWITCH cannot reach the application: BYE. */
  noDialOut: boolean;
  /** The dialplan says `async` without `full`: `event json` is refused, and no play ever ends. */
  notFull: boolean;
  /** A play that is cut off by a hangup never completes. */
  completeLost: boolean;
  /** `uuid_bridge` refuses. */
  bridgeRefused: boolean;
  /** Re-INVITEs get this status. */
  modifyStatus: number | undefined;
}

export const NO_FAULTS: Faults = {
  inviteStatus: undefined,
  deaf: false,
  silent: false,
  rude: false,
  noProfile: false,
  noDialOut: false,
  notFull: false,
  completeLost: false,
  bridgeRefused: false,
  modifyStatus: undefined,
};
