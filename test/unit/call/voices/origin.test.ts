import { expect } from 'chai';
import { Origin } from '../../../../lib/call/voices/origin.js';

const sdp = (origin: string, port: number): string =>
  `v=0\r\no=${origin}\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 8\r\n`;

describe('The origin of what a party is told (RFC 3264 §8)', () => {
  const before = sdp('FreeSWITCH 1763 18446744073709551614 IN IP4 192.0.2.9', 4000);

  it('is the same but for the version, which grows by one with each description that is another one', () => {
    const origin = Origin.of(before);
    const next = (body: string): string | undefined => origin?.continue({ body }).body;
    const told = sdp('FreeSWITCH 1763 18446744073709551615 IN IP4 192.0.2.9', 5000);
    expect(next(sdp('anna 1 7 IN IP4 192.0.2.1', 5000))).to.equal(told);
    expect(next(sdp('anna 1 8 IN IP4 192.0.2.1', 5000))).to.equal(told);
    expect(next(before)).to.equal(sdp('FreeSWITCH 1763 18446744073709551616 IN IP4 192.0.2.9', 4000));
  });

  it('the same description has the same version', () => {
    expect(Origin.of(before)?.continue({ body: before }).body).to.equal(before);
  });

  it('what is no description is left alone, and `$` in a name means nothing', () => {
    const body = 'Signal=1\r\no=a 1 1 IN IP4 192.0.2.1\r\n';
    expect(Origin.of(before)?.continue({ body }).body).to.equal(body);
    const odd = Origin.of(before.replace('FreeSWITCH', () => '$&$1'));
    expect(odd?.continue({ body: sdp('b 1 1 IN IP4 192.0.2.1', 1) }).body).to.contain(
      'o=$&$1 1763 18446744073709551615 ',
    );
    expect(Origin.of('Signal=1')).to.equal(undefined);
  });
});
