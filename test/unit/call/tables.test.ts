import { expect } from 'chai';
import type { Table } from '../../../lib/base/machine.js';
import { ATTEMPT_TABLE, type AttemptInput } from '../../../lib/call/attempt-table.js';
import { BRIDGE_TABLE } from '../../../lib/call/bridge-table.js';
import { HUNT_TABLE } from '../../../lib/call/hunt-table.js';
import { LEG_TABLE } from '../../../lib/call/leg.js';
import { machineOf } from '../../support/machine.js';
import { ATTEMPT, BRIDGE, type Diagram, HUNT, LEG } from './diagrams.js';

type AnyTable = Table<string, string, string>;

const TABLES: Readonly<Record<string, { table: AnyTable; diagram: Diagram; initial: string; last: string }>> = {
  hunt: { table: HUNT_TABLE as AnyTable, diagram: HUNT, initial: 'asking', last: 'ended' },
  attempt: { table: ATTEMPT_TABLE as AnyTable, diagram: ATTEMPT, initial: 'idle', last: 'over' },
  leg: { table: LEG_TABLE as AnyTable, diagram: LEG, initial: 'open', last: 'over' },
  bridge: { table: BRIDGE_TABLE as AnyTable, diagram: BRIDGE, initial: 'answering', last: 'over' },
};

const inputsOf = (table: AnyTable): string[] => [...new Set(Object.values(table).flatMap((row) => Object.keys(row)))];

/** Where one input leads from one state, and what is done on the way. */
function step(table: AnyTable, state: string, input: string): { next: string; actions: string[] } {
  const actions: string[] = [];
  const machine = machineOf(table, state, (action) => void actions.push(action));
  machine.send(input);
  return { next: machine.state, actions };
}

/** By `state input`: the next state, and the action where there is one. */
const arrowsOf = (diagram: Diagram): Record<string, string> =>
  Object.fromEntries(
    Object.entries(diagram).flatMap(([input, line]) =>
      line.split(' | ').flatMap((part) => {
        const [from = '', to = ''] = part.split(' > ');
        return from.split(' ').map((state) => [`${state} ${input}`, to]);
      }),
    ),
  );

const pairsOf = (table: AnyTable): { state: string; input: string }[] =>
  Object.keys(table).flatMap((state) => inputsOf(table).map((input) => ({ state, input })));

/** The pairs that do this. */
const where = (table: AnyTable, action: string): string[] =>
  pairsOf(table)
    .filter(({ state, input }) => step(table, state, input).actions.includes(action))
    .map(({ state, input }) => `${state} ${input}`);

const nextOf = (table: AnyTable, input: string): Record<string, string> =>
  Object.fromEntries(Object.keys(table).map((state) => [state, step(table, state, input).next]));

for (const [name, { table, diagram, initial, last }] of Object.entries(TABLES)) {
  describe(`The ${name} table, every state × input`, () => {
    it('these pairs do something, and all others nothing', () => {
      const found: Record<string, string> = {};
      for (const state of Object.keys(table)) {
        for (const input of new Set([...Object.keys(diagram), ...inputsOf(table)])) {
          const { next, actions } = step(table, state, input);
          expect(Object.keys(table), `${state} ${input}`).to.include(next);
          if (next !== state || actions.length > 0) found[`${state} ${input}`] = [next, ...actions].join(' ');
        }
      }
      expect(found).to.deep.equal(arrowsOf(diagram));
    });

    it('reaches every state from the first one, and the last one from every state', () => {
      const reach = (from: string): Set<string> => {
        const seen = new Set([from]);
        for (const state of seen) for (const input of inputsOf(table)) seen.add(step(table, state, input).next);
        return seen;
      };
      expect([...reach(initial)].sort()).to.deep.equal(Object.keys(table).sort());
      for (const state of Object.keys(table)) expect(reach(state).has(last), state).to.equal(true);
    });

    it('never leaves its last state', () => {
      for (const input of inputsOf(table)) expect(step(table, last, input).next).to.equal(last);
    });
  });
}

