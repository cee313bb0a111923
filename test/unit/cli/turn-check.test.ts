import { expect } from 'chai';
import fc from 'fast-check';
import { type Setting, type Turn, TurnCheck } from '../../../lib/cli/turn-check.js';

const circular = (...members: string[]): Setting => ({ policy: 'circular', members });
const linear = (...members: string[]): Setting => ({ policy: 'linear', members });
const turn = (number: number, start: string, more: Partial<Turn> = {}): Turn => ({
  number,
  call: `call-${number}`,
  start,
  version: 1,
  replayed: false,
  ...more,
});

interface Given {
  readonly settings?: Readonly<Record<number, Setting>>;
  readonly cursor?: number;
  readonly version?: number;
  readonly counted?: number;
}

function check(turns: readonly Turn[], { settings = { 1: circular('a', 'b', 'c') }, ...given }: Given = {}): TurnCheck {
  const checked = new TurnCheck(new Map(Object.entries(settings).map(([version, one]) => [Number(version), one])));
  for (const one of turns) checked.take(one);
  const { counted = turns.at(-1)?.number ?? 0, version = turns.at(-1)?.version ?? 1, cursor = 0 } = given;
  checked.end({ turns: counted, version, cursor });
  return checked;
}

const kinds = (turns: readonly Turn[], given?: Given): string[] => check(turns, given).findings.map(({ kind }) => kind);

describe('Turns are held against what the policy says', () => {
  it('any number of circular and linear turns as they must be: nothing is found', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.nat(30),
        fc.nat(11),
        fc.boolean(),
        (size, count, from, isCircular) => {
          const members = Array.from({ length: size }, (_, i) => `m${i}`);
          const at = (i: number): number => (isCircular ? (from + i) % size : 0);
          const turns = Array.from({ length: count }, (_, i) => turn(i + 5, members[at(i)] ?? ''));
          const setting = isCircular ? circular(...members) : linear(...members);
          expect(kinds(turns, { settings: { 1: setting }, cursor: at(count) })).to.deep.equal([]);
        },
      ),
    );
  });

  it('a gap, a double number, a number written late, and a call with two turns', () => {
    expect(kinds([turn(1, 'a'), turn(2, 'b'), turn(5, 'c')])).to.deep.equal(['gap']);
    expect(kinds([turn(1, 'a'), turn(2, 'b'), turn(2, 'c', { call: 'x' })])).to.deep.equal(['double']);
    expect(kinds([turn(2, 'a'), turn(1, 'b'), turn(3, 'c')], { counted: 3 })).to.deep.equal(['double', 'gap']);
    expect(kinds([turn(1, 'a'), turn(2, 'b'), turn(3, 'c', { call: 'call-1' })])).to.deep.equal(['double']);
  });

  it('an unfair start: not with whom it was due, not with the first of a linear group, with a stranger', () => {
    expect(kinds([turn(1, 'a'), turn(2, 'c')])).to.deep.equal(['unfair']);
    expect(kinds([turn(1, 'a'), turn(2, 'b')], { settings: { 1: linear('a', 'b') } })).to.deep.equal(['unfair']);
    expect(kinds([turn(1, 'a'), turn(2, 'x'), turn(3, 'b')])).to.deep.equal(['unfair', 'cursor']);
  });

  it('a cursor that is elsewhere than behind the last turn, and a count that the turns do not bear out', () => {
    expect(kinds([turn(1, 'a'), turn(2, 'b')], { cursor: 2 })).to.deep.equal([]);
    expect(kinds([turn(1, 'a'), turn(2, 'b')], { cursor: 0 })).to.deep.equal(['cursor']);
    expect(kinds([turn(1, 'a'), turn(2, 'b')], { cursor: 2, counted: 7 })).to.deep.equal(['count']);
  });

  it('the list changes: the turn stays with whom it was, or with the next one who is still there', () => {
    const settings = { 1: circular('a', 'b', 'c'), 2: circular('c', 'b', 'a'), 3: circular('c', 'a') };
    expect(kinds([turn(1, 'a'), turn(2, 'b', { version: 2 })], { settings, cursor: 2 })).to.deep.equal([]);
    expect(kinds([turn(1, 'a'), turn(2, 'a', { version: 3 })], { settings, cursor: 0 })).to.deep.equal([]);
    expect(kinds([turn(1, 'a'), turn(2, 'c', { version: 3 })], { settings, cursor: 1 })).to.deep.equal(['unfair']);
    expect(kinds([turn(1, 'a')], { settings, version: 3, cursor: 1 })).to.deep.equal([]);
  });

  it('a turn from memory began where its node had been: only the cursor behind it is judged', () => {
    const replayed = turn(2, 'a', { replayed: true });
    expect(kinds([turn(1, 'a'), replayed, turn(3, 'c')])).to.deep.equal([]);
    expect(kinds([turn(1, 'a'), replayed, turn(3, 'b')], { cursor: 2 })).to.deep.equal(['unfair']);
  });

  it('a version that nobody knows is not judged, and counted as such', () => {
    const checked = check([turn(1, 'x'), turn(2, 'x')], { settings: {} });
    expect(checked.findings).to.deep.equal([]);
    expect(checked.unchecked).to.equal(2);
  });
});
