import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { TransientMap } from '../../../lib/base/transient-map.js';

const MODULE = new URL('../../../lib/base/transient-map.js', import.meta.url).href;

/** Five entries are alive at any time; after a collection, how much of each later one reaches the old generation? */
const CHURN = `
  import v8 from 'node:v8';
  import { TransientMap } from ${JSON.stringify(MODULE)};
  const spaces = /^(old|large_object)_space$/;
  const old = () => v8.getHeapSpaceStatistics().reduce(
    (sum, { space_name, space_used_size }) => sum + (spaces.test(space_name) ? space_used_size : 0), 0);
  const map = new TransientMap();
  const step = (i) => {
    map.set(i, { payload: new Array(200).fill(i) });
    map.delete(i - 5);
  };
  for (let i = 0; i < 2000; i++) step(i);
  gc();
  const before = old();
  for (let i = 2000; i < 42000; i++) step(i);
  console.log((old() - before) / 40000);
`;

describe('TransientMap', () => {
  it('holds what a Map holds, in the same order, through many renewals', () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 20 }), remove: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 100, maxLength: 400 }),
        fc.integer({ min: 40, max: 80 }),
        (steps, rounds) => {
          const map = new TransientMap<number, number>();
          const model = new Map<number, number>();
          let value = 0;
          for (let round = 0; round < rounds; round++) {
            for (const { key, remove } of steps) {
              if (remove) expect(map.delete(key)).to.equal(model.delete(key));
              else map.set(key, ++value);
              if (!remove) model.set(key, value);
              if (map.get(key) !== model.get(key) || map.has(key) !== model.has(key)) throw new Error(`key ${key}`);
            }
            expect([...map.values()]).to.deep.equal([...model.values()]);
            expect(map.size).to.equal(model.size);
          }
          map.clear();
          expect(map.size).to.equal(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('entries that come and go leave nothing for a full collection; of a Map, a third of each would stay', () => {
    const out = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '--eval', CHURN], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      encoding: 'utf8',
    });
    expect(Number(out), 'bytes of 1,700').to.be.below(20);
  });
});
