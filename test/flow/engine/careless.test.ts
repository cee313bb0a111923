import { expect } from 'chai';
import { SDP } from '../../support/sip-peer.js';
import { EngineHarness, TIMEOUT } from './engine-harness.js';

/** Each of these was found by test/fuzz. */
describe('Engine with careless applications', () => {
  it('refuses a request whose From or To does not parse: its timeout would have to be answered from them', async () => {
    const harness = await new EngineHarness().start();
    for (const field of [
      ['To', '<sip:a@b'],
      ['To', '"open <sip:a@b>'],
      ['From', '<<>>'],
    ] as const) {
      const draft = { method: 'OPTIONS', fields: [field], body: '' };
      expect(() => harness.invite('sip:m@10.0.0.2', draft), field.join(': '))
        .to.throw('invalid address provided by client')
        .with.property('code', 'REQUEST_INVALID');
    }
    harness.expectNoLeak();
  });

  it('RFC 3262 §3: an owner that throws when no PRACK came takes nothing else with it', async () => {
    const harness = await new EngineHarness().start();
    const caller = harness.peer();
    caller.invite(harness.at, { fields: [['Supported', '100rel']] });
    harness.settle();
    harness.respond(183, [['Require', '100rel']], SDP);
    harness.owner.whenRequest = () => {
      throw new Error('careless');
    };
    harness.settle(TIMEOUT + 1);
    expect(harness.owner.asked.at(-1)).to.equal('cancel CANCEL');
    expect(caller.response(504).cseq.method).to.equal('INVITE');
    harness.expectNoLeak();
  });

  it('one that says 100 and nothing more: 504 64 s after that', async () => {
    const harness = await new EngineHarness().start();
    const caller = harness.peer({ protocol: 'tcp' });
    caller.start('OPTIONS', harness.at);
    harness.settle();
    harness.respond(100);
    harness.settle(64_001);
    expect(caller.summary).to.deep.equal(['100 OPTIONS', '504 OPTIONS']);
    harness.expectNoLeak();
  });
});
