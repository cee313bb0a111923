import { expect } from 'chai';
import { useService } from './service-harness.js';

const MOST_CALLS = 3;

describe('overload (SIPp)', function () {
  this.timeout(20_000);
  const harness = useService({
    config: { overload: { maxCalls: MOST_CALLS, retryAfterSeconds: 7, maxEventLoopDelayMs: 10_000 } },
  });

  it('RFC 3261 §21.5.4: beyond overload.maxCalls 503 with Retry-After before any state; running calls end cleanly; then calls are taken at once', async () => {
    const phones = await harness.member('answer', { calls: MOST_CALLS + 1 });
    const pilot = await harness.group([phones]);
    const running = await harness.call(pilot, 'caller', { calls: MOST_CALLS, rate: 50, pause: 1_500 });
    await running.seen(() => running.messages().filter(({ name }) => name === 'ACK').length === MOST_CALLS);

    const refused = await harness.call(pilot, 'caller-expects-503', { calls: 5, rate: 50 });
    const { code, messages } = await refused.exited;
    expect(code, 'the refused').to.equal(0);
    const refusals = messages.filter(({ name }) => name === '503 INVITE');
    expect(refusals).to.have.length(5);
    for (const refusal of refusals) expect(refusal.header('retry-after')).to.equal('7');
    expect(
      messages.some(({ name }) => name === '100 INVITE'),
      'a transaction was made',
    ).to.equal(false);
    const metrics = await harness.service.metrics();
    expect(metrics).to.match(/^virkne_sip_engine_overload_refusals_total 5$/m);
    expect(metrics).to.match(/^virkne_calls_active 3$/m);
    expect(await harness.service.ready()).to.equal(503);

    expect((await running.exited).code, 'the running calls').to.equal(0);
    expect((await (await harness.call(pilot, 'caller')).exited).code, 'a call right after them').to.equal(0);
    expect((await phones.exited).code).to.equal(0);
    expect(await harness.service.ready()).to.equal(200);
  });
});
