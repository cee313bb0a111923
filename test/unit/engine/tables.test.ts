import { expect } from 'chai';
import type { Table } from '../../../lib/base/machine.js';
import { SESSION_TIMER } from '../../../lib/engine/dialog/session-timer.js';
import { INVITE_CLIENT } from '../../../lib/engine/transaction/invite-client.js';
import { INVITE_SERVER } from '../../../lib/engine/transaction/invite-server.js';
import { NON_INVITE_CLIENT } from '../../../lib/engine/transaction/non-invite-client.js';
import { NON_INVITE_SERVER } from '../../../lib/engine/transaction/non-invite-server.js';
import { machineOf } from '../../support/machine.js';

/**
 * The RFC's diagrams, written down a second time: one line per state, `input>next` for each arrow, `input` alone where the
 * machine stays. What is not written must change nothing.
 */
interface Diagram {
  readonly name: string;
  readonly table: Table<string, string, string>;
  readonly inputs: string;
  readonly arrows: Readonly<Record<string, string>>;
}

const DIAGRAMS: readonly Diagram[] = [
  {
    name: 'session timer (RFC 4028 §7.2, §10)',
    table: SESSION_TIMER as Table<string, string, string>,
    inputs: 'weRefresh peerRefreshes timer deadline blocked free again glare refused gone stop',
    arrows: {
      off: 'weRefresh>waiting peerRefreshes>watching',
      watching: 'weRefresh>waiting peerRefreshes deadline>off stop>off',
      waiting: 'weRefresh peerRefreshes>watching timer>refreshing deadline>off stop>off',
      due: 'weRefresh>waiting peerRefreshes>watching free>refreshing deadline>off stop>off',
      refreshing:
        'weRefresh>waiting peerRefreshes>watching blocked>due again glare>waiting refused>waiting gone>off deadline>off stop>off',
    },
  },
  {
    name: 'INVITE server transaction (RFC 3261 figure 7, RFC 6026 figure 5)',
    table: INVITE_SERVER as Table<string, string, string>,
    inputs: 'invite 1xx 2xx 300-699 ack timer-g timer-h timer-i timer-l transport-error',
    arrows: {
      proceeding: 'invite 1xx 2xx>accepted 300-699>completed transport-error',
      completed: 'invite timer-g timer-h>terminated ack>confirmed transport-error',
      confirmed: 'timer-i>terminated',
      accepted: '2xx timer-l>terminated transport-error',
      terminated: '',
    },
  },
  {
    name: 'non-INVITE server transaction (RFC 3261 figure 8, RFC 4320)',
    table: NON_INVITE_SERVER as Table<string, string, string>,
    inputs: 'request 100 101-199 final 408 timer-100 timer-j transport-error',
    arrows: {
      trying: '100>proceeding timer-100>proceeding final>completed 408>terminated transport-error',
      proceeding: 'request 100 final>completed 408>terminated transport-error',
      completed: 'request timer-j>terminated transport-error',
      terminated: '',
    },
  },
  {
    name: 'INVITE client transaction (RFC 3261 figure 5, RFC 6026 figure 4)',
    table: INVITE_CLIENT as Table<string, string, string>,
    inputs: 'timer-a timer-b timer-c timer-d timer-m 1xx 2xx 300-699 abandon transport-error',
    arrows: {
      calling: 'timer-a timer-b>terminated 1xx>proceeding 2xx>accepted 300-699>completed transport-error>terminated',
      proceeding: '1xx 2xx>accepted 300-699>completed timer-c abandon>terminated',
      completed: '300-699 timer-d>terminated transport-error>terminated',
      accepted: '2xx timer-m>terminated',
      terminated: '',
    },
  },
  {
    name: 'non-INVITE client transaction (RFC 3261 figure 6)',
    table: NON_INVITE_CLIENT as Table<string, string, string>,
    inputs: 'timer-e timer-f timer-k 1xx final transport-error',
    arrows: {
      trying: 'timer-e timer-f>terminated 1xx>proceeding final>completed transport-error>terminated',
      proceeding: 'timer-e timer-f>terminated 1xx final>completed transport-error>terminated',
      completed: 'timer-k>terminated',
      terminated: '',
    },
  },
];

/** Arrows that must not do anything but keep the state, and states whose input must act. */
const SILENT = new Set(['transport-error']);

for (const { name, table, inputs, arrows } of DIAGRAMS) {
  describe(name, () => {
    for (const [state, line] of Object.entries(arrows)) {
      const expected = new Map(
        line.split(' ').map((arrow): [string, string | undefined] => [arrow.split('>')[0] ?? '', arrow.split('>')[1]]),
      );
      for (const input of inputs.split(' ')) {
        const next = expected.get(input) ?? state;
        it(`${state} + ${input} → ${expected.has(input) ? next : 'nothing'}`, () => {
          const actions: string[] = [];
          const machine = machineOf(table, state, (action) => actions.push(action));
          machine.send(input);
          expect(machine.state).to.equal(next);
          const acts = expected.has(input) && !(SILENT.has(input) && next === state);
          expect(actions).to.have.length(acts ? 1 : 0);
        });
      }
    }

    it('knows no other states and inputs than these', () => {
      expect(Object.keys(table).sort()).to.deep.equal(Object.keys(arrows).sort());
      const used = new Set(Object.values(table).flatMap((row) => Object.keys(row)));
      expect([...used].every((input) => inputs.split(' ').includes(input))).to.equal(true);
    });
  });
}
