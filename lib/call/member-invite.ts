/** Builds the INVITE to one member over one trunk. Pure. */

import type { IncomingRequest, InviteToSend } from '../sip-server/sip-server.js';
import { hostIn } from './domain.js';
import type { HeaderRules } from './headers.js';
import type { NumberOf, PreviousMember } from './history.js';
import { memberHeaders } from './identity.js';
import type { AdmittedCall } from './intake.js';
import { introduce } from './session-id.js';
import type { RingingSettings } from './settings.js';
import type { Candidate } from './trunks/trunks.js';

export interface MemberInvite {
  readonly received: IncomingRequest;
  readonly admitted: AdmittedCall;
  readonly candidate: Candidate;
  /** Its place in the hunt list, from 1. */
  readonly position: number;
  readonly previous: PreviousMember | undefined;
  /** The Min-SE in seconds that this member asked for (RFC 4028 §7.3). */
  readonly least: number | undefined;
  readonly settings: Pick<
    RingingSettings,
    'askForNoVoicemail' | 'longestSessionSeconds' | 'sessionIds' | 'correlationHeader'
  >;
  readonly rules: HeaderRules;
  readonly numberOf: NumberOf;
  /** The call's own id, and how many INVITEs it has sent, this one included: the Call-ID, by which its record is found. */
  readonly call: string;
  readonly sent: number;
}

export function memberInvite(input: MemberInvite): InviteToSend {
  const { received, admitted, candidate, position, previous, least, settings, rules, numberOf } = input;
  const headers = memberHeaders({
    received: received.headers,
    maxForwards: admitted.maxForwards,
    pilot: admitted.pilot,
    domain: admitted.domain ?? hostIn(candidate.uri),
    memberUri: candidate.uri,
    trusted: candidate.trusted,
    dialect: candidate.dialect,
    position,
    previous,
    least,
    longestSession: settings.longestSessionSeconds,
    askForNoVoicemail: settings.askForNoVoicemail,
    rules,
    numberOf,
    correlationHeader: candidate.correlates ? settings.correlationHeader : '',
  });
  headers['call-id'] = `${input.call}.${input.sent}`;
  if (settings.sessionIds) introduce(headers, input.call);
  const invite = { uri: candidate.uri, headers, body: received.body };
  return candidate.route === undefined ? invite : { ...invite, route: candidate.route };
}
