import { expect } from 'chai';
import { EngineHarness } from './engine-harness.js';

describe('Engine: subscriptions (RFC 6665)', () => {
  let harness: EngineHarness;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
  });
  afterEach(() => harness.expectNoLeak());

  it('§4.2.1: a 202 to SUBSCRIBE makes a dialog; our NOTIFY terminated ends it', () => {
    const watcher = harness.peer();
    watcher.start('SUBSCRIBE', harness.at, { fields: [['Event', 'dialog']] });
    harness.settle();
    const { dialogId, message } = harness.respond(202);
    expect(dialogId).to.equal(`${message.callId};from-tag=from-caller-1;to-tag=${message.toTag}`);
    expect(message.first('contact')).to.equal('<sip:10.0.0.1:5060>');
    harness.settle();
    harness.inDialog(dialogId, 'NOTIFY', { fields: [['Subscription-State', 'terminated-later']] });
    harness.settle();
    watcher.reply(watcher.request('NOTIFY'), 200);
    harness.settle();
    harness.inDialog(dialogId, 'NOTIFY', { fields: [['Subscription-State', 'Terminated ;reason="a;b"']] });
    harness.settle();
    watcher.reply(watcher.request('NOTIFY'), 200);
    harness.settle();
    expect(harness.owner.told).to.deep.equal([200, 200]);
    expect(() => harness.inDialog(dialogId, 'NOTIFY')).to.throw('unable to find dialog');
  });

  it('§4.1.2: our SUBSCRIBE; a NOTIFY terminated is the application’s to answer, and ends the dialog', () => {
    const notifier = harness.peer({ address: '10.0.0.2', user: 'notifier' });
    harness.engine.request(harness.owner, { method: 'SUBSCRIBE', uri: 'sip:n@10.0.0.2', fields: [], body: '' });
    harness.settle();
    const ok = notifier.reply(notifier.request('SUBSCRIBE'), 200, { fields: [['Contact', '<sip:n@10.0.0.2:5060>']] });
    harness.settle();
    const dialogId = harness.owner.responses[0]?.dialogId ?? '';
    const request = notifier.request('SUBSCRIBE');
    notifier.start('NOTIFY', harness.at, {
      from: ok.first('to') ?? '',
      to: request.first('from') ?? '',
      callId: request.callId,
      cseq: 1,
      fields: [['Subscription-State', 'terminated;reason=timeout']],
    });
    harness.settle();
    expect(harness.owner.last().dialogId).to.equal(dialogId);
    harness.respond(200);
    harness.settle();
    expect(notifier.summary).to.deep.equal(['SUBSCRIBE', '200 NOTIFY']);
  });

  it('a subscription that nobody refreshes lapses, without a BYE', () => {
    const watcher = harness.peer();
    watcher.start('SUBSCRIBE', harness.at, { fields: [['Expires', '60']] });
    harness.settle();
    harness.respond(200);
    harness.settle(60_000 + 32_000);
    expect(harness.engine.counts.dialogs).to.equal(0);
    expect(watcher.summary).to.deep.equal(['200 SUBSCRIBE']);
  });
});
