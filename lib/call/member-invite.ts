/** Builds the INVITE to one member over one trunk. Pure. */

import type { IncomingRequest, InviteToSend } from '../sip-server/sip-server.js';
import type { CallContext } from './call-context.js';
import type { CallBegun } from './call-record.js';
import { hostIn } from './domain.js';
import type { PreviousMember } from './history.js';
import { memberHeaders } from './identity.js';
import type { AdmittedCall } from './intake.js';
import { introduce } from './session-id.js';
import type { Candidate } from './trunks/trunks.js';

/** The call that it belongs to. */
export interface InvitingCall {
  readonly context: Pick<CallContext, 'numbers' | 'rules' | 'settings'>;
  readonly begun: CallBegun;
  readonly admitted: AdmittedCall;
}

export interface Invited {
  readonly candidate: Candidate;
  /** Its place in the hunt list, from 1. */
  readonly position: number;
  readonly previous: PreviousMember | undefined;
  /** The Min-SE in seconds that this member asked for (RFC 4028 §7.3). */
  readonly least: number | undefined;
  /** How many INVITEs the call has sent, this one included: the Call-ID is the call's own id, by which its record is found, and this. */
  readonly sent: number;
}

export function memberInvite(
  { context, begun, admitted }: InvitingCall,
  { headers: received, body }: IncomingRequest,
  { candidate, position, previous, least, sent }: Invited,
): InviteToSend {
  const { numbers, rules, settings } = context;
  const { uri, route } = candidate;
  const headers = memberHeaders({
    received,
    maxForwards: admitted.maxForwards,
    pilot: admitted.pilot,
    domain: admitted.domain ?? hostIn(uri),
    memberUri: uri,
    trusted: candidate.trusted,
    dialect: candidate.dialect,
    position,
    previous,
    least,
    longestSession: settings.longestSessionSeconds,
    askForNoVoicemail: settings.askForNoVoicemail,
    rules,
    numberOf: numbers.fromUri,
    correlates: candidate.correlates,
  });
  headers['call-id'] = `${begun.call}.${sent}`;
  if (begun.session !== undefined) introduce(headers, begun.session);
  return route === undefined ? { uri, headers, body } : { uri, headers, body, route };
}
