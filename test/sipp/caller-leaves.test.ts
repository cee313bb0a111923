import { expect } from 'chai';
import { namesOf } from '../support/sipp-trace.js';
import { storyOf, useService } from './service-harness.js';

describe('the caller gives up (SIPp)', function () {
  this.timeout(20_000);
  const harness = useService();

  it('line 57: CANCEL while a phone rings: 200, 487, that phone is cancelled, no further one rings', async () => {
    const ringing = await harness.member('ring-until-cancelled');
    const next = await harness.member('answer');
    const pilot = await harness.group([ringing, next], { ring: '10' });
    const caller = await harness.call(pilot, 'caller-cancels', { pause: 300 });
    const { code, messages } = await caller.exited;
    expect(code).to.equal(0);
    const endings = namesOf(messages).filter((name) => /200 CANCEL|487 INVITE/.test(name));
    expect(endings, 'the 200 of the CANCEL goes first').to.deep.equal(['received 200 CANCEL', 'received 487 INVITE']);
    expect((await ringing.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot))).to.deep.equal({
      status: '487',
      by: '',
      released: '',
      whys: ['caller-left', 'not-needed'],
    });
    expect(next.messages()).to.be.empty;
  });

  it("line 58: the Reason of the caller's CANCEL is copied into the member's", async () => {
    const ringing = await harness.member('ring-until-cancelled');
    const pilot = await harness.group([ringing], { ring: '10' });
    await (await harness.call(pilot, 'caller-cancels', { pause: 100 })).exited;
    expect((await ringing.exited).code).to.equal(0);
    const cancel = ringing.messages().find(({ name }) => name === 'CANCEL');
    expect(cancel?.header('reason')).to.equal('SIP;cause=487;text="Gave up"');
  });

  it('line 57: CANCEL right after the 100: 487, and whoever was being rung is cancelled', async () => {
    const ringing = await harness.member('ring-until-cancelled');
    const next = await harness.member('answer');
    const pilot = await harness.group([ringing, next], { ring: '10' });
    expect((await (await harness.call(pilot, 'caller-cancels-at-once')).exited).code).to.equal(0);
    const record = await harness.record(pilot);
    expect(storyOf(record).status).to.equal('487');
    expect(namesOf(next.messages())).to.be.empty;
    if (ringing.messages().length > 0) expect((await ringing.exited).code).to.equal(0);
  });

  it('line 57: CANCEL while the second phone rings', async () => {
    const busy = await harness.member('busy');
    const ringing = await harness.member('ring-until-cancelled');
    const next = await harness.member('answer');
    const pilot = await harness.group([busy, ringing, next], { ring: '10' });
    expect((await (await harness.call(pilot, 'caller-cancels', { pause: 300 })).exited).code).to.equal(0);
    expect((await ringing.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['busy', 'caller-left', 'not-needed']);
    expect(next.messages()).to.be.empty;
  });
});
