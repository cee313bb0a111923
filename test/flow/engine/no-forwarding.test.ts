import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { Bench } from './engine-harness.js';

/** A back-to-back user agent forwards nothing: a Route that leads over us to somebody else is not followed. */
describe('Engine: requests that name others in Route', () => {
  const stranger = { address: '10.0.0.66', port: 5060 };
  const onward = (bench: Bench): Field => [
    'Route',
    `<sip:${bench.at.address}:${bench.at.port};lr>, <sip:10.0.0.66;lr>`,
  ];
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(() => bench.expectNoLeak());

  for (const method of ['BYE', 'INVITE', 'INFO', 'UPDATE', 'PRACK', 'NOTIFY', 'OPTIONS', 'MESSAGE', 'REFER']) {
    it(`RFC 3261 §12.2.2: ${method} with a To tag that matches no dialog is 481, whatever its Route says`, () => {
      const caller = bench.peer();
      const third = bench.peer({ address: stranger.address, user: 'stranger' });
      const fields = [onward(bench), ['RAck', '1 1 INVITE']] as const;
      caller.start(method, bench.at, { to: '<sip:a@b>;tag=t', fields });
      bench.settle();
      expect(caller.response(481, method).status).to.equal(481);
      bench.settle(40_000);
      expect(third.received).to.deep.equal([]);
    });
  }

  it('an ACK or CANCEL of nothing goes nowhere', () => {
    const caller = bench.peer();
    const third = bench.peer({ address: stranger.address, user: 'stranger' });
    caller.start('ACK', bench.at, { to: '<sip:a@b>;tag=t', fields: [onward(bench)] });
    caller.start('CANCEL', bench.at, { to: '<sip:a@b>', fields: [onward(bench)] });
    bench.settle();
    expect(caller.summary).to.deep.equal(['481 CANCEL']);
    expect(third.received).to.deep.equal([]);
  });

  it('a new INVITE with a Route beyond us is ours to answer', () => {
    const caller = bench.peer();
    const third = bench.peer({ address: stranger.address, user: 'stranger' });
    caller.invite(bench.at, { fields: [onward(bench)] });
    bench.settle();
    expect(bench.owner.asked).to.deep.equal(['new INVITE']);
    bench.respond(486);
    bench.settle(40_000);
    expect(third.received).to.deep.equal([]);
  });
});
