import { expect } from 'chai';
import type { NotSent } from '../../../lib/sip-server/not-sent.js';
import type { Reply } from '../../../lib/sip-server/sip-server.js';
import { A, B } from '../../unit/call/scripted-server.js';
import { type CallHarness, useCallHarness } from './call-harness.js';

describe('What could not be sent, and whose fault that is', () => {
  const start = useCallHarness();

  const invited = (harness: CallHarness, uri: string, from = '<sip:a@b>') =>
    new Promise<NotSent>((resolve) => {
      const nothing = () => {};
      const user = { onProvisional: nothing, onFinal: nothing, onFailed: resolve };
      harness.sip.invite({ uri, headers: { from } }, user);
    });
  const asked = (harness: CallHarness, dialog: string) =>
    new Promise<Reply | NotSent>((resolve) => harness.sip.request(dialog, 'INFO', {}, resolve));

  it('an address that is none is our own fault', async () => {
    const harness = await start();
    expect((await invited(harness, 'sip:', '<sip:a@b>')).code).to.equal('local');
    expect((await invited(harness, 'sip:x@10.1.0.1', '"open <sip:a@b>')).code).to.equal('local');
  });

  it('a transport that we have not, and ourselves, are no way to that target', async () => {
    const harness = await start();
    expect((await invited(harness, 'sip:x@10.1.0.1;transport=tls')).code).to.equal('transport');
    expect((await invited(harness, 'sip:x@10.0.0.1:5060')).code).to.equal('transport');
  });

  it('a dialog that nobody knows is gone', async () => {
    const harness = await start();
    expect(await asked(harness, 'c1;from-tag=x')).to.include({ code: 'dialog-gone' });
  });

  it('a server that is gone says nothing of anybody else', async () => {
    const harness = await start({ link: 'protocol' });
    const open = asked(harness, 'c1;from-tag=x');
    await harness.cut();
    expect(await open).to.include({ code: 'server-gone' });
    expect((await invited(harness, 'sip:x@10.1.0.1')).code).to.equal('server-gone');
  });

  it('a trunk over a transport that we have not: the member is called over the next one', async () => {
    const harness = await start({
      group: [{ uri: 'sip:10.1.0.9;transport=tls' }, { uri: 'sip:10.1.0.1', priority: 2 }],
    });
    await harness.call();
    expect(harness.invite().uri).to.include(A);
  });

  it('a member that is no SIP URI is a failed attempt, and the next one rings', async () => {
    const harness = await start({ members: ['sip:nobody@host@host', B] });
    await harness.call();
    expect(harness.invite().uri).to.include(B);
    await harness.reply(486);
    expect(harness.whys).to.deep.equal(['failed', 'busy']);
  });
});
