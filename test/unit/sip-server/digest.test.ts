import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { type Challenge, parseChallenges, strongest } from '../../../lib/sip-server/auth/challenge.js';
import { answerChallenge } from '../../../lib/sip-server/auth/digest.js';

function challenge(text: string): Challenge {
  const [only, ...more] = parseChallenges(text);
  if (only === undefined || more.length > 0) throw new Error(`${more.length} more challenges in ${text}`);
  return only;
}

const responseOf = (value: string): string => /response="([^"]*)"/.exec(value)?.[1] ?? '';

const SDP = [
  'v=0',
  'o=bob 2890844526 2890844526 IN IP4 media.biloxi.com',
  's=-',
  'c=IN IP4 media.biloxi.com',
  't=0 0',
  'm=audio 49170 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
  'm=video 51372 RTP/AVP 31',
  'a=rtpmap:31 H261/90000',
  'm=video 53000 RTP/AVP 32',
  'a=rtpmap:32 MPV/90000',
  '',
].join('\r\n');

describe('The answer to a digest challenge', () => {
  it('is that of the example of RFC 2617 §3.5', () => {
    const value = answerChallenge(
      challenge(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", ' +
          'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
      ),
      { method: 'GET', uri: '/dir/index.html', body: '' },
      { username: 'Mufasa', password: 'Circle Of Life' },
      { nonceCount: 1, cnonce: '0a4f113b' },
    );
    expect(value).to.equal(
      'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
        'uri="/dir/index.html", response="6629fae49393a05397450978507c4ef1", ' +
        'opaque="5ccc069c403ebaf9f0171e9517f40e41", qop=auth, nc=00000001, cnonce="0a4f113b"',
    );
  });

  const example = (algorithm: string): string =>
    answerChallenge(
      challenge(
        `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
          'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
      ),
      { method: 'GET', uri: '/dir/index.html', body: '' },
      { username: 'Mufasa', password: 'Circle of Life' },
      { nonceCount: 1, cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' },
    );

  it('is that of the examples of RFC 7616 §3.9.1, MD5 and SHA-256', () => {
    expect(responseOf(example('MD5'))).to.equal('8ca523f5e9506fed4657c9700eebdbec');
    expect(responseOf(example('SHA-256'))).to.equal('753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
    expect(example('SHA-256')).to.include(', algorithm=SHA-256, ');
  });

  it('hashes the octets of realm and body as they came, and credentials in UTF-8 (RFC 7616 §3.4, §4)', () => {
    const realm = 'Caf\xe9 \xa0';
    const body = '\x00\xff\r\n\x80';
    const value = answerChallenge(
      challenge(`Digest realm="${realm}", nonce="n", qop="auth-int"`),
      { method: 'INVITE', uri: 'sip:x@y', body },
      { username: 'jānis', password: 'ūdens' },
      { nonceCount: 1, cnonce: 'c' },
    );
    const hash = (...parts: (Buffer | string)[]): string => {
      const md5 = createHash('md5');
      for (const part of parts) md5.update(part);
      return md5.digest('hex');
    };
    const octets = (text: string): Buffer => Buffer.from(text, 'latin1');
    const secret = hash('jānis:', octets(realm), ':ūdens');
    const second = hash('INVITE:sip:x@y:', hash(octets(body)));
    expect(responseOf(value)).to.equal(hash(`${secret}:n:00000001:c:auth-int:${second}`));
    expect(value).to.include(`realm="${realm}"`).and.to.include('username="j\xc4\x81nis"');
  });

  it('is that of RFC 7616 §3.9.2 as corrected by erratum 4897: SHA-512-256, names beyond ASCII', () => {
    const value = answerChallenge(
      challenge(
        'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, charset=UTF-8, userhash=true, ' +
          'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS"',
      ),
      { method: 'GET', uri: '/doe.json', body: '' },
      { username: 'Jäsøn Doe', password: 'Secret, or not?' },
      { nonceCount: 1, cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v' },
    );
    expect(responseOf(value)).to.equal('3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5');
  });

  const invite = (rest: string, nonceCount = 1): string =>
    responseOf(
      answerChallenge(
        challenge(`Digest realm="biloxi.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"${rest}`),
        { method: 'INVITE', uri: 'sip:bob@biloxi.com', body: SDP },
        { username: 'bob', password: 'zanzibar' },
        { nonceCount, cnonce: '0a4f113b' },
      ),
    );

  it('is that of the SIP examples of draft-smith-sipping-auth-examples: no qop, auth, -sess, auth-int', () => {
    expect(invite('')).to.equal('bf57e4e0d0bffc0fbaedce64d59add5e');
    expect(invite(', qop="auth"')).to.equal('89eb0059246c02b2f6ee02c7961d5ea3');
    expect(invite(', qop="auth", algorithm=MD5')).to.equal('89eb0059246c02b2f6ee02c7961d5ea3');
    expect(invite(', qop="auth", algorithm=MD5-sess')).to.equal('e4e4ea61d186d07a92c9e1f6919902e9');
    expect(invite(', qop="auth-int", algorithm=MD5')).to.equal('bdbeebb2da6adb6bca02599c2239e192');
    expect(invite(', qop="auth-int", algorithm=MD5-sess')).to.equal('91984da2d8663716e91554859c22ca70');
  });

  const answer = (challenged: string, username: string, nonceCount = 1): string =>
    answerChallenge(
      challenge(challenged),
      { method: 'INVITE', uri: 'sip:a@b', body: '' },
      { username, password: 'p' },
      { nonceCount, cnonce: 'c' },
    );

  it('depends on the nonce count, which is written in eight hexadecimal digits (RFC 7616 §3.4)', () => {
    expect(invite(', qop="auth"', 31)).to.not.equal(invite(', qop="auth"', 1));
    expect(answer('Digest realm="r", nonce="n", qop="auth"', 'u', 31)).to.include('nc=0000001f');
  });

  it('escapes what a quoted string cannot hold', () => {
    expect(answer('Digest realm="a \\"b\\"", nonce="n"', 'x"y\\')).to.include(
      'username="x\\"y\\\\", realm="a \\"b\\""',
    );
  });
});

describe('A list of challenges', () => {
  it('is taken apart, also where one field holds several (RFC 7235 §4.1)', () => {
    const challenges = parseChallenges(
      'Newauth realm="apps", type=1, title="Login to \\"apps\\", please", Digest realm="a, b", nonce="1", Basic realm="x",' +
        ' digest  realm = "c" ,nonce = 2, stale=TRUE, algorithm="sha-256-SESS", qop=auth',
    );
    expect(challenges.map(({ realm, nonce }) => [realm, nonce])).to.deep.equal([
      ['a, b', '1'],
      ['c', '2'],
    ]);
    expect(challenges[1]).to.include({ stale: true, algorithm: 'SHA-256', session: true, qop: 'auth' });
    expect(challenges[0]).to.include({ stale: false, algorithm: 'MD5', session: false, qop: undefined });
  });

  for (const [text, realms] of [
    ['Digest realm="a", nonce="1", qop=auth,auth-int, algorithm=SHA-256', ['a SHA-256 auth']],
    ['Digest realm="a", qop=auth-int , auth, nonce=1', ['a MD5 auth']],
    ['Digest qop=auth,auth-int, realm="a", nonce="1", Digest realm="b", nonce="2"', ['a MD5 auth', 'b MD5 undefined']],
    ['Digest realm="a", nonce="1", qop=token,auth, Digest realm="b", nonce="2"', ['a MD5 auth', 'b MD5 undefined']],
    ['Digest realm="a", nonce="1", qop=auth, Negotiate, NTLM', ['a MD5 auth']],
    ['Negotiate, Digest realm="a", nonce="1", qop=auth-int', ['a MD5 auth-int']],
  ] as const) {
    it(`an unquoted qop may be a list (RFC 7616 §3.3 quotes it): ${text}`, () => {
      const read = parseChallenges(text).map(({ realm, algorithm, qop }) => `${realm} ${algorithm} ${qop}`);
      expect(read).to.deep.equal(realms);
    });
  }

  it('leaves out what cannot be answered', () => {
    for (const text of [
      'Digest realm="a", nonce="1", algorithm=SHA-1',
      'Digest realm="a", nonce="1", qop="token"',
      'Digest realm="a"',
      'Digest nonce="1"',
      'Digest realm="a", nonce="1',
      'Digest realm="a\r\nX-Injected: 1", nonce="1"',
      'realm="a", nonce="1"',
      'NTLM',
      ',,, =,"',
      '',
      `Digest realm="${'a'.repeat(9000)}", nonce="1"`,
    ]) {
      expect(parseChallenges(text), text).to.deep.equal([]);
    }
  });

  it('is bounded', () => {
    const many = Array.from({ length: 100 }, (_, n) => `Digest realm="${n}", nonce="n"`).join(', ');
    expect(parseChallenges(many)).to.have.length(16);
  });

  it('is answered with the strongest hash of each realm, of equals the topmost (RFC 8760 §2.4)', () => {
    const text = [
      'Digest realm="a", nonce="1", algorithm=MD5, qop="auth"',
      'Digest realm="a", nonce="2", algorithm=SHA-256, qop="auth"',
      'Digest realm="a", nonce="3", algorithm=SHA-512-256, qop="auth"',
      'Digest realm="a", nonce="4", algorithm=SHA-512-256-sess, qop="auth"',
      'Digest realm="a", nonce="5", algorithm=SHA3-999, qop="auth"',
      'Digest realm="b", nonce="6"',
      'Digest realm="b", nonce="7", qop="auth"',
    ].join(', ');
    expect(strongest(parseChallenges(text)).map(({ nonce }) => nonce)).to.deep.equal(['3', '7']);
  });
});
