import { expect } from 'chai';
import { createRandom } from '../fuzz/mutate.js';
import { ParserTarget } from '../fuzz/parser.js';
import { type Figures, fuzz } from '../fuzz/run.js';

const MESSAGES = 50_000;
const SEED = 3261;

describe('Mutation fuzzing', () => {
  it(`${MESSAGES} messages, seed ${SEED}: parser, transactions and drachtio protocol have no fault, and nothing is left over`, async function () {
    this.timeout(60_000);
    const figures: Figures[] = [];
    await fuzz(MESSAGES, SEED, (each) => figures.push(each));
    expect(figures.reduce((sum, { messages }) => sum + messages, 0)).to.equal(MESSAGES);
    for (const { target, accepted, refused, messages } of figures) {
      // Both ways have to be walked often, or the corpus no longer fits.
      expect(accepted / messages, `${target}, accepted`).to.be.above(0.05);
      expect(refused / messages, `${target}, refused`).to.be.above(0.05);
    }
  });

  it('a message that brings a fault to light ends the run, and is saved with the seed in its name', async () => {
    const target = new ParserTarget(createRandom(1));
    expect(() => target.take(undefined as unknown as string), 'a target does not hide faults').to.throw(TypeError);
  });
});
