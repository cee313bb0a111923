/**
 * Where a drachtio-server differs: the SIPp tests that hold on our own engine and not on 0.9.10, by the whole title or its
 * beginning, and why. With TEST_DRACHTIO_URL they are skipped; all others must hold on both.
 */
import { TEST_DRACHTIO_URL } from '../support/drachtio-server.js';

const OWN_LISTENERS = 'that server listens itself, where it is told';
const OWN_TIMERS = 'that server has timers of its own';

export const DIFFERENCES: Readonly<Record<string, string>> = {
  'line 40: no 1xx within 4 s': '100 is not reported, so only ring time tells',
  'INFO, OPTIONS and UPDATE of the caller while phones ring':
    'what belongs to an early dialog comes as if it did not: 481',
  'lines 47, 48: an answer that crosses our CANCEL is taken': 'the server acknowledges and ends it',
  'line 43: a 2xx other than 200 is an answer': 'the server knows no dialog of it: unacknowledged',
  'RFC 3326 §2, RFC 7433 §4.1: ': 'each value of Reason gets a line of its own, which means the same (RFC 3261 §7.3.1)',
  'RFC 4028 §10: a refresh that is refused': 'the server ends a dialog whose refresh is refused',
  'RFC 3261 §9: the CANCEL of a re-INVITE': 'the server answers it and tells nobody',
  'line 61: the 200 is repeated for 64*T1': OWN_TIMERS,
  'INVITE, 200, INFO and its 200: body and headers arrive octet for octet':
    'the server answers a message with a zero in it by 400',
  'RFC 3261 §21.5.4: beyond overload.maxCalls 503': 'the server has sent 100 before we are asked',
  'a caller over TCP, a member over UDP': OWN_LISTENERS,
  'a caller over IPv6': OWN_LISTENERS,
  'a caller over TLS': OWN_LISTENERS,
  'a certificate that cannot be used': OWN_LISTENERS,
  'RFC 3261 §18: ': OWN_LISTENERS,
  'RFC 3261 §12.2.1.1: a caller whose Contact has another port': OWN_LISTENERS,
  'RFC 3261 §18.1.1: an INVITE too long for a datagram': 'that server sends long requests over UDP',
  'RFC 3261 §18.1.1: where a firewall drops SYN': 'that server sends long requests over UDP',
  'SIGHUP at any moment ends nothing': 'there is no TLS of ours, and the log says so in other words',
};

const whyNot = (title: string): string | undefined =>
  Object.entries(DIFFERENCES).find(([beginning]) => title.startsWith(beginning))?.[1];

// Of all files of the folder that run in one process.
beforeEach(function () {
  if (TEST_DRACHTIO_URL !== undefined && whyNot(this.currentTest?.title ?? '') !== undefined) this.skip();
});
