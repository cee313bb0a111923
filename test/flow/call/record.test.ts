import { expect } from 'chai';
import { A, B, PILOT } from '../../unit/call/scripted-server.js';
import { ENGINE, useCallHarness } from './call-harness.js';

describe('The record of a call, over the engine', () => {
  const start = useCallHarness();

  it('finds each leg by its Call-ID, which is on the wire', async () => {
    const harness = await start();
    const invite = await harness.call();
    const first = harness.invite().callId;
    await harness.reply(486);
    const second = harness.invite().callId;
    await harness.reply(486);
    const [record] = harness.records;
    expect(record?.callId).to.equal(invite.callId);
    expect(record?.attempts.map(({ callIds }) => callIds)).to.deep.equal([[first], [second]]);
    expect([first, second]).to.deep.equal([`${record?.call}.1`, `${record?.call}.2`]);
  });

  it('an INVITE that is challenged keeps its Call-ID, and is one leg (RFC 3261 §8.1.3.5)', async () => {
    const group = [{ uri: 'sip:10.1.0.1:5060', username: 'u', password: 'a password' }];
    const harness = await start({ members: [A], group });
    await harness.call();
    await harness.reply(401, harness.trunk, 'INVITE', [['WWW-Authenticate', 'Digest realm="r", nonce="n"']]);
    const { callId } = harness.invite();
    await harness.reply(486);
    expect(harness.records[0]?.attempts[0]?.callIds).to.deep.equal([callId]);
  });

  for (const [said, refused] of [
    ['yes', true],
    ['no', undefined],
    [undefined, undefined],
  ] as const) {
    it(`who answers refuses other use of this one call: X-No-Metadata ${said ?? 'absent'} in his 200`, async () => {
      const harness = await start({ members: [A], settings: { refusalHeader: 'x-no-metadata' } });
      await harness.call();
      await harness.reply(200, harness.trunk, 'INVITE', said === undefined ? [] : [['X-No-Metadata', said]]);
      harness.caller.bye(harness.caller.response(200, 'INVITE'));
      await harness.pass(0);
      expect(harness.records[0]?.metadataRefused).to.equal(refused);
    });
  }

  it('what the trunk said, and never what we made up', async () => {
    const harness = await start({ members: [A, B], trunks: ['10.1.0.1'] });
    harness.network.rule({ when: ({ text }) => text.startsWith(`INVITE sip:${A}`), refuse: true });
    await harness.call();
    await harness.pass(100);
    await harness.reply(603, harness.trunk, 'INVITE', [
      ['Reason', 'Q.850;cause=21'],
      ['Warning', '399 x "no"'],
    ]);
    const [refused, declined] = harness.records[0]?.attempts ?? [];
    expect(refused).to.include({ why: 'unreachable', status: null, said: null, local: 'connection refused' });
    expect(declined).to.include({ why: 'declined', status: 603, local: null });
    expect(declined?.said).to.include({ status: 603, reason: 'Q.850;cause=21', warning: '399 x "no"' });
  });

  it('a trunk whose name does not exist', async () => {
    const harness = await start({ members: [A], group: [{ uri: 'sip:nowhere.example' }] });
    await harness.call();
    await harness.pass(100);
    expect(harness.records[0]?.attempts[0]).to.include({
      status: null,
      local: 'no such host',
      trunk: 'nowhere.example',
    });
    expect(harness.caller.summary.at(-1)).to.equal('500 INVITE');
  });

  it('a response of a peer that says it were made up is his own', async () => {
    const harness = await start({ members: [A] });
    await harness.call();
    await harness.reply(486, harness.trunk, 'INVITE', [['X-Local-Failure', 'connection refused']]);
    expect(harness.records[0]?.attempts[0]).to.include({ status: 486, local: null });
  });

  it('an INVITE that the engine refuses by itself has one, once, however often it comes', async () => {
    const harness = await start();
    const twice = await harness.call({ fields: [['Max-Forwards', '1']] });
    const invite = twice.text.replace(/Max-Forwards: \d+/g, 'Max-Forwards: 0').replace('Max-Forwards: 0\r\n', '');
    for (const text of [twice.text, invite, invite, invite]) harness.caller.send(text, ENGINE);
    await harness.pass(0);
    expect(harness.caller.summary).to.deep.equal(['400 INVITE', '400 INVITE', ...Array(3).fill('483 INVITE')]);
    expect(harness.records.map(({ refused, status, pilot, callId }) => [refused, status, pilot, callId])).to.deep.equal(
      [['malformed', 400, PILOT, twice.callId]],
    );
    harness.caller.send(invite.replace(/CSeq: \d+/, 'CSeq: 77'), ENGINE);
    await harness.pass(0);
    expect(harness.records.at(-1)).to.include({ refused: 'too-many-hops', status: 483 });
  });

  it('a merged request and one in a dialog that is gone are no calls (RFC 3261 §8.2.2.2)', async () => {
    const harness = await start();
    const invite = await harness.call();
    harness.caller.send(invite.text.replace(/branch=\S+/, 'branch=z9hG4bKother'), ENGINE);
    harness.caller.send(
      invite.text.replace(/branch=\S+/, 'branch=z9hG4bKgone').replace(/(\r\nTo: [^\r]*)/, '$1;tag=gone'),
      ENGINE,
    );
    await harness.pass(0);
    expect(harness.caller.summary).to.include('482 INVITE').and.to.include('481 INVITE');
    await harness.reply(486);
    await harness.reply(486);
    expect(harness.records.map(({ status }) => status)).to.deep.equal([486]);
  });
});
