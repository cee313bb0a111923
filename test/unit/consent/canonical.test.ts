import { expect } from 'chai';
import fc from 'fast-check';
import { canonical, canonicalObject, digest } from '../../../lib/consent/canonical.js';

describe('Canonical JSON (RFC 8785): one routine for all that is hashed and signed', () => {
  it('keys in the order of their UTF-16 code units, no white space, numbers and escapes as ECMAScript writes them (RFC 8785 §3.2)', () => {
    const value = { b: [true, null, 1e21, 0.1, -0], a: { '\u20ac': '\u0008\n"', '\r': 1, '1': 2 } };
    expect(canonical(value)).to.equal('{"a":{"\\r":1,"1":2,"€":"\\b\\n\\""},"b":[true,null,1e+21,0.1,0]}');
  });

  // Each as one sign, and as a letter with its mark behind it.
  for (const [composed, decomposed] of [
    ['\u0101', 'a\u0304'],
    ['\u010d', 'c\u030c'],
    ['\u0123', 'g\u0327'],
    ['\u0122\u012b\u0161', 'G\u0327i\u0304s\u030c'],
  ] as const) {
    it(`${composed} has one form in both of Unicode's normal forms, as a value and as a key`, () => {
      expect(composed).not.to.equal(decomposed);
      expect(canonical({ [decomposed]: [decomposed] })).to.equal(canonical({ [composed]: [composed] }));
      expect(canonical(decomposed)).to.equal(`"${composed}"`);
    });
  }

  it('its hash is that of the UTF-8 of the text', () => {
    // printf '{"lv":"ā č ģ"}' | sha256sum
    expect(digest(canonical({ lv: 'a\u0304 c\u030c g\u0327' }))).to.equal(SHA256);
  });

  it('an object of parts that are canonical already is the canonical object (RFC 8785 §3.2.3)', () => {
    const parts = fc.dictionary(
      fc.stringMatching(/^[a-zA-Z0-9_]{1,8}$/),
      fc.json().map((text) => JSON.parse(text) as unknown),
    );
    fc.assert(
      fc.property(parts, (object) => {
        const texts = Object.entries(object).map(([name, value]) => [name, canonical(value)] as const);
        expect(canonicalObject(Object.fromEntries(texts))).to.equal(canonical(object));
      }),
    );
  });

  it('half of a sign, and what JSON cannot say, has no form', () => {
    for (const value of ['\ud800', { '\udc00': 1 }, Number.NaN, Number.POSITIVE_INFINITY, undefined])
      expect(() => canonical(value)).to.throw();
  });
});

const SHA256 = 'fb5c140fdb0ce8855baa4de2f682c85ac9491287fc93100c138afa04c4e098b3';
