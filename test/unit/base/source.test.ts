import { expect } from 'chai';
import { createSources } from '../../../lib/base/source.js';

describe('Who a peer is, where what it takes is counted', () => {
  const sourceOf = createSources();
  const same: readonly (readonly [string, string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['2001:0DB8:1:2:3:4:5:6', '2001:db8:1:2::'],
    ['2001:db8::1', '2001:db8:0:0:1::1'],
    ['::1', '::2'],
    ['fe80::1%eth0', 'fe80::2'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::1'],
  ];
  for (const [one, other] of same) {
    it(`RFC 6177: ${one} is ${other}`, () => expect(sourceOf(one)).to.equal(sourceOf(other)));
  }

  const different: readonly (readonly [string, string])[] = [
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8::1', '2001:db8:0:1::1'],
    ['::1', '1::1'],
  ];
  for (const [one, other] of different) {
    it(`${one} is not ${other}`, () => expect(sourceOf(one)).to.not.equal(sourceOf(other)));
  }
});
