import { expect } from 'chai';
import { Machine, type Step, type Table } from '../../../lib/base/machine.js';
import { ATTEMPT_TABLE } from '../../../lib/ringing/attempt-table.js';
import { BRIDGE_TABLE } from '../../../lib/ringing/bridge-table.js';
import { Trace } from '../../../lib/ringing/call-context.js';
import { HUNT_TABLE } from '../../../lib/ringing/hunt-table.js';
import { FakeClock } from '../../support/fake-clock.js';

type AnyTable = Table<string, string, string>;

const TABLES = [HUNT_TABLE, ATTEMPT_TABLE, BRIDGE_TABLE] as unknown as readonly AnyTable[];

describe('The trace of a call', () => {
  it('is word for word what was seen at each step, whenever it is read', () => {
    const clock = new FakeClock();
    const trace = new Trace(clock);
    const seen: Step[] = [];
    for (const [n, table] of TABLES.entries()) {
      const name = `machine ${n}`;
      const traced = trace.of(name);
      const [initial = ''] = Object.keys(table);
      for (const input of new Set(Object.values(table).flatMap((row) => Object.keys(row)))) {
        const machine = new Machine(
          table,
          initial,
          () => {},
          (state, input, next, action) => {
            seen.push({ at: clock.now(), state: `${name}.${state}`, input, next: `${name}.${next}`, action });
            traced(state, input, next, action);
          },
        );
        machine.send(input);
        clock.advance(7);
      }
    }
    expect(seen).to.have.length.within(10, 250);
    clock.advance(5000);
    expect(trace.steps).to.deep.equal(seen);
    expect(trace.steps).to.deep.equal(seen);
  });

  it('ends after 250 steps, so that no call can fill the memory', () => {
    const trace = new Trace(new FakeClock());
    const traced = trace.of('hunt');
    for (let i = 0; i < 1000; i++) traced('ringing', 'ringDue', 'ringing', 'ring');
    expect(trace.steps).to.have.length(250);
  });
});
