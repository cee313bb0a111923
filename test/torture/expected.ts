/**
 * What becomes of each message of RFC 4475 and RFC 5118, by the RFC's prose. `accepted`: well formed; what an upper layer then
 * says (405, 415, 420, 483, …) is not the parser's matter. A number: the status a request is refused with. `dropped`: a response
 * that is discarded. Where the RFC leaves the choice, the reason says why we took ours.
 */
export interface Expectation {
  readonly section: string;
  readonly outcome: 'accepted' | 'dropped' | 400 | 416 | 505;
  readonly why: string;
}

const accepted = (section: string, why: string): Expectation => ({ section, outcome: 'accepted', why });
const refused = (section: string, why: string, outcome: 400 | 416 | 505 = 400): Expectation => ({
  section,
  outcome,
  why,
});
const dropped = (section: string, why: string): Expectation => ({ section, outcome: 'dropped', why });

export const EXPECTED: Readonly<Record<string, Expectation>> = {
  'rfc4475/wsinv.dat': accepted('3.1.1.1', 'a short tortuous INVITE: folding, spaces and compact forms everywhere'),
  'rfc4475/intmeth.dat': accepted(
    '3.1.1.2',
    'wide range of valid characters; the method is unknown, for the upper layer',
  ),
  'rfc4475/esc01.dat': accepted('3.1.1.3', 'escapes in the user part and in URI parameters'),
  'rfc4475/escnull.dat': accepted('3.1.1.4', 'escaped nulls are ordinary user characters'),
  'rfc4475/esc02.dat': accepted('3.1.1.5', 'a % in a method or header name is no escape'),
  'rfc4475/lwsdisp.dat': accepted('3.1.1.6', 'no white space between display name and <'),
  'rfc4475/longreq.dat': accepted('3.1.1.7', 'long values are within the limits'),
  'rfc4475/dblreq.dat': accepted('3.1.1.8', 'what stands behind Content-Length in a datagram is ignored'),
  'rfc4475/semiuri.dat': accepted('3.1.1.9', 'a semicolon in the user part begins no parameter'),
  'rfc4475/transports.dat': accepted('3.1.1.10', 'Via may name transports that are unknown'),
  'rfc4475/mpart01.dat': accepted('3.1.1.11', 'a binary multipart body is not looked at'),
  'rfc4475/unreason.dat': accepted('3.1.1.12', 'the reason phrase may be UTF-8'),
  'rfc4475/noreason.dat': accepted('3.1.1.13', 'the reason phrase may be empty'),
  'rfc4475/badinv01.dat': refused('3.1.2.1', 'extra separators in Via and Contact'),
  'rfc4475/clerr.dat': refused('3.1.2.2', 'Content-Length is larger than the datagram'),
  'rfc4475/ncl.dat': refused('3.1.2.3', 'Content-Length is negative'),
  'rfc4475/scalar02.dat': refused('3.1.2.4', 'CSeq, Max-Forwards and Expires are out of range'),
  'rfc4475/scalarlg.dat': dropped('3.1.2.5', 'CSeq, Retry-After and Warning are out of range'),
  'rfc4475/quotbal.dat': refused('3.1.2.6', 'the display name in To is not closed'),
  'rfc4475/ltgtruri.dat': refused(
    '3.1.2.7',
    'angle brackets around the Request-URI; guessing is allowed, refusing is recommended',
  ),
  'rfc4475/lwsruri.dat': refused('3.1.2.8', 'white space within the Request-URI'),
  'rfc4475/lwsstart.dat': refused('3.1.2.9', 'more than one space in the request line'),
  'rfc4475/trws.dat': refused('3.1.2.10', 'white space at the end of the request line'),
  'rfc4475/escruri.dat': refused('3.1.2.11', 'the Request-URI has escaped headers'),
  'rfc4475/baddate.dat': accepted('3.1.2.12', 'Date is not GMT; who does not use Date should not refuse'),
  'rfc4475/regbadct.dat': refused('3.1.2.13', 'Contact with ? needs angle brackets'),
  'rfc4475/badaspec.dat': refused('3.1.2.14', 'spaces within the addr-spec of To; a 400 is called reasonable'),
  'rfc4475/baddn.dat': refused('3.1.2.15', 'a comma in an unquoted display name; a 400 is called reasonable'),
  'rfc4475/badvers.dat': refused('3.1.2.16', 'SIP/7.0', 505),
  'rfc4475/mismatch01.dat': refused('3.1.2.17', 'CSeq names another method than the request line'),
  'rfc4475/mismatch02.dat': refused('3.1.2.18', 'CSeq mismatch on an unknown method: 400 and 501 are both allowed'),
  'rfc4475/bigcode.dat': dropped('3.1.2.19', 'the status code is out of range'),
  'rfc4475/badbranch.dat': refused(
    '3.2.1',
    'the magic cookie alone as branch: a 400 is allowed, and taking it would merge transactions',
  ),
  'rfc4475/insuf.dat': refused('3.3.1', 'Call-ID, From and To are missing'),
  'rfc4475/unkscm.dat': refused('3.3.2', 'unknown scheme in the Request-URI', 416),
  'rfc4475/novelsc.dat': refused('3.3.3', 'registered scheme in the Request-URI that is not ours', 416),
  'rfc4475/unksm2.dat': accepted(
    '3.3.4',
    'other schemes in To, From and Contact are well formed; a registrar refuses them',
  ),
  'rfc4475/bext01.dat': accepted('3.3.5', 'unknown option tags: 420 is the upper layer’s'),
  'rfc4475/invut.dat': accepted('3.3.6', 'unknown Content-Type: 415 is the upper layer’s'),
  'rfc4475/regaut01.dat': accepted('3.3.7', 'unknown authorization scheme: the registrar’s'),
  'rfc4475/multi01.dat': refused('3.3.8', 'several values where one may stand'),
  'rfc4475/mcl01.dat': refused('3.3.9', 'two different Content-Length values'),
  'rfc4475/bcast.dat': accepted('3.3.10', 'the second Via is the broadcast address: for whoever would forward it'),
  'rfc4475/zeromf.dat': accepted('3.3.11', 'Max-Forwards 0 is well formed: 483 only when forwarding'),
  'rfc4475/cparam01.dat': accepted('3.3.12', 'an unknown header parameter of Contact'),
  'rfc4475/cparam02.dat': accepted('3.3.13', 'an unknown URI parameter of Contact'),
  'rfc4475/regescrt.dat': accepted('3.3.14', 'escaped headers in a Contact with angle brackets'),
  'rfc4475/sdp01.dat': accepted('3.3.15', 'Accept without SDP: 406 is the upper layer’s'),
  'rfc4475/inv2543.dat': accepted('3.4', 'RFC 2543: no branch, no tag, no Max-Forwards, no Contact, no Content-Length'),
  'rfc5118/ipv6-good.dat': accepted('4.1', 'IPv6 references in Request-URI, Via and Contact'),
  'rfc5118/ipv6-bad.dat': refused('4.2', 'an IPv6 address without brackets in the Request-URI'),
  'rfc5118/port-ambiguous.dat': accepted('4.3', 'what stands within the brackets is the address'),
  'rfc5118/port-unambiguous.dat': accepted('4.4', 'address and port'),
  'rfc5118/via-received-param-with-delim.dat': accepted('4.5', 'received with brackets is to be tolerated'),
  'rfc5118/via-received-param-no-delim.dat': accepted('4.5', 'received without brackets is the grammar'),
  'rfc5118/ipv6-in-sdp.dat': accepted('4.6', 'IPv6 in SDP'),
  'rfc5118/mult-ip-in-header.dat': accepted('4.7', 'both families in Via'),
  'rfc5118/mult-ip-in-sdp.dat': accepted('4.8', 'both families in SDP'),
  'rfc5118/ipv4-mapped-ipv6.dat': accepted('4.9', 'IPv4-mapped addresses'),
  'rfc5118/ipv6-bug-abnf-3-colons.dat': accepted(
    '4.10',
    'three colons come from the RFC 3261 grammar and must be tolerated',
  ),
  'rfc5118/ipv6-correct-abnf-2-colons.dat': accepted('4.10', 'the same address as RFC 4291 writes it'),
};
