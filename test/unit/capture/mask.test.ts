import { expect } from 'chai';
import fc from 'fast-check';
import { masked } from '../../../lib/capture/mask.js';

const lines = (...text: string[]): string => [...text, '', ''].join('\r\n');

describe('What a captured message must not carry', () => {
  it('digest values, in every header that has them, folded and in any case (RFC 7616 §3.3, §3.4)', () => {
    const text = lines(
      'INVITE sip:a@b SIP/2.0',
      'Authorization: Digest username="u", realm="r", nonce="abc", uri="sip:b", response="0123", cnonce="x",',
      ' opaque="yy" , qop=auth, nc=00000001',
      'PROXY-AUTHORIZATION : digest realm="nonce=5", Response = "99", nonce=tok',
      'Proxy-Authenticate: Digest realm="r", nonce="n n", stale=false',
      'Authentication-Info: nextnonce="q", rspauth="zz"',
      'X-Response: response="mine"',
    );
    expect(masked(text)).to.equal(
      lines(
        'INVITE sip:a@b SIP/2.0',
        'Authorization: Digest username="u", realm="r", nonce="***", uri="sip:b", response="****", cnonce="*",',
        ' opaque="**" , qop=auth, nc=00000001',
        'PROXY-AUTHORIZATION : digest realm="nonce=*", Response = "**", nonce=***',
        'Proxy-Authenticate: Digest realm="r", nonce="* *", stale=false',
        'Authentication-Info: nextnonce="*", rspauth="**"',
        'X-Response: response="mine"',
      ),
    );
  });

  it('all of any other scheme', () => {
    expect(masked(lines('Authorization: Basic dTpw', 'To: a'))).to.equal(lines('Authorization: Basic ****', 'To: a'));
    expect(masked(lines('x', 'Proxy-Authorization: Bearer ab.cd', ' ef'))).to.equal(
      lines('x', 'Proxy-Authorization: Bearer *****', '***'),
    );
  });

  it('keys of media in any part of a body (RFC 4568 §9.1, RFC 4567, RFC 8866 §5.12, RFC 8839 §5.4)', () => {
    const text = lines(
      '--one',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:32',
      'a=crypto:2 F8_128_HMAC_SHA1_80 inline:AAAA|2^20|1:4;inline:BBBB|2^20|2:4 FEC_ORDER=FEC_SRTP',
      'a=key-mgmt:mikey AQAFgM0X',
      'k=base64:Zm9v',
      'a=ice-pwd:asd88fgpdd777uzjYhagZg',
      'a=rtpmap:0 PCMU/8000',
    );
    const told = masked(text);
    expect(told).to.not.match(/d0Rm|AAAA|BBBB|AQAF|Zm9v|asd88/);
    expect(told)
      .to.contain('inline:****|2^20|1:4;inline:****|2^20|2:4 FEC_ORDER=FEC_SRTP')
      .and.contain('a=rtpmap:0 PCMU/8000');
    expect(told.length).to.equal(text.length);
  });

  it('keeps what has none as it is, and the length of all: Content-Length stays true', () => {
    const plain = lines('INVITE sip:author@b SIP/2.0', 'To: a', '', 'k', 'okay=1');
    expect(masked(plain)).to.equal(plain);
    const piece = fc.constantFrom(
      'Authorization: Digest ',
      'response="',
      'nonce=',
      'a=crypto:1 X inline:',
      'k=',
      '\r\n',
      '\n',
      ' ',
      'é',
      '"',
      ',',
      'ab',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = `a\r\n${pieces.join('')}`;
        expect(masked(text).length).to.equal(text.length);
      }),
    );
  });
});
