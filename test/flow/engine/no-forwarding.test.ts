import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { EngineHarness } from './engine-harness.js';

/** A back-to-back user agent forwards nothing: a Route that leads over us to somebody else is not followed. */
describe('Engine: requests that name others in Route', () => {
  const stranger = { address: '10.0.0.66', port: 5060 };
  const onward = (harness: EngineHarness): Field => [
    'Route',
    `<sip:${harness.at.address}:${harness.at.port};lr>, <sip:10.0.0.66;lr>`,
  ];
  let harness: EngineHarness;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
  });
  afterEach(() => harness.expectNoLeak());

  for (const method of ['BYE', 'INVITE', 'INFO', 'UPDATE', 'PRACK', 'NOTIFY', 'OPTIONS', 'MESSAGE', 'REFER']) {
    it(`RFC 3261 §12.2.2: ${method} with a To tag that matches no dialog is 481, whatever its Route says`, () => {
      const caller = harness.peer();
      const third = harness.peer({ address: stranger.address, user: 'stranger' });
      const fields = [onward(harness), ['RAck', '1 1 INVITE']] as const;
      caller.start(method, harness.at, { to: '<sip:a@b>;tag=t', fields });
      harness.settle();
      expect(caller.response(481, method).status).to.equal(481);
      harness.settle(40_000);
      expect(third.received).to.deep.equal([]);
    });
  }

  it('an ACK or CANCEL of nothing goes nowhere', () => {
    const caller = harness.peer();
    const third = harness.peer({ address: stranger.address, user: 'stranger' });
    caller.start('ACK', harness.at, { to: '<sip:a@b>;tag=t', fields: [onward(harness)] });
    caller.start('CANCEL', harness.at, { to: '<sip:a@b>', fields: [onward(harness)] });
    harness.settle();
    expect(caller.summary).to.deep.equal(['481 CANCEL']);
    expect(third.received).to.deep.equal([]);
  });

  it('a new INVITE with a Route beyond us is ours to answer', () => {
    const caller = harness.peer();
    const third = harness.peer({ address: stranger.address, user: 'stranger' });
    caller.invite(harness.at, { fields: [onward(harness)] });
    harness.settle();
    expect(harness.owner.asked).to.deep.equal(['new INVITE']);
    harness.respond(486);
    harness.settle(40_000);
    expect(third.received).to.deep.equal([]);
  });
});
