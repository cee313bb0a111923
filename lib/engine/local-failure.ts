import { CodedError } from '../base/errors.js';
import type { LocalFailure } from '../sip/local-failure.js';

/** Codes of Node, of OpenSSL, and of ours. */
const BY_CODE: Readonly<Record<string, LocalFailure>> = {
  ECONNREFUSED: 'connection refused',
  ETIMEDOUT: 'connection timed out',
  NOT_CONNECTED: 'connection timed out',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  ERR_STREAM_DESTROYED: 'connection lost',
  ERR_STREAM_WRITE_AFTER_END: 'connection lost',
  CONNECTION_LOST: 'connection lost',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'no route to host',
  EHOSTDOWN: 'no route to host',
  EADDRNOTAVAIL: 'no route to host',
  EMSGSIZE: 'message too long',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate is for another name',
  CERT_HAS_EXPIRED: 'certificate expired',
  CERT_NOT_YET_VALID: 'certificate expired',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate not trusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate not trusted',
  CERT_SIGNATURE_FAILURE: 'certificate not trusted',
  CERT_CHAIN_TOO_LONG: 'certificate not trusted',
  CERT_REVOKED: 'certificate not trusted',
  CERT_REJECTED: 'certificate not trusted',
  CERT_UNTRUSTED: 'certificate not trusted',
  INVALID_CA: 'certificate not trusted',
  INVALID_PURPOSE: 'certificate not trusted',
  EPROTO: 'tls failed',
  TRANSPORT_UNAVAILABLE: 'no such transport',
};

const codeOf = (error: Error): string => String((error as { code?: unknown }).code ?? '');

/** What an error of transport or resolver means: by its code, or by that of what has caused it. */
export function localFailureOf(error: unknown): LocalFailure {
  for (let one = error, depth = 0; one instanceof Error && depth < 4; one = one.cause, depth++) {
    const code = codeOf(one);
    if (code === 'RESOLUTION_FAILED') return unresolved(one.cause);
    const known = BY_CODE[code];
    if (known !== undefined) return known;
    if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'tls failed';
  }
  return 'socket refused it';
}

/** The codes of name servers are the same words as those of sockets, and mean another thing. */
function unresolved(cause: unknown): LocalFailure {
  if (cause === undefined) return 'no such host';
  return cause instanceof CodedError ? localFailureOf(cause) : 'name server does not answer';
}
