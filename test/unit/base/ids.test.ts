import { expect } from 'chai';
import { createIds } from '../../../lib/base/ids.js';
import { heapUsed } from '../../support/heap.js';

const TOKENS_A_POOL = 512;

describe('ids that are kept', () => {
  it('a UUID is random, of version 4, and never comes again (RFC 9562 §5.4)', () => {
    const ids = createIds();
    const uuids = Array.from({ length: 5000 }, () => ids.uuid());
    expect(new Set(uuids).size).to.equal(5000);
    for (const uuid of uuids)
      expect(uuid).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    // Each digit that is free takes every value.
    for (const at of [0, 7, 9, 12, 15, 17, 20, 22, 24, 35]) {
      expect(new Set(uuids.map((uuid) => uuid[at])).size, `digit ${at}`).to.equal(16);
    }
    expect(new Set(uuids.map((uuid) => uuid[19])).size).to.equal(4);
  });

  it('tokens and UUIDs may be drawn in any order', () => {
    const ids = createIds();
    const drawn = Array.from({ length: 4000 }, (_, i) => (i % 3 === 0 ? ids.uuid() : ids.token()));
    expect(new Set(drawn).size).to.equal(4000);
    for (const [i, id] of drawn.entries()) expect(id).to.have.length(i % 3 === 0 ? 36 : 24);
  });

  it('keep nothing but themselves in memory', () => {
    const ids = createIds();
    const pools = 400;
    const before = heapUsed();
    const kept: string[] = [];
    for (let i = 0; i < pools * TOKENS_A_POOL; i++) {
      const token = ids.token();
      if (i % TOKENS_A_POOL === 0) kept.push(token);
    }
    expect(heapUsed() - before).to.be.below(pools * 2000);
    expect(kept).to.have.length(pools);
  });
});
