import { expect } from 'chai';
import { ALL_CAPABILITIES } from '../../../lib/sip-server/sip-server.js';
import { immediates } from '../../support/fake-clock.js';
import { A } from './scripted-server.js';
import { ServiceHarness } from './service-harness.js';

describe('A hunt: answers that come late', () => {
  async function leftRinging(harness: ServiceHarness): Promise<void> {
    await harness.call();
    harness.leg(1).reply(180);
    await harness.pass(20_500);
    harness.leg(2).reply(180);
  }

  it('a 2xx that crosses our CANCEL is taken while nobody else has answered (edge case 48)', async () => {
    const harness = new ServiceHarness();
    await leftRinging(harness);
    harness.leg(1).reply(200, {}, 'v=0\r\nlate');
    await immediates();
    expect(harness.leg(2).reason)
      .to.include('cause=200;text="Call completed elsewhere"')
      .and.to.include('Q.850;cause=26');
    expect(harness.leg(1).acks).to.have.length(1);
    harness.leg(2).reply(487);
    harness.server.inDialog('caller-dialog', 'BYE');
    await immediates();
    expect([harness.record.by, harness.record.status, harness.whys]).to.deep.equal([
      A,
      200,
      ['answered', 'not-needed', 'not-needed'],
    ]);
    expect(harness.service.active).to.equal(0);
  });

  for (const [what, headers] of [
    ['of a phone that forwards', { 'history-info': '<sip:+37129999999@x;cause=302>;index=1.1.1' }],
    ['without Contact', { contact: undefined as unknown as string }],
  ] as const) {
    it(`one ${what} counts no more late than in time: it is released, and the other phone rings on`, async () => {
      const harness = new ServiceHarness();
      await leftRinging(harness);
      harness.leg(1).reply(200, headers);
      await immediates();
      expect(harness.leg(1).acks).to.have.length(1);
      expect(harness.server.byes).to.deep.equal(['member-dialog-1']);
      expect(harness.leg(2).cancelled).to.equal(undefined);
    });
  }

  it('it is released with ACK and BYE once somebody else has answered (edge cases 47, 53)', async () => {
    const harness = new ServiceHarness();
    await leftRinging(harness);
    harness.leg(2).reply(200);
    harness.leg(1).reply(200);
    await immediates();
    expect(harness.leg(1).acks).to.have.length(1);
    expect(harness.server.byes).to.deep.equal(['member-dialog-1']);
  });

  it('on a server that releases by itself it is acknowledged and nothing more', async () => {
    const harness = new ServiceHarness();
    harness.server.capabilities = { ...ALL_CAPABILITIES, deliversLateAnswers: false };
    await leftRinging(harness);
    harness.leg(1).reply(200);
    await immediates();
    expect(harness.leg(1).acks).to.have.length(1);
    expect(harness.server.byes).to.deep.equal([]);
    expect(harness.leg(2).cancelled).to.equal(undefined);
  });

  it('the same member, by the trunk that we had given up: that leg has the call (edge case 53)', async () => {
    const harness = new ServiceHarness({ members: [A], trunks: ['sip:10.1.0.1:5060', 'sip:10.1.0.2:5060'] });
    const invite = await harness.call();
    await harness.pass(4000);
    harness.leg(2).reply(180);
    harness.leg(1).reply(200, {}, 'v=0\r\nfirst');
    await immediates();
    expect(invite.responses.at(-1)).to.include({ status: 200, body: 'v=0\r\nfirst' });
    expect(harness.leg(2).reason).to.include('Call completed elsewhere');
    harness.leg(2).reply(200);
    await immediates();
    expect(harness.leg(2).acks).to.have.length(1);
  });

  it('an old leg is watched for 64*T1 and then forgotten (RFC 3261 §9.1)', async () => {
    const harness = new ServiceHarness({ members: [A] });
    const invite = await harness.call();
    harness.leg(1).reply(180);
    await harness.pass(20_500);
    expect(invite.statuses).to.deep.equal([180, 480]);
    expect(harness.service.active).to.equal(1);
    await harness.pass(31_500);
    expect(harness.leg(1).forgotten).to.equal(true);
    expect(harness.service.active).to.equal(0);
    expect(harness.clock.pending).to.equal(0);
  });
});
