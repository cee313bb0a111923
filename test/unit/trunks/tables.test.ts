import { expect } from 'chai';
import type { Table } from '../../../lib/base/machine.js';
import { HEALTH_TABLE } from '../../../lib/call/trunks/health.js';
import { REGISTRATION_TABLE } from '../../../lib/call/trunks/registration-table.js';
import { machineOf } from '../../support/machine.js';

type AnyTable = Table<string, string, string>;

/** `state input` → `next action`, for every pair that does something. */
const HEALTH: Readonly<Record<string, string>> = {
  'up silent': 'doubtful countFirst',
  'doubtful alive': 'up',
  'doubtful silent': 'doubtful count',
  'doubtful enough': 'down announceDown',
  'down alive': 'up announceUp',
};

const REGISTRATION: Readonly<Record<string, string>> = {
  'unregistered start': 'registering register',
  'registering accepted': 'registered announce',
  'registering challenged': 'registering repeat',
  'registering tooBrief': 'registering lengthen',
  'registering unbound': 'backing-off backOff',
  'registering refused': 'backing-off backOff',
  'registering stop': 'stopping limit',
  'registered due': 'refreshing register',
  'registered stop': 'unregistering leave',
  'refreshing accepted': 'registered refreshLater',
  'refreshing challenged': 'refreshing repeat',
  'refreshing tooBrief': 'refreshing lengthen',
  'refreshing unbound': 'backing-off announceLoss',
  'refreshing refused': 'backing-off announceLoss',
  'refreshing stop': 'stopping limit',
  'backing-off due': 'registering register',
  'backing-off stop': 'unregistered end',
  'stopping accepted': 'unregistering unregister',
  'stopping unbound': 'unregistered end',
  'stopping challenged': 'unregistered end',
  'stopping tooBrief': 'unregistered end',
  'stopping refused': 'unregistered end',
  'stopping waited': 'unregistered end',
  'unregistering accepted': 'unregistered end',
  'unregistering challenged': 'unregistering repeat',
  'unregistering tooBrief': 'unregistered end',
  'unregistering refused': 'unregistered end',
  'unregistering waited': 'unregistered end',
};

const INPUTS = {
  health: ['alive', 'silent', 'enough'],
  registration: ['start', 'accepted', 'unbound', 'challenged', 'tooBrief', 'refused', 'due', 'stop', 'waited'],
};

for (const [name, table, expected, inputs] of [
  ['health', HEALTH_TABLE as AnyTable, HEALTH, INPUTS.health],
  ['registration', REGISTRATION_TABLE as AnyTable, REGISTRATION, INPUTS.registration],
] as const) {
  it(`The ${name} table, every state × input: these pairs do something, and all others nothing`, () => {
    const found: Record<string, string> = {};
    for (const state of Object.keys(table)) {
      for (const input of inputs) {
        const actions: string[] = [];
        const machine = machineOf(table, state, (action) => void actions.push(action));
        machine.send(input);
        if (machine.state === state && actions.length === 0) continue;
        found[`${state} ${input}`] = [machine.state, ...actions].join(' ');
      }
    }
    expect(found).to.deep.equal(expected);
  });
}
