import { expect } from 'chai';
import { createIds } from '../../../lib/base/ids.js';
import { heapUsed } from '../../support/heap.js';

const TOKENS_AT_ONCE = 64;

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

  it('ten restarts within a second, and a clock that is set back meanwhile: none comes again, because none is made of the time', () => {
    const drawn: string[] = [];
    const seeds: { now?: number } = {};
    const wall = Date.now;
    try {
      for (let restart = 0; restart < 10; restart++) {
        // Each process starts 0.1 s after the one before, and the clock of the fifth is an hour behind.
        seeds.now = 1_790_000_000_000 + 100 * restart - (restart < 4 ? 0 : 3_600_000);
        Date.now = () => seeds.now as number;
        const ids = createIds();
        for (let i = 0; i < 2000; i++) drawn.push(ids.uuid(), ids.token());
      }
    } finally {
      Date.now = wall;
    }
    expect(new Set(drawn).size).to.equal(drawn.length);
  });

  it('tokens and UUIDs may be drawn in any order', () => {
    const ids = createIds();
    const drawn = Array.from({ length: 4000 }, (_, i) => (i % 3 === 0 ? ids.uuid() : ids.token()));
    expect(new Set(drawn).size).to.equal(4000);
    for (const [i, id] of drawn.entries()) expect(id).to.have.length(i % 3 === 0 ? 36 : 24);
  });

  it('keep nothing but themselves in memory', () => {
    const ids = createIds();
    const batches = 2000;
    const before = heapUsed();
    const kept: string[] = [];
    for (let i = 0; i < batches * TOKENS_AT_ONCE; i++) {
      const token = ids.token();
      if (i % TOKENS_AT_ONCE === 0) kept.push(token);
    }
    expect(heapUsed() - before).to.be.below(batches * 500);
    expect(kept).to.have.length(batches);
  });
});
