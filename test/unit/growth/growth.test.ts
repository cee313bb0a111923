import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { GROWING } from '../../support/growing.js';
import type { Work } from './count.js';

const COUNTER = fileURLToPath(new URL('./count.js', import.meta.url));
/** A scanner passes each byte some times, however many bytes there are. */
const BLOCKS_PER_BYTE = 50;
/** What costs so little is left before it could grow. */
const NEARLY_NOTHING = 4;
const LINEAR = 1.2;
const BOUNDED = 3;

describe('The work on a message grows with its length and not faster', () => {
  let works: readonly Work[] = [];
  before(async function () {
    this.timeout(120_000);
    const { NODE_V8_COVERAGE: _, ...env } = process.env; // two cannot count in one process
    const { stdout } = await promisify(execFile)(process.execPath, [COUNTER], { env, maxBuffer: 2 ** 20 });
    works = JSON.parse(stdout) as Work[];
  });

  for (const { what, isList } of GROWING) {
    const title = isList ? `${what}: 50 values are read, and more are counted only` : `${what}: linear up to 64 kB`;
    it(title, () => {
      const own = works.filter((work) => work.what === what);
      expect(own).to.have.length(2);
      for (const { kind, small, large } of own) {
        expect(large, kind).to.be.below(isList ? BOUNDED : BLOCKS_PER_BYTE);
        expect(large, kind).to.be.below(LINEAR * Math.max(small, NEARLY_NOTHING));
      }
    });
  }
});
