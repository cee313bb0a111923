import { expect } from 'chai';
import { Budget } from '../../../lib/base/budget.js';
import type { SipMessage } from '../../../lib/sip/message.js';
import { EngineHarness } from './engine-harness.js';

const LIMIT = 4_194_304;
const LONG = `v=0\r\n${'a=x\r\n'.repeat(10_000)}`;
const MINUTE = 60_000;

describe('Engine: bytes that wait and rest have a bound', () => {
  let harness: EngineHarness;
  beforeEach(async () => {
    harness = await new EngineHarness({ budget: new Budget(LIMIT) }).start();
  });
  afterEach(() => harness.expectNoLeak());

  const peer = (number: number) => harness.peer({ address: `10.0.1.${number}`, user: `peer${number}`, autoAck: true });
  const count = (list: readonly SipMessage[], status: number) => list.filter((one) => one.status === status).length;

  it('answers that lie to be repeated: none is kept that there is no room for, and no other source notices', () => {
    const flood = peer(1);
    harness.owner.whenRequest = ({ message, transactionId }) => {
      if (message.method === 'OPTIONS') harness.respond(200, [], '', transactionId);
    };
    const fields = [['Subject', 'x'.repeat(100)]] as const;
    for (let i = 0; i < 1200; i++)
      flood.start('OPTIONS', harness.at, { fields, from: `<sip:${'f'.repeat(6000)}@a>;tag=${i}` });
    harness.settle();
    expect(harness.budget.used).to.be.within(LIMIT / 2, LIMIT);
    expect(count(flood.received, 503)).to.be.above(300);
    const quiet = peer(2);
    quiet.start('OPTIONS', harness.at);
    quiet.invite(harness.at);
    harness.settle();
    expect(quiet.summary).to.deep.equal(['200 OPTIONS', '100 INVITE']);
    harness.respond(486);
    harness.settle(MINUTE);
    expect(harness.budget.used).to.equal(0);
  });

  it('INVITEs with long bodies are refused first: 503 with Retry-After, while short ones of the same source ring', () => {
    const flood = peer(1);
    for (let i = 0; i < 100; i++) flood.invite(harness.at, { body: LONG });
    harness.settle();
    const refused = flood.received.filter(({ status }) => status === 503);
    expect(refused.length).to.be.within(50, 90);
    expect(refused[0]?.first('retry-after')).to.equal('16');
    expect(harness.budget.used).to.be.below(LIMIT);
    flood.invite(harness.at);
    harness.settle();
    expect(flood.summary.at(-1)).to.equal('100 INVITE');
    for (const { transactionId } of harness.owner.requests.slice()) harness.respond(486, [], '', transactionId);
  });

  it('RFC 7090: Priority: psap-callback is taken however little room there is', () => {
    const flood = peer(1);
    harness.budget.charge('somebody', LIMIT);
    flood.invite(harness.at);
    flood.invite(harness.at, { fields: [['Priority', 'psap-callback']] });
    harness.settle();
    expect(flood.summary).to.deep.equal(['503 INVITE', '100 INVITE']);
    harness.respond(486);
    harness.budget.charge('somebody', -LIMIT);
  });

  it('what the descriptions of a call take is held until it ends, and follows its re-INVITEs', () => {
    const caller = peer(1);
    caller.invite(harness.at, { body: LONG });
    harness.settle();
    harness.answer();
    harness.settle();
    harness.settle(MINUTE);
    const held = harness.budget.used;
    expect(held).to.be.above(LONG.length);
    const answer = caller.response(200);
    caller.inDialog('INVITE', answer, { body: 'v=0\r\n' });
    harness.settle();
    harness.answer();
    harness.settle(MINUTE);
    expect(held - harness.budget.used).to.be.closeTo(LONG.length, 100);
    caller.inDialog('BYE', answer);
    harness.settle();
    harness.respond(200);
    harness.settle(MINUTE);
    expect(harness.budget.used).to.equal(0);
  });

  for (const method of ['INVITE', 'UPDATE', 'INFO', 'MESSAGE']) {
    it(`within a call a long ${method} is 503 when there is no room; a short one and BYE are served`, () => {
      const caller = peer(1);
      caller.invite(harness.at);
      harness.settle();
      harness.answer();
      harness.settle();
      const answer = caller.response(200);
      harness.budget.charge('somebody', LIMIT);
      caller.inDialog(method, answer, { body: LONG });
      harness.settle();
      expect(caller.summary.at(-1)).to.equal(`503 ${method}`);
      caller.inDialog('INFO', answer);
      harness.settle();
      harness.respond(200);
      harness.settle();
      expect(caller.summary.at(-1)).to.equal('200 INFO');
      caller.inDialog('BYE', answer, { body: LONG });
      harness.settle();
      harness.respond(200);
      harness.settle();
      expect(caller.summary.at(-1)).to.equal('200 BYE');
      harness.budget.charge('somebody', -LIMIT);
    });
  }

  it('an answer for which there is no room is said once; the request that comes again is absorbed', () => {
    const flood = peer(1);
    harness.owner.whenRequest = ({ transactionId }) => {
      harness.budget.charge('somebody', LIMIT);
      harness.respond(200, [], '', transactionId);
    };
    const request = flood.start('OPTIONS', harness.at);
    harness.settle();
    flood.send(request, harness.at);
    harness.settle();
    expect(flood.summary).to.deep.equal(['200 OPTIONS']);
    expect(harness.owner.requests).to.have.length(1);
    harness.budget.charge('somebody', -LIMIT);
  });
});
