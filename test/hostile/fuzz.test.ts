import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'chai';
import { type Figures, fuzz, play } from '../fuzz/run.js';

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

  it('a message that brings a fault to light ends the run: the error names seed, message and the file that keeps it', async () => {
    let given = 0;
    const target = { next: () => `message ${given++} \xff`, take: (text: string) => fails(text) };
    const fails = (text: string): boolean => {
      if (text.startsWith('message 3')) throw new Error('a fault');
      return true;
    };
    const { message } = await play('test', target, 10, 7).then(
      () => new Error('no failure'),
      (error: Error) => error,
    );
    expect(message).to.match(/^test, seed 7, message 3, saved in .*: Error: a fault/);
    const file = /saved in (\S+):/.exec(message)?.[1] ?? '';
    expect(readFileSync(file, 'latin1')).to.equal('message 3 \xff');
    rmSync(dirname(file), { recursive: true });
  });

  it('what is left over at the end fails the run', async () => {
    const target = { next: () => '', take: () => true, finish: async () => ['3 timers are left'] };
    const failed = await play('test', target, 1, 7).catch((error: Error) => error.message);
    expect(failed).to.equal('test, seed 7: 3 timers are left');
  });
});
