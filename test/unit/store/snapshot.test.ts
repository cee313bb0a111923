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

  describe('an answer that differs from the one before in the number alone is not read again', () => {
    const json = (number: number, start = 0, more: unknown[] = [], policy = 'linear'): string =>
      JSON.stringify([
        policy,
        '20',
        'BIZNESS',
        'yes',
        '1',
        number,
        start,
        ['a', 'b'],
        start === 0 ? ['a', 'b'] : ['b', 'a'],
        ...more,
      ]);
    const learnt = (snapshot: Snapshot, answer: string) => {
      const turn = readTurn('p', answer);
      if (turn === undefined) throw new Error('no turn');
      snapshot.learn(turn);
      snapshot.remember(answer, turn);
      return turn;
    };

    it('it says what reading it would say, whatever the number', () => {
      const snapshot = new Snapshot(1);
      expect(snapshot.again('p', json(7))).to.equal(undefined);
      const { group } = learnt(snapshot, json(7));
      for (const number of [8, 12, 99, 100, 1_000_000, 7, 1]) {
        const again = snapshot.again('p', json(number));
        expect(again).to.deep.equal(readTurn('p', json(number)));
        expect(again?.group).to.equal(group);
        expect(snapshot.takeTurn('p', NOW)).to.deep.include({ number: number + 1, order: ['a', 'b'] });
      }
    });

    it('any other difference is read: of settings, members, order, absences, owner, and what is no turn', () => {
      const snapshot = new Snapshot(1);
      learnt(snapshot, json(7));
      const others = [json(8, 1), json(8, 0, [['b', NOW, '']]), json(8, 0, [[], 'owner']), json(8, 0, [], 'circular')];
      others.push(json(8).replace('"1",8', '"2",8'), json(8).replace('"a"', '"c"'), json(0), json(-1), json(1.5));
      others.push(json(8).replace(',8,', ',,'), json(8).replace(',8,', ',"8",'), json(7).slice(0, 40), '');
      for (const other of others) expect(snapshot.again('p', other), other).to.equal(undefined);
      for (const other of [null, undefined, 8, ['policy', 'linear']])
        expect(snapshot.again('p', other)).to.equal(undefined);
      expect(snapshot.again('q', json(8))).to.equal(undefined);
    });

    it('memory goes on behind it as behind one that was read', () => {
      const [again, read] = [new Snapshot(1), new Snapshot(1)];
      for (const snapshot of [again, read]) {
        learnt(snapshot, json(7, 1, [], 'circular'));
        snapshot.takeTurn('p', NOW);
      }
      expect(again.again('p', json(9, 1, [], 'circular'))).to.have.property('number', 9);
      learnt(read, json(9, 1, [], 'circular'));
      for (let i = 0; i < 3; i++) expect(again.takeTurn('p', NOW)).to.deep.equal(read.takeTurn('p', NOW));
    });
  });
});
