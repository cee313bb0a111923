/**
 * What kept a request from its target, or its response from us, on our side of the wire. It stands where no response of anybody
 * does: a status that we made up would say that the far side has said something. A closed list that people and programs rely on.
 */
export const LOCAL_FAILURES = [
  /** DNS says so. */
  'no such host',
  'name server does not answer',
  'connection refused',
  'connection timed out',
  'connection lost',
  'no route to host',
  /** Nobody whom we trust has signed it. */
  'certificate not trusted',
  'certificate expired',
  'certificate is for another name',
  'tls failed',
  'message too long',
  'socket refused it',
  /** We do not listen on what the target wants, or we would be the target ourselves. */
  'no such transport',
  /** It was sent, and nothing came for as long as there is to wait. */
  'no response',
  /** What we would have sent is no regular request. */
  'not sendable',
  'sip server is gone',
  /** The SIP server does not say why. */
  'not delivered',
  'internal error',
] as const;

export type LocalFailure = (typeof LOCAL_FAILURES)[number];

const KNOWN: ReadonlySet<string> = new Set(LOCAL_FAILURES);

/** Of another process, which may know others. */
export const localFailureIn = (text: string | undefined): LocalFailure =>
  text !== undefined && KNOWN.has(text) ? (text as LocalFailure) : 'not delivered';
