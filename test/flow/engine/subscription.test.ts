import { expect } from 'chai';
import { Bench } from './engine-harness.js';

describe('Engine: subscriptions (RFC 6665)', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(() => bench.expectNoLeak());

  it('§4.2.1: a 202 to SUBSCRIBE makes a dialog; our NOTIFY terminated ends it', () => {
    const watcher = bench.peer();
    watcher.start('SUBSCRIBE', bench.at, { fields: [['Event', 'dialog']] });
    bench.settle();
    const { dialogId, message } = bench.respond(202);
    expect(dialogId).to.equal(`${message.callId};from-tag=from-caller-1`);
    expect(message.first('contact')).to.equal('<sip:10.0.0.1:5060>');
    bench.settle();
    bench.inDialog(dialogId, 'NOTIFY', { fields: [['Subscription-State', 'terminated-later']] });
    bench.settle();
    watcher.reply(watcher.request('NOTIFY'), 200);
    bench.settle();
    bench.inDialog(dialogId, 'NOTIFY', { fields: [['Subscription-State', 'Terminated ;reason="a;b"']] });
    bench.settle();
    watcher.reply(watcher.request('NOTIFY'), 200);
    bench.settle();
    expect(bench.owner.told).to.deep.equal([200, 200]);
    expect(() => bench.inDialog(dialogId, 'NOTIFY')).to.throw('unable to find dialog');
  });

  it('§4.1.2: our SUBSCRIBE; a NOTIFY terminated is the application’s to answer, and ends the dialog', () => {
    const notifier = bench.peer({ address: '10.0.0.2', user: 'notifier' });
    bench.engine.request(bench.owner, { method: 'SUBSCRIBE', uri: 'sip:n@10.0.0.2', fields: [], body: '' });
    bench.settle();
    const ok = notifier.reply(notifier.request('SUBSCRIBE'), 200, { fields: [['Contact', '<sip:n@10.0.0.2:5060>']] });
    bench.settle();
    const dialogId = bench.owner.responses[0]?.dialogId ?? '';
    const request = notifier.request('SUBSCRIBE');
    notifier.start('NOTIFY', bench.at, {
      from: ok.first('to') ?? '',
      to: request.first('from') ?? '',
      callId: request.callId,
      cseq: 1,
      fields: [['Subscription-State', 'terminated;reason=timeout']],
    });
    bench.settle();
    expect(bench.owner.last().dialogId).to.equal(dialogId);
    bench.respond(200);
    bench.settle();
    expect(notifier.summary).to.deep.equal(['SUBSCRIBE', '200 NOTIFY']);
  });

  it('a subscription that nobody refreshes lapses, without a BYE', () => {
    const watcher = bench.peer();
    watcher.start('SUBSCRIBE', bench.at, { fields: [['Expires', '60']] });
    bench.settle();
    bench.respond(200);
    bench.settle(60_000 + 32_000);
    expect(bench.engine.counts.dialogs).to.equal(0);
    expect(watcher.summary).to.deep.equal(['200 SUBSCRIBE']);
  });
});
