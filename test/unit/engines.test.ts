import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { satisfies } from 'semver';

interface Package {
  readonly engines?: { readonly node?: string };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Package> };

/** The lowest one that package.json allows, and the lines that are kept up beside it. */
const TRIED = ['20.19.0', '22.12.0', '24.0.0', '26.0.0'];

describe('The packages of others', () => {
  it('the lowest Node that is tried is the lowest that package.json allows', () => {
    expect(manifest.engines.node).to.equal(`>=${TRIED[0]?.replace(/\.0$/, '')}`);
  });

  for (const node of TRIED) {
    // Otherwise EBADENGINE is the first thing that a newcomer reads.
    it(`all say that they run on Node ${node}`, () => {
      const unfit = Object.entries(lock.packages).filter(([, { engines }]) => !satisfies(node, engines?.node ?? '*'));
      expect(unfit.map(([path, { engines }]) => `${path}: ${engines?.node}`)).to.deep.equal([]);
    });
  }
});