describe('What the tables promise', () => {
  it('a member is called only before the caller has an answer or has left (RFC 3261 §9.2)', () => {
    expect(where(TABLES.hunt?.table ?? {}, 'next').every((pair) => /^(hunting|ringing) /.test(pair))).to.equal(true);
    expect(nextOf(HUNT_TABLE as AnyTable, 'callerCancels')).to.deep.equal({
      asking: 'ended',
      hunting: 'ended',
      ringing: 'ended',
      parting: 'ended',
      answering: 'ended',
      answered: 'answered',
      ended: 'ended',
    });
  });

  it('a late answer is taken only while nobody has answered, and never left alone (RFC 3261 §13.2.2.4)', () => {
    expect(where(HUNT_TABLE as AnyTable, 'answerLate')).to.deep.equal(['hunting lateAnswer', 'ringing lateAnswer']);
    expect(where(HUNT_TABLE as AnyTable, 'dismissLate')).to.deep.equal([
      'parting lateAnswer', // he hears that nobody answers
      'answering lateAnswer',
      'answered lateAnswer',
      'ended lateAnswer',
    ]);
    expect(
      Object.entries(ATTEMPT_TABLE)
        .filter(([, row]) => 'lateAnswer' in row)
        .map(([state]) => state),
    ).to.deep.equal(['calling', 'proceeding', 'ringing', 'cancelling', 'asking', 'answered', 'over']);
  });

  it('who is rung for a caller whose INVITE is over stops, and nobody else rings', () => {
    expect(nextOf(HUNT_TABLE as AnyTable, 'callerGone')).to.deep.equal({
      asking: 'asking',
      hunting: 'ended',
      ringing: 'ended',
      parting: 'ended',
      answering: 'ended',
      answered: 'answered',
      ended: 'ended',
    });
  });

  it('the caller hears that a phone rings only when one does (RFC 3261 §13.3.1.1)', () => {
    expect(where(HUNT_TABLE as AnyTable, 'progress')).to.deep.equal(['hunting progressDue', 'parting progressDue']);
    expect(where(HUNT_TABLE as AnyTable, 'ring')).to.deep.equal(['hunting memberRings', 'ringing progressDue']);
  });

  it('only a phone that rang did not answer; the others are unreachable', () => {
    expect(where(ATTEMPT_TABLE as AnyTable, 'cancelNoAnswer')).to.deep.equal(['ringing ringTimeout']);
    expect(where(ATTEMPT_TABLE as AnyTable, 'cancelUnreachable')).to.deep.equal([
      'calling ringTimeout',
      'proceeding ringTimeout',
    ]);
  });

  it('an INVITE leaves only from a claimed member (edge case 57)', () => {
    expect(where(ATTEMPT_TABLE as AnyTable, 'callFirst')).to.deep.equal(['claiming claimed', 'preparing prepared']);
    expect(where(ATTEMPT_TABLE as AnyTable, 'prepare')).to.deep.equal(['claiming claimedToAsk']);
    expect(ATTEMPT_TABLE.claiming.stop).to.deep.equal(['over', 'stopped']);
  });

  it('silence counts only before the first provisional response (edge case 40)', () => {
    expect(
      Object.entries(ATTEMPT_TABLE)
        .filter(([, row]) => 'silence' in row)
        .map(([state]) => state),
    ).to.deep.equal(['calling']);
  });

  it('every failure ends the attempt in every state in which an INVITE is out', () => {
    const failures: AttemptInput[] = ['busy', 'declined', 'redirected', 'unreachable', 'failed', 'unusableAnswer'];
    for (const state of ['calling', 'proceeding', 'ringing'] as const) {
      for (const input of failures) expect(ATTEMPT_TABLE[state][input]?.[0], `${state} ${input}`).to.equal('over');
    }
  });

  it('no BYE to the caller before its ACK (RFC 3261 §15)', () => {
    expect(where(BRIDGE_TABLE as AnyTable, 'releaseCaller').sort()).to.deep.equal([
      'held callerConfirms',
      'talking memberFails',
      'talking memberLeaves',
    ]);
  });
});
