import { expect } from 'chai';
import { SDP } from '../../support/sip-peer.js';
import { Bench, TIMEOUT } from './engine-harness.js';

/** Each of these was found by test/fuzz. */
describe('Engine with careless applications', () => {
  it('refuses a request whose From or To does not parse: its timeout would have to be answered from them', async () => {
    const bench = await new Bench().start();
    for (const field of [
      ['To', '<sip:a@b'],
      ['To', '"open <sip:a@b>'],
      ['From', '<<>>'],
    ] as const) {
      const draft = { method: 'OPTIONS', fields: [field], body: '' };
      expect(() => bench.invite('sip:m@10.0.0.2', draft), field.join(': '))
        .to.throw('invalid address provided by client')
        .with.property('code', 'REQUEST_INVALID');
    }
    bench.expectNoLeak();
  });

  it('RFC 3262 §3: an owner that throws when no PRACK came takes nothing else with it', async () => {
    const bench = await new Bench().start();
    const caller = bench.peer();
    caller.invite(bench.at, { fields: [['Supported', '100rel']] });
    bench.settle();
    bench.respond(183, [['Require', '100rel']], SDP);
    bench.owner.whenRequest = () => {
      throw new Error('careless');
    };
    bench.settle(TIMEOUT + 1);
    expect(bench.owner.asked.at(-1)).to.equal('cancel CANCEL');
    expect(caller.response(504).cseq.method).to.equal('INVITE');
    bench.expectNoLeak();
  });

  it('one that says 100 and nothing more: 504 64 s after that', async () => {
    const bench = await new Bench().start();
    const caller = bench.peer({ protocol: 'tcp' });
    caller.start('OPTIONS', bench.at);
    bench.settle();
    bench.respond(100);
    bench.settle(64_001);
    expect(caller.summary).to.deep.equal(['100 OPTIONS', '504 OPTIONS']);
    bench.expectNoLeak();
  });
});
