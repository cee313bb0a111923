import { expect } from 'chai';
import { storyOf, useService } from './service-harness.js';

describe('the established call (SIPp)', function () {
  this.timeout(20_000);
  const harness = useService();

  it('RFC 3261 §15: the caller hangs up', async () => {
    const member = await harness.member('answer');
    const pilot = await harness.group([member]);
    expect((await (await harness.call(pilot, 'caller', { pause: 100 })).exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).released).to.equal('caller');
  });

  for (const scenario of ['answer-hangup', 'answer-and-bye-at-once']) {
    it(`RFC 3261 §15: the callee hangs up (${scenario}.xml)`, async () => {
      const member = await harness.member(scenario, { pause: 100 });
      const pilot = await harness.group([member]);
      expect((await (await harness.call(pilot, 'caller-waits-for-bye')).exited).code).to.equal(0);
      expect((await member.exited).code).to.equal(0);
      expect(storyOf(await harness.record(pilot))).to.deep.equal({
        status: '200',
        by: member.uri,
        released: 'callee',
        whys: ['answered'],
      });
    });
  }

  for (const [scenario, callers, released] of [
    ['answer-hears-why', 'caller-says-why', 'caller'],
    ['answer-says-why', 'caller-hears-why', 'callee'],
  ] as const) {
    it(`RFC 3326 §2, RFC 7433 §4.1: the ${released} says in BYE why, and the other side hears it`, async () => {
      const member = await harness.member(scenario, { pause: 100 });
      const pilot = await harness.group([member]);
      expect((await (await harness.call(pilot, callers, { pause: 100 })).exited).code).to.equal(0);
      expect((await member.exited).code).to.equal(0);
      expect(storyOf(await harness.record(pilot)).released).to.equal(released);
    });
  }

  for (const [scenario, method, rule] of [
    ['caller-reinvites', 'INVITE', 'RFC 3261 §14: a re-INVITE of the caller'],
    ['caller-update', 'UPDATE', 'RFC 3311: an UPDATE'],
    ['caller-info', 'INFO', 'RFC 6086: an INFO'],
  ] as const) {
    it(`${rule} reaches the member with its body, and the answer comes back`, async () => {
      const member = await harness.member('answer-in-call');
      const pilot = await harness.group([member]);
      const caller = await harness.call(pilot, scenario, { pause: 100 });
      expect((await caller.exited).code).to.equal(0);
      expect((await member.exited).code).to.equal(0);
      const sent = caller.messages().filter(({ name, direction }) => name === method && direction === 'sent');
      const received = member.messages().filter(({ name, direction }) => name === method && direction === 'received');
      expect(received.at(-1)?.body).to.equal(sent.at(-1)?.body).and.to.not.equal('');
      expect(received.at(-1)?.header('content-type')).to.equal(sent.at(-1)?.header('content-type'));
      expect(storyOf(await harness.record(pilot)).released).to.equal('caller');
    });
  }

  it('RFC 3261 §11.2: OPTIONS within the call gets 200', async () => {
    const member = await harness.member('answer-in-call');
    const pilot = await harness.group([member]);
    expect((await (await harness.call(pilot, 'caller-options', { pause: 100 })).exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
  });

  it('RFC 3261 §14: a re-INVITE of the callee reaches the caller, and the answer comes back', async () => {
    const member = await harness.member('reinvite-from-callee');
    const pilot = await harness.group([member]);
    expect((await (await harness.call(pilot, 'caller-reinvited', { pause: 100 })).exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).released).to.equal('caller');
  });

  it('RFC 4028 §10: a refresh that is refused comes again, and repeats a multipart offer with its content headers', async () => {
    const member = await harness.member('answer-refuses-refresh');
    const pilot = await harness.group([member]);
    const caller = await harness.call(pilot, 'caller-multipart', { pause: 5500 });
    expect((await caller.exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    const [sent] = caller.messages().filter(({ name, direction }) => name === 'INVITE' && direction === 'sent');
    const invites = member.messages().filter(({ name, direction }) => name === 'INVITE' && direction === 'received');
    expect(invites).to.have.length(3);
    for (const invite of invites) {
      expect(invite.body).to.equal(sent?.body).and.to.include('application/isup');
      for (const name of ['content-type', 'mime-version']) expect(invite.header(name)).to.equal(sent?.header(name));
    }
    expect(storyOf(await harness.record(pilot)).released).to.equal('caller');
  });

  it('RFC 3261 §9: the CANCEL of a re-INVITE reaches the member, and the next re-INVITE works', async () => {
    const member = await harness.member('reinvite-until-cancelled');
    const pilot = await harness.group([member]);
    expect((await (await harness.call(pilot, 'caller-cancels-reinvite', { pause: 300 })).exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).released).to.equal('caller');
  });

  it('line 9: a delayed offer: the offer travels in the 200, the answer in the ACK', async () => {
    const member = await harness.member('answer-delayed-offer');
    const pilot = await harness.group([member]);
    expect((await (await harness.call(pilot, 'caller-delayed-offer', { pause: 100 })).exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
  });

  it('a display name that looks like a tag, a Contact without brackets: the call is made and ended (RFC 3261 §20.10)', async () => {
    const member = await harness.member('answer-bare-contact');
    const pilot = await harness.group([member]);
    const caller = await harness.call(pilot, 'caller-quoted-name', { keys: { caller: '+37125551234' } });
    expect((await caller.exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    const invite = member.messages().find(({ name }) => name === 'INVITE');
    expect(invite?.header('from')).to.match(/^"Desk ;tag=front, \\"1\\" <x>" <sip:\+37125551234@[\d.:]+>;tag=/);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['answered']);
  });

  it('lines 4, 78: the caller is kept, the pilot is in Diversion, Max-Forwards goes down by one', async () => {
    const caller = '+37125551234';
    const member = await harness.member('answer-identity', { keys: { caller, pilot: '+37167000999' } });
    await harness.service.hunt('+37167000999', { ring: '1', members: member.uri });
    const calling = await harness.call('+37167000999', 'caller', { keys: { caller } });
    expect((await calling.exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect((await harness.record('+37167000999')).fields.caller).to.equal(caller);
  });
});

describe('an answer that nobody acknowledges (SIPp)', function () {
  this.timeout(20_000);
  const harness = useService({ config: { sip: { timers: { t1: 50, t2: 400, t4: 500 } } } });

  it('line 61: the 200 is repeated for 64*T1, then both legs get BYE', async () => {
    const member = await harness.member('answer');
    const pilot = await harness.group([member]);
    const caller = await harness.call(pilot, 'caller-no-ack');
    const { code, messages } = await caller.exited;
    expect(code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(messages.filter(({ name }) => name === '200 INVITE').length).to.be.at.least(5);
    const first = messages.find(({ name }) => name === '200 INVITE')?.at ?? 0;
    const bye = messages.find(({ name }) => name === 'BYE')?.at ?? 0;
    expect(bye - first).to.be.within(3_000, 4_500);
    expect(storyOf(await harness.record(pilot)).released).to.equal('system');
  });
});
