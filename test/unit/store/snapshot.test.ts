import { expect } from 'chai';
import { readTurn, Snapshot } from '../../../lib/store/turns.js';

const NOW = 1_767_600_000_000;

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
    expect(snapshot.takeTurn('p', NOW)).to.deep.include({ number: 8, order: ['c', 'a', 'b'] });
    expect(snapshot.takeTurn('p', NOW)).to.deep.include({ number: 9, order: ['a', 'b', 'c'] });
  });

  it('linear keeps its order', () => {
    const snapshot = new Snapshot(1);
    snapshot.learn(readTurn('p', reply('linear', 7, 0)) as never);
    snapshot.takeTurn('p', NOW);
    expect(snapshot.takeTurn('p', NOW)?.order).to.deep.equal(['a', 'b', 'c']);
  });

  it('who is away stays away from memory, until the time that was said', () => {
    const snapshot = new Snapshot(1);
    snapshot.learn(readTurn('p', [...reply('linear', 7, 0), 'order', ['a'], 'away', ['b', NOW + 1, 'lunch']]) as never);
    expect(snapshot.takeTurn('p', NOW)?.away).to.deep.equal([{ member: 'b', until: NOW + 1, reason: 'lunch' }]);
    expect(snapshot.takeTurn('p', NOW + 1)).not.to.have.property('away');
  });

  it('a group that is not enabled takes no turn', () => {
    const snapshot = new Snapshot(1);
    snapshot.learn(readTurn('p', reply('linear', 0, 0, 'no')) as never);
    expect(snapshot.takeTurn('p', NOW)).to.deep.include({ number: 0, order: [] });
  });

  it('the group that was called longest ago makes room', () => {
    const snapshot = learned(2, 'one', 'two');
    snapshot.takeTurn('one', NOW);
    snapshot.learn(readTurn('three', reply('circular', 1, 0)) as never);
    expect(snapshot.size).to.equal(2);
    expect(snapshot.takeTurn('two', NOW)).to.equal(undefined);
    expect(snapshot.takeTurn('one', NOW)).not.to.equal(undefined);
  });

  it('an answer that is no turn is no group', () => {
    expect(readTurn('p', null)).to.equal(undefined);
  });
});
