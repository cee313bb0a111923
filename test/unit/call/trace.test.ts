import { expect } from 'chai';
import type { Table } from '../../../lib/base/machine.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { ATTEMPT_TABLE } from '../../../lib/call/attempt-table.js';
import { BRIDGE_TABLE } from '../../../lib/call/bridge-table.js';
import { HUNT_TABLE } from '../../../lib/call/hunt-table.js';
import { CallTrace } from '../../../lib/trace/call-trace.js';
import { isMessage, type KeptTrace } from '../../../lib/trace/kept-trace.js';
import { Traces } from '../../../lib/trace/traces.js';
import { FakeClock, immediates } from '../../support/fake-clock.js';
import { machineOf } from '../../support/machine.js';
import { A, B } from './scripted-server.js';
import { ServiceHarness } from './service-harness.js';

/** One step as it was taken; `at` is in milliseconds of the injected clock. */
interface Step {
  readonly at: number;
  readonly state: string;
  readonly input: string;
  readonly next: string;
  readonly action: string | undefined;
}

/** The steps of a trace, as the machines told them. */
const stepsOf = ({ began, rows }: KeptTrace): Step[] =>
  rows
    .filter((row) => !isMessage(row))
    .map(([at, machine, state, input, next, action]) => ({
      at: began + at,
      state: `${machine}.${state}`,
      input: String(input),
      next: `${machine}.${next}`,
      action: action === '' ? undefined : String(action),
    }));

type AnyTable = Table<string, string, string>;

const TABLES = [HUNT_TABLE, ATTEMPT_TABLE, BRIDGE_TABLE] as unknown as readonly AnyTable[];

describe('The trace of a call', () => {
  it('is word for word what was seen at each step, whenever it is read', () => {
    const clock = new FakeClock();
    const trace = new CallTrace(clock);
    const seen: Step[] = [];
    for (const [n, table] of TABLES.entries()) {
      const name = `machine ${n}`;
      const traced = trace.of(name);
      const [initial = ''] = Object.keys(table);
      for (const input of new Set(Object.values(table).flatMap((row) => Object.keys(row)))) {
        const machine = machineOf(
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
    expect(stepsOf(trace.kept)).to.deep.equal(seen);
    expect(stepsOf(trace.kept)).to.deep.equal(seen);
  });

  it('is handed over when the call is over, with the steps of all its machines in the order in which they were taken', async () => {
    const traces: (readonly Step[])[] = [];
    const clock = new FakeClock();
    const harness = new ServiceHarness({
      members: [A, B],
      clock,
      traces: new Traces({
        clock,
        meter: silentMeter,
        ...{ failedShare: 1, otherShare: 1, liveCalls: 1 },
        keep: (kept) => traces.push(...kept.map(([, trace]) => stepsOf(JSON.parse(trace) as KeptTrace))),
      }),
    });
    const began = harness.clock.now();
    await harness.call();
    harness.leg(1).reply(486);
    await immediates();
    harness.leg(2).reply(180);
    await harness.pass(3000);
    harness.leg(2).reply(200);
    await immediates();
    harness.server.dialogs.get('caller-dialog')?.onAcknowledge({ headers: {}, body: '' });
    expect(traces).to.deep.equal([]);
    harness.server.inDialog('caller-dialog', 'BYE');
    await immediates();
    await harness.pass(1000);
    const [steps = [], ...more] = traces;
    expect(more).to.deep.equal([]);
    expect(
      steps.map(({ at, state, input, next, action }) => [at - began, state, input, next, action].join(' ')),
    ).to.deep.equal([
      '0 hunt.asking turn hunt.hunting begin',
      '0 attempt 1.idle start attempt 1.claiming claim',
      '0 attempt 1.claiming claimed attempt 1.calling callFirst',
      '0 leg.open failure leg.over report',
      '0 attempt 1.calling busy attempt 1.over busy',
      '0 hunt.hunting memberOver hunt.hunting next',
      '0 attempt 2.idle start attempt 2.claiming claim',
      '0 attempt 2.claiming claimed attempt 2.calling callFirst',
      '0 leg.open provisional leg.open report',
      '0 attempt 2.calling alerting attempt 2.ringing ring',
      '0 hunt.hunting memberRings hunt.ringing ring',
      '3000 leg.open answer leg.answered report',
      '3000 attempt 2.ringing answer attempt 2.answered answer',
      '3000 hunt.ringing memberAnswers hunt.answering answer',
      '3000 leg.answered keep leg.over ',
      '3000 hunt.answering callerReady hunt.answered bridge',
      '3000 bridge.answering callerUp bridge.unconfirmed ',
      '3000 bridge.unconfirmed callerConfirms bridge.talking open',
      '3000 bridge.talking callerLeaves bridge.releasing releaseMember',
      '3000 bridge.releasing legGone bridge.over close',
      '3000 attempt 2.answered callOver attempt 2.over release',
      '3000 hunt.answered bridgeOver hunt.ended finish',
    ]);
  });

  it('has the first 180 rows and the last 60, and says how many there were, so that no call can fill the memory', () => {
    const clock = new FakeClock();
    const trace = new CallTrace(clock);
    const traced = trace.of('hunt');
    for (let i = 0; i < 1000; i++) {
      traced('ringing', 'progressDue', 'ringing', 'ring');
      clock.advance(1);
    }
    const { of, rows } = trace.kept;
    expect(of).to.equal(1000);
    const times = rows.map(([at]) => at);
    expect(times.slice(0, 180)).to.deep.equal(Array.from({ length: 180 }, (_, i) => i));
    expect(times.slice(180)).to.deep.equal(Array.from({ length: 60 }, (_, i) => 940 + i));
  });
});
