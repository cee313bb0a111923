import { expect } from 'chai';
import type { SippRun } from '../support/sipp.js';
import { useService } from './service-harness.js';

const CALLS = 30;

describe('the order of members over many calls (SIPp)', function () {
  this.timeout(30_000);
  const harness = useService();

  const invites = (run: SippRun) => run.messages().filter(({ name }) => name === 'INVITE').length;
  const starts = async (pilot: string) => (await harness.service.turns(pilot)).map(({ start }) => start);

  it('circular: every member starts equally often, in turn, and the stream of turns says the same', async () => {
    const phones = await Promise.all([1, 2, 3].map(() => harness.member('answer', { calls: CALLS / 3 })));
    const pilot = await harness.group(phones, { policy: 'circular' });
    const caller = await harness.call(pilot, 'caller', { calls: CALLS, rate: 20 });
    expect((await caller.exited).code).to.equal(0);
    const records = await harness.service.records(CALLS, pilot);
    expect(phones.map(invites)).to.deep.equal([CALLS / 3, CALLS / 3, CALLS / 3]);
    const inTurn = Array.from({ length: CALLS }, (_, i) => phones[i % 3]?.uri);
    expect(await starts(pilot)).to.deep.equal(inTurn);
    const byTurn = [...records].sort((a, b) => Number(a.fields.turn) - Number(b.fields.turn));
    expect(byTurn.map(({ fields }) => Number(fields.turn))).to.deep.equal(
      Array.from({ length: CALLS }, (_, i) => i + 1),
    );
    expect(byTurn.map(({ fields }) => fields.by)).to.deep.equal(inTurn);
    expect(new Set(records.map(({ fields }) => fields.call)).size).to.equal(CALLS);
  });

  it('circular: a busy first member passes the call to the one after it, and the turn is not lost', async () => {
    const busy = await harness.member('busy', { calls: 1 });
    const second = await harness.member('answer', { calls: 2 });
    const pilot = await harness.group([busy, second], { policy: 'circular' });
    const caller = await harness.call(pilot, 'caller', { calls: 2, rate: 2 });
    expect((await caller.exited).code).to.equal(0);
    await harness.service.records(2, pilot);
    expect(await starts(pilot)).to.deep.equal([busy.uri, second.uri]);
    expect([invites(busy), invites(second)]).to.deep.equal([1, 2]);
  });

  it('circular: SET of the cursor decides who starts next', async () => {
    const phones = await Promise.all([1, 2, 3].map(() => harness.member('answer')));
    const pilot = await harness.group(phones, { policy: 'circular' });
    await harness.service.redisCli('SET', `hunt:{${pilot}}:cursor`, '2');
    const caller = await harness.call(pilot, 'caller');
    expect((await caller.exited).code).to.equal(0);
    expect((await harness.record(pilot)).fields.by).to.equal(phones[2]?.uri);
  });

  it('linear: the same member gets every call first', async () => {
    const first = await harness.member('answer', { calls: 6 });
    const second = await harness.member('answer');
    const pilot = await harness.group([first, second], { policy: 'linear' });
    const caller = await harness.call(pilot, 'caller', { calls: 6, rate: 20 });
    expect((await caller.exited).code).to.equal(0);
    await harness.service.records(6, pilot);
    expect(invites(first)).to.equal(6);
    expect(second.messages()).to.be.empty;
    expect(await starts(pilot)).to.deep.equal(Array(6).fill(first.uri));
  });
});
