import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const machines = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .map((file) => join('lib', file))
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, code: readFileSync(path, 'utf8') }))
  .filter(
    ({ path, code }) =>
      path !== 'lib/base/machine.ts' && /base\/machine\.js/.test(code) && /#machine\b|\bmachine = /.test(code),
  );

describe('How a machine performs the actions of its table', () => {
  it('one way everywhere: a static record by action, so that no call makes functions of its own and none is forgotten', () => {
    expect(machines.length).to.be.greaterThan(8);
    const one = /static readonly #PERFORM: Readonly<\s*Record<\w*(?:Action|Verdict),/;
    const kind = /static readonly #MACHINE = new MachineKind\(\w+, \w+\.#PERFORM\);/;
    const wrong = machines.filter(
      ({ code }) => !one.test(code) || !kind.test(code) || !/#MACHINE\.of\(this, /.test(code),
    );
    expect(wrong.map(({ path }) => path)).to.deep.equal([]);
  });

  it('no action is chosen by a switch', () => {
    expect(machines.filter(({ code }) => /switch \(action\)/.test(code)).map(({ path }) => path)).to.deep.equal([]);
  });
});
