import { expect } from 'chai';
import { type AddressBlock, parseAddressBlock } from '../../../lib/base/address-block.js';
import { createAllowedPeers, createBlocks, createPools } from '../../../lib/engine/transport/peers.js';

describe('addresses that are one peer', () => {
  const blocks = (...texts: string[]) => texts.map((text) => parseAddressBlock(text) as AddressBlock);
  const areOne = createPools(blocks('192.0.2.0/28', '198.51.100.1', '2001:db8::/32'), [
    '127.0.0.1',
    '203.0.113.5',
    '::1',
  ]);

  for (const [one, other, expected] of [
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['192.0.2.1', '192.0.2.2', true],
    ['192.0.2.1', '192.0.2.17', false],
    ['192.0.2.1', '198.51.100.1', false],
    ['2001:db8::1', '2001:DB8:0::2', true],
    ['fd00::1', 'FD00:0::1', true],
    ['::ffff:192.0.2.1', '192.0.2.2', true],
    ['127.0.0.1', '203.0.113.5', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['192.0.2.1', 'nonsense', false],
  ] as const)
    it(`${one} and ${other}: ${expected ? 'one' : 'two'}`, () => {
      expect([areOne(one, other), areOne(other, one)]).to.deep.equal([expected, expected]);
    });

  it('a block of all addresses makes all of them one', () => {
    const all = createPools(blocks('0.0.0.0/0', '::/0'), []);
    expect([all('10.0.0.1', '203.0.113.66'), all('2001:db8::1', 'fd00::1')]).to.deep.equal([true, true]);
  });

  it('routers are those in the blocks, and nobody where there are none', () => {
    expect(createBlocks(blocks('192.0.2.0/28'))('192.0.2.5')).to.equal(true);
    expect(createBlocks([])('192.0.2.5')).to.equal(false);
  });
});

describe('the peer filter', () => {
  const blocks = (...texts: string[]) => texts.map((text) => parseAddressBlock(text) as AddressBlock);
  const admit = createAllowedPeers(blocks('10.1.0.1', '192.0.2.0/24', '2001:db8::/32', '::1'));

  it('admits the addresses and networks it was given, and no others', () => {
    expect(['10.1.0.1', '192.0.2.200', '2001:db8::5', '::1'].map(admit)).to.deep.equal([true, true, true, true]);
    expect(['10.1.0.2', '192.0.3.1', '2001:db9::5', '127.0.0.1'].map(admit)).to.deep.equal([
      false,
      false,
      false,
      false,
    ]);
  });

  it('takes an IPv4-mapped IPv6 address for the IPv4 address', () => {
    expect(admit('::ffff:192.0.2.1')).to.equal(true);
    expect(admit('::ffff:192.0.3.1')).to.equal(false);
  });

  it('takes every address of this machine where loopback is admitted, and none of them otherwise', () => {
    const own = ['127.0.0.1', '198.51.100.7', 'fe80::1'];
    expect(['198.51.100.7', 'fe80::1'].map(createAllowedPeers(blocks('127.0.0.0/8'), own))).to.deep.equal([true, true]);
    expect(createAllowedPeers(blocks('10.1.0.1'), own)('198.51.100.7')).to.equal(false);
  });

  it('gives the same answer when asked again', () => {
    expect([admit('10.1.0.1'), admit('10.1.0.2')]).to.deep.equal([true, false]);
  });

  it('admits nobody when empty, and nothing that is no address', () => {
    expect(createAllowedPeers([])('10.1.0.1')).to.equal(false);
    expect(admit('')).to.equal(false);
  });

  for (const wrong of ['', 'sbc.example.net', '10.0.0.0/33', '10.0.0.0/', '2001:db8::/129', '10.0.0.0/8/8']) {
    it(`refuses the entry "${wrong}"`, () => expect(parseAddressBlock(wrong)).to.equal(undefined));
  }
});
