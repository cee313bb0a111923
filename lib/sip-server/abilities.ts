/** What this service can do, as it tells its peers in Allow, Accept and Supported (RFC 3261 §11.2, §20). Pure. */
import { splitValues } from '../sip/headers.js';

export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, MESSAGE, PRACK';
/** What of it is of use outside a dialog, or begins or ends one: there INFO (RFC 6086 §4.2.1) and MESSAGE are for nobody. */
export const ALLOW_OUTSIDE = 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK';
const SUPPORTED = ['timer', '100rel'] as const;
export const ACCEPT = 'application/sdp, multipart/mixed, multipart/related, multipart/alternative';
/** What OPTIONS is answered with (RFC 3261 §11.2). */
export const ABILITIES = {
  allow: ALLOW,
  accept: ACCEPT,
  'accept-encoding': 'identity',
  'accept-language': 'en',
  supported: SUPPORTED.join(', '),
} as const;

/** Where a caller's `Require: 100rel` is refused. */
export const ABILITIES_WITHOUT_100REL = { ...ABILITIES, supported: 'timer' } as const;

const SUPPORTED_OPTIONS: ReadonlySet<string> = new Set(SUPPORTED);

const NONE: readonly string[] = [];

/** Those of a Require that we do not know. */
export const unknownOptions = (required: string | undefined): readonly string[] =>
  required === undefined ? NONE : optionsOf(required).filter((option) => !SUPPORTED_OPTIONS.has(option));

/** The option tags of a Require, Proxy-Require or Supported, in lower case. */
export const optionsOf = (header: string | undefined): readonly string[] =>
  header === undefined ? NONE : splitValues(header.toLowerCase()).filter((option) => option !== '');
