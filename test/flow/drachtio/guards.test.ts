import { expect } from 'chai';
import { A } from '../../unit/call/scripted-server.js';
import { type DoubleHarness, useDouble } from './double-harness.js';

const TOO_LARGE = `v=0${'x'.repeat(12_500)}`;
const CONTACT = 'Contact: <sip:member@127.0.0.1:5080>';

describe('On a drachtio-server (a double): what would harm it is not done', () => {
  const start = useDouble();
  let on: DoubleHarness;

  it('RFC 3262 §3: Require: 100rel of a caller is 420 with Unsupported: a PRACK that does not come would kill the server', async () => {
    on = await start();
    on.server.call({ fields: ['Require: 100rel'] });
    expect((await on.heard('420')).headers.unsupported).to.equal('100rel');
    expect(on.server.heard('INVITE')).to.have.length(0);
    await on.expectServes();
    expect(on.server.died).to.equal(false);
  });

  it('RFC 3262 §4: OPTIONS does not claim 100rel', async () => {
    on = await start();
    on.server.options();
    expect((await on.heard('200')).headers.supported).to.equal('timer');
  });

  it('the double dies of it as the real one does', async () => {
    on = await start();
    const transaction = on.server.call({ fields: ['Require: 100rel'] });
    await on.heard('420');
    const second = on.server.call({ callId: 'call-2' });
    await on.heard('INVITE');
    on.server.tell(second, 180, '100rel');
    on.server.tell(second, 486);
    expect(on.server.died, transaction).to.equal(true);
  });

  it('RFC 3261 §21.5.7: an INVITE that is longer than the server reads is not sent: 513, and the next call is served', async () => {
    on = await start();
    on.server.call({ body: TOO_LARGE });
    await on.heard('513');
    expect(on.server.heard('INVITE')).to.have.length(0);
    expect(on.whys).to.deep.equal(['too-large', 'too-large']);
    expect(on.records[0]?.status).to.equal(513);
    expect(on.complaints.join()).to.equal('');
    await on.expectServes();
  });

  it('RFC 3261 §21.5.7: headers that the server would cut are too large as well', async () => {
    on = await start();
    on.server.call({ fields: [`X-Long: ${'x'.repeat(8500)}`] });
    await on.heard('513');
    expect(on.server.heard('INVITE')).to.have.length(0);
    await on.expectServes();
  });

  it('RFC 3261 §21.5.7: an answer that is too long for the caller is released, and the next member rings', async () => {
    on = await start();
    on.server.call();
    const first = await on.heard('INVITE');
    on.server.answer(first, 200, [CONTACT], TOO_LARGE);
    await on.heard('ACK');
    expect((await on.heard('BYE')).headers.reason).to.include('cause=513');
    on.server.answer(await on.heard('INVITE', 2), 486);
    await on.heard('480');
    expect(on.whys).to.deep.equal(['too-large', 'busy']);
    await on.expectServes();
  });

  for (const method of ['INFO', 'MESSAGE', 'UPDATE', 'INVITE']) {
    it(`RFC 3261 §21.5.7: ${method} within the call, either way: 513, and the call goes on`, async () => {
      on = await start();
      const { caller, member } = await on.answered();
      const before = on.server.heard(method).length;
      for (const [at, dialog] of [caller, member].entries()) {
        on.server.request(dialog, method, [], TOO_LARGE);
        await on.heard('513', at + 1);
      }
      expect(on.server.heard(method)).to.have.length(before);
      expect(on.service.active).to.equal(1);
      await on.settled();
    });
  }

  it('RFC 3261 §8.2.6: a response that is too long becomes a bare 500, so that whoever asked has one', async () => {
    on = await start();
    const { caller } = await on.answered();
    on.server.request(caller, 'INFO', [], 'v=0');
    on.server.answer(await on.heard('INFO'), 200, [], TOO_LARGE);
    expect((await on.heard('500')).body).to.equal('');
    await on.settled();
    expect(on.service.active).to.equal(1);
  });

  it('RFC 3261 §14.1: an answer to a re-INVITE that is too long: 500, and the other side is put back to what is in force', async () => {
    on = await start();
    const { caller } = await on.answered();
    on.server.request(caller, 'INVITE', [], 'v=2');
    on.server.answer(await on.heard('INVITE', 2), 200, [CONTACT], TOO_LARGE);
    await on.heard('500');
    expect((await on.heard('INVITE', 3)).body).to.equal('v=0');
    expect(on.service.active).to.equal(1);
  });

  it('RFC 3261 §15: a BYE goes on without the body that is too long', async () => {
    on = await start();
    const { caller } = await on.answered();
    on.server.request(caller, 'BYE', [], TOO_LARGE);
    const bye = await on.heard('BYE');
    expect(bye.body).to.equal('');
    await on.until(() => on.service.active === 0);
  });

  it('RFC 3261 §9.1: a CANCEL goes on without the Reason that is too long', async () => {
    on = await start();
    const transaction = on.server.call();
    on.server.answer(await on.heard('INVITE'), 180);
    await on.heard('180');
    on.server.cancel(transaction, [`Reason: SIP;text="${'x'.repeat(9000)}"`]);
    expect((await on.heard('CANCEL')).headers).not.to.have.property('reason');
  });

  it('RFC 3261 §13.2.1: an ACK whose answer is too long goes out without it', async () => {
    on = await start();
    on.server.call({ body: '' });
    on.server.answer(await on.heard('INVITE'), 200, [CONTACT], 'v=1');
    await on.heard('200');
    on.server.request('call-1;from-tag=ft1', 'ACK', [], TOO_LARGE);
    expect((await on.heard('ACK')).body).to.equal('');
    await on.settled();
  });

  it('long frames are sent one behind the answer to another: 80 INVITEs of 5,000 octets at once, in their order', async () => {
    on = await start();
    const calls = Array.from({ length: 80 }, (_, at) => `call-${at}`);
    for (const callId of calls) on.server.call({ callId, body: `v=0${'x'.repeat(5000)}`, fields: [`X-At: ${callId}`] });
    await on.heard('INVITE', calls.length);
    expect(on.server.heard('INVITE').map(({ headers }) => headers['x-at'])).to.deep.equal(calls);
    expect(on.server.connections).to.equal(1);
    await on.until(() => on.sip.tables.frames === 0);
  });

  it('RFC 3261 §13.3.1.4: a 2xx other than 200 is no answer where the server cannot acknowledge it: the next member rings', async () => {
    on = await start();
    on.server.call();
    on.server.answer(await on.heard('INVITE'), 202, [CONTACT], 'v=1');
    on.server.answer(await on.heard('INVITE', 2), 486);
    await on.heard('480');
    expect(on.records[0]?.attempts).to.deep.include.members([
      { ...on.records[0]?.attempts[0], member: A, why: 'unacknowledged', status: 202 },
    ]);
    expect(on.whys).to.deep.equal(['unacknowledged', 'busy']);
    expect(on.server.heard('ACK').length + on.server.heard('BYE').length).to.equal(0);
    await on.expectServes();
  });

  for (const [asked, told] of [
    ['Session-Expires: 1800;refresher=uac', '1800;refresher=uac'],
    ['Session-Expires: 1800', '1800;refresher=uac'],
    ['Session-Expires: 600;refresher=uas', '600;refresher=uas'],
  ] as const) {
    it(`RFC 4028 §9: a refresh with ${asked} is answered with the interval, and Require: timer`, async () => {
      on = await start();
      const { caller } = await on.answered();
      for (const [at, method] of ['UPDATE', 'INVITE'].entries()) {
        const answers = on.server.heard('200').length;
        on.server.request(caller, method, [asked, 'Supported: timer'], method === 'INVITE' ? 'v=0' : '');
        const { headers } = await on.heard('200', answers + 1);
        expect(headers['session-expires'], `${at} ${method}`).to.equal(told);
        expect(headers.require).to.equal('timer');
        on.server.request(caller, 'ACK');
      }
    });
  }

  it('RFC 5057 §5.1: INFO in an early dialog, which the server takes for one outside, is not 481', async () => {
    on = await start();
    const caller = on.server.call();
    on.server.answer(await on.heard('INVITE'), 180);
    await on.heard('180');
    on.server.stray('call-1;from-tag=ft1', 'INFO');
    await on.heard('200');
    on.server.stray('call-2;from-tag=ft1', 'INFO');
    await on.heard('481');
    on.server.cancel(caller);
  });

  it('a re-INVITE of which the server tells nothing after a 1xx: 500 within 10 s, and the next one is carried', async () => {
    on = await start();
    const { caller } = await on.answered();
    on.server.request(caller, 'INVITE', [], 'v=2');
    const forgotten = await on.heard('INVITE', 2);
    on.server.answer(forgotten, 183);
    on.server.answer(forgotten, 200, [CONTACT], 'v=3');
    await on.settled();
    await on.clock.run(10_000);
    await on.heard('500');
    on.server.request(caller, 'INVITE', [], 'v=4');
    expect((await on.heard('INVITE', 3)).body).to.equal('v=4');
    expect(on.service.active).to.equal(1);
  });

  it('a BYE of which the server tells nothing after a 1xx holds no call', async () => {
    on = await start();
    const { caller } = await on.answered();
    on.server.answersBye = false;
    on.server.request(caller, 'BYE');
    on.server.answer(await on.heard('BYE'), 183);
    await on.settled();
    expect(on.service.active).to.equal(1);
    await on.clock.run(10_000);
    await on.until(() => on.service.active === 0);
    expect(on.sip.tables.open).to.equal(0);
  });

  it('RFC 3261 §15: a BYE while a re-INVITE is open, of which the server tells no more: nothing is left of it', async () => {
    on = await start();
    const { caller } = await on.answered();
    on.server.request(caller, 'INVITE', [], 'v=2');
    await on.heard('INVITE', 2);
    on.server.request(caller, 'BYE');
    await on.heard('BYE');
    await on.until(() => on.service.active === 0);
    expect(on.sip.tables.open).to.equal(0);
  });

  it('RFC 3261 §12.2.1.1: a re-INVITE answered by another 2xx, which the server cannot acknowledge: 500', async () => {
    on = await start();
    const { caller } = await on.answered();
    on.server.request(caller, 'INVITE', [], 'v=2');
    on.server.answer(await on.heard('INVITE', 2), 202, [CONTACT], 'v=3');
    await on.heard('500');
    expect(on.service.active).to.equal(1);
  });
});
