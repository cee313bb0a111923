import { expect } from 'chai';
import { numberHeld, numberWithin } from '../../../lib/sip/number.js';

describe('Numbers that peers wrote (RFC 3261 §25.1)', () => {
  for (const text of ['', ' 5', '-5', '+5', '5.5', '1e3', '0x10', 'Infinity', 'NaN', '٣', '5x', ';5'])
    it(`${JSON.stringify(text)} is none`, () => {
      expect(numberWithin(text, -1e9, 1e9)).to.equal(undefined);
      expect(numberHeld(text, -1e9, 1e9)).to.equal(undefined);
    });

  for (const [text, value] of [
    ['0', 0],
    ['007', 7],
    ['120;refresher=uac', 120],
    ['18000 (I am away)', 18_000],
    ['5(away)', 5],
    ['30\t;x', 30],
    ['5, 7', 5],
  ] as const)
    it(`${JSON.stringify(text)} is ${value}`, () => {
      expect(numberWithin(text, 0, 1e9)).to.equal(value);
    });

  it('out of bounds it is none where it identifies, and the bound where it measures', () => {
    for (const text of ['4294967296', '9'.repeat(20), '9'.repeat(5000)]) {
      expect(numberWithin(text, 0, 2 ** 32 - 1)).to.equal(undefined);
      expect(numberHeld(text, 0, 2 ** 32 - 1)).to.equal(2 ** 32 - 1);
    }
    expect(numberWithin('0', 1, 9)).to.equal(undefined);
    expect(numberHeld('0', 1, 9)).to.equal(1);
    expect(numberWithin(undefined, 0, 9)).to.equal(undefined);
    expect(numberHeld(undefined, 0, 9)).to.equal(undefined);
  });
});
