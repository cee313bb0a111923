/** A carrier's INVITE and what belongs to it. */
const SDP = [
  'v=0',
  'o=- 20518 0 IN IP4 203.0.113.1',
  's=-',
  'c=IN IP4 203.0.113.1',
  't=0 0',
  'm=audio 54400 RTP/AVP 8 0 101',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=sendrecv',
  '',
].join('\r\n');

/** @param call makes Call-ID, branch and tag unique */
export const inviteText = (call: number): string =>
  [
    'INVITE sip:+37167000000@10.0.0.1;user=phone SIP/2.0',
    `Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bK7a8f6b5c4d3e${call};rport`,
    'Max-Forwards: 69',
    `From: "Janis Berzins" <sip:+37120000009@10.1.0.1;user=phone>;tag=gK0c${call}`,
    'To: <sip:+37167000000@10.0.0.1;user=phone>',
    `Call-ID: 1234567_${call}@10.1.0.1`,
    'CSeq: 8821 INVITE',
    'Contact: <sip:+37120000009@10.1.0.1:5060;transport=udp>',
    'P-Asserted-Identity: <sip:+37120000009@10.1.0.1;user=phone>',
    'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO',
    'Supported: timer, 100rel',
    'Content-Type: application/sdp',
    `Content-Length: ${SDP.length}`,
    '',
    SDP,
  ].join('\r\n');

export const answerBody = SDP;
