import { expect } from 'chai';
import { readTurn, Snapshot } from '../../../lib/store/turns.js';

const reply = (policy: string, turn: number, start: number, enabled = 'yes'): unknown[] => [
  ...['policy', policy, 'ring', '20', 'plan', 'BIZNESS', 'enabled', enabled, 'version', '1'],
  ...['turn', turn, 'start', start, 'members', ['a', 'b', 'c']],
];

describe('Groups from memory, while Redis is away', () => {
  const learned = (limit: number, ...pilots: string[]): Snapshot => {
    const snapshot = new Snapshot(limit);
    for (const pilot of pilots) snapshot.learn(readTurn(pilot, reply('circular', 7, 1)) as never);
    return snapshot;
  };

  it('circular goes on behind the last known turn', () => {
    const snapshot = learned(2, 'p');
    expect(snapshot.takeTurn('p')).to.deep.include({ number: 8, order: ['c', 'a', 'b'] });
    expect(snapshot.takeTurn('p')).to.deep.include({ number: 9, order: ['a', 'b', 'c'] });
  });

  it('linear keeps its order', () => {
    const snapshot = new Snapshot(1);
    snapshot.learn(readTurn('p', reply('linear', 7, 0)) as never);
    snapshot.takeTurn('p');
    expect(snapshot.takeTurn('p')?.order).to.deep.equal(['a', 'b', 'c']);
  });

  it('a group that is not enabled takes no turn', () => {
    const snapshot = new Snapshot(1);
    snapshot.learn(readTurn('p', reply('linear', 0, 0, 'no')) as never);
    expect(snapshot.takeTurn('p')).to.deep.include({ number: 0, order: [] });
  });

  it('the group that was called longest ago makes room', () => {
    const snapshot = learned(2, 'one', 'two');
    snapshot.takeTurn('one');
    snapshot.learn(readTurn('three', reply('circular', 1, 0)) as never);
    expect(snapshot.size).to.equal(2);
    expect(snapshot.takeTurn('two')).to.equal(undefined);
    expect(snapshot.takeTurn('one')).not.to.equal(undefined);
  });

  it('an answer that is no turn is no group', () => {
    expect(readTurn('p', null)).to.equal(undefined);
  });
});
