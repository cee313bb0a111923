import { expect } from 'chai';
import { useDouble } from './double-harness.js';

describe('On a drachtio-server (a double): what the engine would do before the service', () => {
  const start = useDouble();

  it('requests of strangers are refused with 403, in a call and outside', async () => {
    const on = await start({ gate: { isAllowed: (address) => address === '127.0.0.1' } });
    on.server.call({ source: '192.0.2.66' });
    await on.heard('403');
    on.server.call({ callId: 'call-2' });
    await on.heard('INVITE');
    expect(on.service.active).to.equal(1);
  });

  it('RFC 3261 §8.2.2.2: the same INVITE over another way is 482, and one call goes on', async () => {
    const on = await start({ gate: {} });
    on.server.call();
    await on.heard('INVITE');
    on.server.call();
    await on.heard('482');
    expect(on.service.active).to.equal(1);
    // A new attempt after a refusal counts on.
    on.server.call({ cseq: 2 });
    await on.heard('INVITE', 2);
    expect(on.service.active).to.equal(2);
  });

  it('RFC 3261 §21.5.4: overload is 503 with Retry-After before any state; RFC 7090: a call-back of the emergency services passes', async () => {
    const on = await start({ gate: { overload: () => 5 } });
    on.server.call();
    expect((await on.heard('503')).headers['retry-after']).to.equal('5');
    expect(on.service.active).to.equal(0);
    on.server.call({ callId: 'call-2', fields: ['Priority: psap-callback'] });
    await on.heard('INVITE');
  });

  it('a Call-ID that the server would cut: 513, for the dialog could never be ended', async () => {
    const on = await start({ gate: {} });
    on.server.call({ callId: 'x'.repeat(1100) });
    await on.heard('513');
  });
});
