import { expect } from 'chai';
import { freePort } from '../support/ports.js';
import { namesOf } from '../support/sipp-trace.js';
import { between, storyOf, timeOf, useService } from './service-harness.js';

/** Room for two busy cores; what is asserted are differences of seconds. */
const SLACK_MS = 700;
const RING_MS = 1_000;

describe('who rings next (SIPp)', function () {
  this.timeout(30_000);
  const harness = useService();

  it('the first member answers: nobody else rings, and the caller hangs up', async () => {
    const first = await harness.member('answer');
    const second = await harness.member('answer');
    const pilot = await harness.group([first, second]);
    const caller = await harness.call(pilot, 'caller', { pause: 100 });
    expect((await caller.exited).code).to.equal(0);
    expect((await first.exited).code).to.equal(0);
    const record = await harness.record(pilot);
    expect(storyOf(record)).to.deep.equal({
      status: '200',
      by: first.uri,
      released: 'caller',
      whys: ['answered', 'not-needed'],
    });
    expect(record.attempts.map(({ member }) => member)).to.deep.equal([first.uri, second.uri]);
    expect(Number(record.fields.answered)).to.be.within(
      Number(record.fields.started),
      Number(record.fields.ended) - 90,
    );
    expect(second.messages()).to.be.empty;
  });

  it('a member who answers with no 1xx is answered all the same', async () => {
    const member = await harness.member('answer-at-once');
    const pilot = await harness.group([member]);
    expect((await (await harness.call(pilot, 'caller')).exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['answered']);
  });

  it('line 32: busy, the next one rings at once', async () => {
    const busy = await harness.member('busy');
    const free = await harness.member('answer');
    const pilot = await harness.group([busy, free]);
    expect((await (await harness.call(pilot, 'caller')).exited).code).to.equal(0);
    expect((await busy.exited).code).to.equal(0);
    const record = await harness.record(pilot);
    expect(storyOf(record)).to.deep.equal({
      status: '200',
      by: free.uri,
      released: 'caller',
      whys: ['busy', 'answered'],
    });
    expect(record.attempts[0]?.status).to.equal(486);
    expect(timeOf(free, 'INVITE') - timeOf(busy, '486 INVITE')).to.be.within(-5, 300);
  });

  it('line 56: a repeated 486 does not advance the chain twice', async () => {
    const busy = await harness.member('busy-repeated');
    const free = await harness.member('answer');
    const third = await harness.member('answer');
    const pilot = await harness.group([busy, free, third]);
    expect((await (await harness.call(pilot, 'caller')).exited).code).to.equal(0);
    expect((await busy.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['busy', 'answered', 'not-needed']);
    expect(third.messages()).to.be.empty;
  });

  it('line 45: the ring time runs out, CANCEL says no answer, then the next one rings', async () => {
    const slow = await harness.member('ring-until-cancelled');
    const free = await harness.member('answer');
    const pilot = await harness.group([slow, free]);
    expect((await (await harness.call(pilot, 'caller')).exited).code).to.equal(0);
    expect((await slow.exited).code).to.equal(0);
    expect(between(slow, 'INVITE', 'CANCEL')).to.be.within(RING_MS - 20, RING_MS + SLACK_MS);
    const cancel = slow.messages().find(({ name }) => name === 'CANCEL');
    expect(cancel?.header('reason'))
      .to.match(/cause=/)
      .and.to.not.match(/elsewhere/i);
    expect(timeOf(free, 'INVITE'), 'one phone at a time').to.be.at.least(timeOf(slow, '487 INVITE') - 5);
    const record = await harness.record(pilot);
    expect(storyOf(record)).to.deep.equal({
      status: '200',
      by: free.uri,
      released: 'caller',
      whys: ['no-answer', 'answered'],
    });
    const [attempt] = record.attempts;
    expect((attempt?.ended ?? 0) - (attempt?.started ?? 0)).to.be.within(RING_MS - 20, RING_MS + SLACK_MS);
    expect(attempt?.rang).to.be.within(attempt?.started ?? 0, (attempt?.started ?? 0) + 500);
  });

  it('line 51: the next one does not wait longer than 500 ms for the 487', async () => {
    const stubborn = await harness.member('slow-to-cancel', { pause: 1_500 });
    const free = await harness.member('answer');
    const pilot = await harness.group([stubborn, free]);
    expect((await (await harness.call(pilot, 'caller', { pause: 1_500 })).exited).code).to.equal(0);
    expect((await stubborn.exited).code, 'the old leg is watched to its end').to.equal(0);
    expect(timeOf(free, 'INVITE') - timeOf(stubborn, 'CANCEL')).to.be.within(400, 500 + SLACK_MS);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['no-answer', 'answered']);
  });

  it('line 64: all busy is one 486 with cause 17', async () => {
    const phones = [await harness.member('busy'), await harness.member('busy')];
    const pilot = await harness.group(phones);
    expect((await (await harness.call(pilot, 'caller-hears-busy')).exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot))).to.deep.equal({
      status: '486',
      by: '',
      released: '',
      whys: ['busy', 'busy'],
    });
  });

  it('line 64: one cycle, nobody answers: one 480 with a Q.850 cause', async () => {
    const phones = [await harness.member('ring-until-cancelled'), await harness.member('ring-until-cancelled')];
    const pilot = await harness.group(phones);
    const caller = await harness.call(pilot, 'caller-expects-480');
    expect((await caller.exited).code).to.equal(0);
    expect(between(caller, 'INVITE', '480 INVITE')).to.be.within(2 * RING_MS - 40, 2 * RING_MS + 2 * SLACK_MS);
    const final = caller.messages().find(({ name }) => name === '480 INVITE');
    expect(final?.header('reason')).to.match(/^Q\.850;cause=19/);
    expect(storyOf(await harness.record(pilot))).to.deep.equal({
      status: '480',
      by: '',
      released: '',
      whys: ['no-answer', 'no-answer'],
    });
  });

  it('line 64: busy and not answered is 480: somebody might have answered', async () => {
    const phones = [await harness.member('busy'), await harness.member('ring-until-cancelled')];
    const pilot = await harness.group(phones);
    expect((await (await harness.call(pilot, 'caller-expects-480')).exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['busy', 'no-answer']);
  });

  it('line 34: 603 is declined, the next one rings', async () => {
    const first = await harness.member('decline');
    const second = await harness.member('answer');
    const pilot = await harness.group([first, second]);
    expect((await (await harness.call(pilot, 'caller')).exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['declined', 'answered']);
  });

  for (const [scenario, line, why, status] of [
    ['redirect', 35, 'forwarded', 302],
    ['unauthorized', 36, 'failed', 407],
    ['not-found', 33, 'unreachable', 404],
    ['not-acceptable', 38, 'failed', 488],
    ['unavailable', 39, 'unreachable', 503],
  ] as const) {
    it(`line ${line}: ${status} is ${why}, the next one rings, and the caller hears nothing of it`, async () => {
      const first = await harness.member(scenario);
      const second = await harness.member('answer');
      const pilot = await harness.group([first, second]);
      const caller = await harness.call(pilot, 'caller');
      expect((await caller.exited).code).to.equal(0);
      const record = await harness.record(pilot);
      expect(record.attempts.map(({ why, status }) => ({ why, status }))[0]).to.deep.equal({ why, status });
      expect(storyOf(record).by).to.equal(second.uri);
      for (const { text } of caller.messages()) expect(text).to.not.include('37129999999');
    });
  }

  it('line 28: 181 is forwarded: CANCEL, the next one rings', async () => {
    const first = await harness.member('forwarded');
    const second = await harness.member('answer');
    const pilot = await harness.group([first, second], { ring: '10' });
    expect((await (await harness.call(pilot, 'caller')).exited).code).to.equal(0);
    expect((await first.exited).code).to.equal(0);
    expect(between(first, 'INVITE', 'CANCEL'), 'not at the end of the ring time').to.be.below(2_000);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['forwarded', 'answered']);
  });

  it('line 28: an answer by somebody else (History-Info) is released, the next one rings', async () => {
    const first = await harness.member('forwarded-answer');
    const second = await harness.member('answer');
    const pilot = await harness.group([first, second]);
    expect((await (await harness.call(pilot, 'caller')).exited).code).to.equal(0);
    expect((await first.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['forwarded', 'answered']);
  });

  it('lines 40, 41: a closed port costs 4 s at the most, not the ring time', async () => {
    const closed = `sip:member@127.0.0.1:${await freePort()}`;
    const second = await harness.member('answer');
    const pilot = await harness.group([closed, second], { ring: '10' });
    const caller = await harness.call(pilot, 'caller');
    expect((await caller.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['unreachable', 'answered']);
    expect(between(caller, 'INVITE', '200 INVITE')).to.be.below(4_000 + SLACK_MS);
  });

  it('line 40: no 1xx within 4 s is unreachable, and no CANCEL is sent (RFC 3261 §9.1)', async () => {
    const silent = await harness.member('silent', { pause: 6_000 });
    const second = await harness.member('answer');
    const pilot = await harness.group([silent, second], { ring: '10' });
    const caller = await harness.call(pilot, 'caller');
    expect((await caller.exited).code).to.equal(0);
    const record = await harness.record(pilot);
    expect(storyOf(record).whys).to.deep.equal(['unreachable', 'answered']);
    expect(timeOf(second, 'INVITE') - timeOf(silent, 'INVITE')).to.be.within(3_900, 4_000 + SLACK_MS);
    expect(record.attempts[0]?.rang).to.equal(null);
    expect(namesOf(silent.messages())).to.not.include('received CANCEL');
  });

  it('line 46: 100 and no more: the ring time runs, CANCEL ends it', async () => {
    const first = await harness.member('trying-only');
    const second = await harness.member('answer');
    const pilot = await harness.group([first, second]);
    expect((await (await harness.call(pilot, 'caller')).exited).code).to.equal(0);
    expect((await first.exited).code).to.equal(0);
    const record = await harness.record(pilot);
    expect(storyOf(record))
      .to.include({ by: second.uri })
      .and.to.deep.include({ whys: ['unreachable', 'answered'] });
    expect(record.attempts[0]?.rang, 'it never rang').to.equal(null);
  });

  it('INFO, OPTIONS and UPDATE of the caller while phones ring are 200, and the call is answered (RFC 6086 §4.2.2)', async () => {
    const first = await harness.member('ring-until-cancelled');
    const second = await harness.member('answer', { pause: 900 });
    const pilot = await harness.group([first, second], { ring: '2' });
    const caller = await harness.call(pilot, 'caller-info-early', { pause: 2_400 });
    expect((await caller.exited).code).to.equal(0);
    expect((await second.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['no-answer', 'answered']);
    expect(namesOf(first.messages())).to.deep.equal([
      'received INVITE',
      'sent 180 INVITE',
      'received CANCEL',
      'sent 200 CANCEL',
      'sent 487 INVITE',
      'received ACK',
    ]);
  });

  it('lines 47, 48: an answer that crosses our CANCEL is taken while nobody else has answered', async () => {
    const late = await harness.member('late-answer');
    const second = await harness.member('answer');
    const pilot = await harness.group([late, second]);
    expect((await (await harness.call(pilot, 'caller')).exited).code).to.equal(0);
    const { by, whys } = storyOf(await harness.record(pilot));
    expect((await late.exited).code).to.equal(0);
    expect([by, whys]).to.deep.equal([late.uri, ['answered', 'not-needed']]);
    expect(namesOf(late.messages()).filter((name) => /ACK|BYE/.test(name))).to.deep.equal([
      'received ACK',
      'received BYE',
      'sent 200 BYE',
    ]);
  });

  it('line 20: early media of a member does not reach the caller, its answer does', async () => {
    const first = await harness.member('early-media-until-cancelled');
    const second = await harness.member('early-media');
    const pilot = await harness.group([first, second]);
    const caller = await harness.call(pilot, 'caller');
    expect((await caller.exited).code).to.equal(0);
    const answer = caller.messages().find(({ name }) => name === '200 INVITE');
    expect(answer?.body).to.include('o=member 1 2');
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['no-answer', 'answered']);
  });

  it('line 43: a 2xx other than 200 is an answer', async () => {
    const member = await harness.member('answer-202');
    const pilot = await harness.group([member]);
    expect((await (await harness.call(pilot, 'caller')).exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['answered']);
  });

  it('line 44: a 200 without Contact is a failed attempt, the next one rings', async () => {
    const first = await harness.member('answer-without-contact');
    const second = await harness.member('answer');
    const pilot = await harness.group([first, second]);
    expect((await (await harness.call(pilot, 'caller')).exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['failed', 'answered']);
  });
});
