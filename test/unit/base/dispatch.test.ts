import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const machines = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .map((file) => join('lib', file))
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, code: readFileSync(path, 'utf8') }))
  .filter(({ code }) => /new Machine\b/.test(code));

describe('How a machine performs the actions of its table', () => {
  it('one way everywhere: a static record by action, so that no call makes functions of its own and none is forgotten', () => {
    // The verdicts of offers and answers are no actions: whoever takes the step gets them back.
    const others = machines.filter(({ path }) => path !== 'lib/sip/offer-answer.ts');
    expect(others.length).to.be.greaterThan(8);
    const one = /static readonly #PERFORM: Readonly<\s*Record<\w*Action,/;
    const wrong = others.filter(({ code }) => !one.test(code) || !/#PERFORM\[action\]\(this\b/.test(code));
    expect(wrong.map(({ path }) => path)).to.deep.equal([]);
  });

  it('no action is chosen by a switch', () => {
    expect(machines.filter(({ code }) => /switch \(action\)/.test(code)).map(({ path }) => path)).to.deep.equal([]);
  });
});
