import { expect } from 'chai';
import { secretsOf } from '../../../lib/config/secrets.js';
import { mistakes, pathAndOrigin, withFile } from './loading.js';

const SECRET = 'hunter2-0123456789abcdef';
const DIGEST = 'a'.repeat(64);
const anna = { name: 'anna', role: 'reader', secret: SECRET };

describe('Configuration: HTTP', () => {
  const refused = (...tokens: object[]): string[] => mistakes(() => withFile({ http: { tokens } }));

  it('a token has a name, a role, and either its secret or the SHA-256 of it', () => {
    const bert = { name: 'bert', role: 'operator', sha256: DIGEST };
    expect(withFile({ http: { tokens: [anna, bert] } }).http.tokens).to.deep.equal([anna, bert]);
    const { secret: _, ...nothing } = anna;
    for (const [wrong, path] of [
      [nothing, 'http.tokens[0].secret'],
      [{ ...anna, sha256: DIGEST }, 'http.tokens[0].secret'],
      [{ ...anna, role: 'king' }, 'http.tokens[0].role'],
      [{ ...anna, name: 'a\nb' }, 'http.tokens[0].name'],
      [{ ...anna, secret: 'short' }, 'http.tokens[0].secret'],
      [{ ...anna, secret: 'no space in a token, says RFC 6750' }, 'http.tokens[0].secret'],
      [{ name: 'anna', role: 'reader', sha256: SECRET }, 'http.tokens[0].sha256'],
    ] as const)
      expect(refused(wrong).map(pathAndOrigin), JSON.stringify(wrong)).to.deep.equal([`${path} (site.json)`]);
  });

  it('no two tokens have one name, or one secret, in whatever form', () => {
    const digest = '1d2d9a2c4ee8c2b7d1d4f0cf3e7f8a1e4c6c6b1e27b3c0a1f5e0a7b6c5d4e3f2';
    expect(refused(anna, { ...anna, secret: `${SECRET}x` }).map(pathAndOrigin)).to.deep.equal([
      'http.tokens[1].name (site.json)',
    ]);
    expect(refused(anna, { ...anna, name: 'bert' }).map(pathAndOrigin)).to.deep.equal([
      'http.tokens[1].secret (site.json)',
    ]);
    const two = [digest, digest.toUpperCase()].map((sha256, i) => ({ name: `n${i}`, role: 'reader', sha256 }));
    expect(refused(...two)).to.have.length(1);
  });

  it('a secret is never shown in a mistake, and never in the log; nor is what stands where its digest must', () => {
    for (const wrong of [
      { ...anna, secret: `${SECRET} ` },
      { ...anna, role: 'king' },
      { ...anna, password: SECRET },
      { name: 'anna', role: 'reader', sha256: SECRET },
      { ...anna, sha256: SECRET },
    ])
      expect(refused(wrong).join()).not.to.contain('hunter2');
    expect(refused(anna, { ...anna, name: 'bert' }).join()).not.to.contain('hunter2');
    expect(secretsOf(withFile({ http: { tokens: [anna] } }))).to.contain(SECRET);
  });

  it('trusted proxies are addresses or networks', () => {
    const trustedProxies = ['10.0.0.1', '10.1.0.0/16', '2001:db8::/32'];
    expect(withFile({ http: { trustedProxies } }).http.trustedProxies).to.have.length(3);
    expect(mistakes(() => withFile({ http: { trustedProxies: ['1', 'loopback', 'true'] } }))).to.have.length(3);
  });

  it('is warned of: tokens that cross the network as they are, and everybody as a proxy', () => {
    const warned = (http: object): string =>
      withFile({ http })
        .warnings.filter((one) => one.startsWith('http.'))
        .join();
    expect(warned({ listen: '0.0.0.0:8080', tokens: [anna] })).to.contain(
      'http.listen: tokens and numbers cross the network',
    );
    expect(warned({ listen: '127.0.0.1:8080', tokens: [anna] })).to.equal('');
    expect(warned({ listen: '[::1]:8080', tokens: [anna] })).to.equal('');
    expect(warned({ listen: '0.0.0.0:8080' })).to.equal('');
    expect(warned({ listen: '10.0.0.1:8080', tokens: [anna], trustedProxies: ['10.0.0.2'] })).to.equal('');
    expect(warned({ trustedProxies: ['0.0.0.0/0'] })).to.contain('http.trustedProxies');
  });
});
