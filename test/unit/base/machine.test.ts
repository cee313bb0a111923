import { expect } from 'chai';
import type { Machine, Table } from '../../../lib/base/machine.js';
import { machineOf } from '../../support/machine.js';

type State = 'shut' | 'open';
type Input = 'push' | 'pull' | 'slam';
type Action = 'creak' | 'bang';

const DOOR: Table<State, Input, Action> = {
  shut: { pull: ['open', 'creak'] },
  open: { push: ['shut'], slam: ['shut', 'bang'] },
};

describe('Machine', () => {
  it('takes the row of its state and input, and performs the action after the state has changed', () => {
    const seen: string[] = [];
    const door: Machine<State, Input, Action> = machineOf(DOOR, 'shut', (action, event) =>
      seen.push(`${action} ${event} ${door.state}`),
    );
    door.send('pull', 'gently');
    expect(seen).to.deep.equal(['creak gently open']);
  });

  it('changes nothing where the table has no row', () => {
    const door = machineOf<State, Input, Action>(DOOR, 'shut', () => expect.fail('no action belongs here'));
    door.send('push');
    door.send('slam');
    expect(door.state).to.equal('shut');
  });

  it('hands each step to the tracer, and only real steps', () => {
    const steps: unknown[] = [];
    const door = machineOf<State, Input, Action>(
      DOOR,
      'shut',
      () => {},
      (...step) => steps.push(step),
    );
    door.send('pull');
    door.send('pull');
    door.send('push');
    expect(steps).to.deep.equal([
      ['shut', 'pull', 'open', 'creak'],
      ['open', 'push', 'shut', undefined],
    ]);
  });

  it('runs an input sent from within an action after that action has ended', () => {
    const seen: string[] = [];
    const door: Machine<State, Input, Action> = machineOf(DOOR, 'shut', (action) => {
      seen.push(`${action} begins`);
      if (action === 'creak') door.send('slam');
      seen.push(`${action} ends`);
    });
    door.send('pull');
    expect(seen).to.deep.equal(['creak begins', 'creak ends', 'bang begins', 'bang ends']);
    expect(door.state).to.equal('shut');
  });

  it('takes inputs that were sent from within actions in the order in which they were sent', () => {
    const seen: string[] = [];
    const rows = Object.fromEntries(['first', 'a', 'b', 'c', 'd', 'e'].map((input) => [input, ['on', input] as const]));
    const machine: Machine<'on', string, string> = machineOf<'on', string, string>(
      { on: rows },
      'on',
      (action, event) => {
        seen.push(`${action} ${event}`);
        if (action === 'first') for (const input of ['a', 'b', 'c']) machine.send(input, 1);
        if (action === 'b') for (const input of ['d', 'e']) machine.send(input, 2);
      },
    );
    machine.send('first', 0);
    expect(seen).to.deep.equal(['first 0', 'a 1', 'b 1', 'c 1', 'd 2', 'e 2']);
    machine.send('first', 3);
    expect(seen.slice(6)).to.deep.equal(['first 3', 'a 1', 'b 1', 'c 1', 'd 2', 'e 2']);
  });

  it('takes the inputs that wait also when an action threw, and throws what it threw first', () => {
    const seen: string[] = [];
    const rows = Object.fromEntries(['first', 'a', 'b', 'c'].map((input) => [input, ['on', input] as const]));
    const machine: Machine<'on', string, string> = machineOf<'on', string, string>({ on: rows }, 'on', (action) => {
      seen.push(action);
      if (action === 'first') for (const input of ['a', 'b', 'c']) machine.send(input);
      if (action === 'first' || action === 'b') throw new Error(action);
    });
    expect(() => machine.send('first')).to.throw('first');
    expect(seen).to.deep.equal(['first', 'a', 'b', 'c']);
    machine.send('a');
    expect(seen.slice(4), 'nothing is left over').to.deep.equal(['a']);
  });

  it('is usable again after an action threw', () => {
    let fail = true;
    const door = machineOf<State, Input, Action>(DOOR, 'shut', () => {
      if (fail) throw new Error('hinge');
    });
    expect(() => door.send('pull')).to.throw('hinge');
    fail = false;
    door.send('push');
    expect(door.state).to.equal('shut');
  });
});
