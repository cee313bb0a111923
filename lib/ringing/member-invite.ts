/** The INVITE to one member over one way. Pure. */
import type { HeaderRules } from './headers.js';
import type { Former } from './history.js';
import { memberHeaders } from './identity.js';
import type { Admission } from './intake.js';
import type { IncomingRequest, InviteToSend } from './sip-server.js';
import type { Candidate } from './trunks.js';

export interface MemberInvite {
  readonly received: IncomingRequest;
  readonly admission: Admission;
  readonly candidate: Candidate;
  /** Its place in the plan, from 1. */
  readonly position: number;
  readonly former: Former | undefined;
  /** The Min-SE in seconds that this member asked for (RFC 4028 §7.3). */
  readonly least: number | undefined;
  readonly askForNoVoicemail: boolean;
  readonly rules: HeaderRules;
}

export function memberInvite(input: MemberInvite): InviteToSend {
  const { received, admission, candidate, position, former, least, askForNoVoicemail, rules } = input;
  const headers = memberHeaders({
    received: received.headers,
    maxForwards: admission.maxForwards,
    pilotUri: received.uri,
    memberUri: candidate.uri,
    trusted: candidate.trusted,
    position,
    former,
    least,
    askForNoVoicemail,
    rules,
  });
  return { uri: candidate.uri, headers, body: received.body };
}
