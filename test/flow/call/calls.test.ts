import { expect } from 'chai';
import { A, B } from '../../unit/call/scripted-server.js';
import { CallHarness, type CallHarnessOptions, ENGINE } from './call-harness.js';

describe('Calls over the engine', () => {
  let harness: CallHarness;
  const start = async (options?: CallHarnessOptions): Promise<CallHarness> => {
    harness = await new CallHarness(options).start();
    return harness;
  };

  it('the first rings in vain, the second answers, the caller hangs up', async () => {
    await start();
    await harness.call();
    const first = harness.invite();
    expect(first.uri).to.equal(`sip:${A}@10.1.0.1:5060;user=phone`);
    expect(first.from.uri).to.equal('sip:+37126000009@10.0.0.9');
    expect(first.first('max-forwards')).to.equal('69');
    await harness.reply(180);
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE']);
    await harness.pass(20_000);
    expect(harness.trunk.request('CANCEL').first('reason')).to.include('text="No answer"');
    const second = harness.invite();
    expect(second.uri).to.include(B);
    expect(second.callId).to.not.equal(first.callId);
    expect(second.fromTag).to.not.equal(first.fromTag);
    await harness.reply(180);
    await harness.reply(200);
    const answer = harness.caller.response(200, 'INVITE');
    expect(answer.body).to.include('m=audio');
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 INVITE']);
    expect(harness.caller.response(180).toTag).to.equal(answer.toTag);
    expect(harness.trunk.request('ACK').callId).to.equal(second.callId);
    harness.caller.bye(answer);
    await harness.pass(0);
    expect(harness.trunk.request('BYE').callId).to.equal(second.callId);
    expect(harness.caller.response(200, 'BYE').status).to.equal(200);
    expect(harness.records[0]).to.include({ status: 200, by: B, released: 'caller' });
    expect(harness.whys).to.deep.equal(['no-answer', 'answered']);
    await harness.expectNothingLeft();
  });

  it('all busy: 486 with Q.850 cause 17', async () => {
    await start();
    await harness.call();
    await harness.reply(486);
    await harness.reply(486);
    expect(harness.caller.response(486).first('reason')).to.include('Q.850;cause=17');
    await harness.expectNothingLeft();
  });

  it('the caller leaves: 200 to CANCEL, 487 to INVITE, the member is cancelled with its Reason, nobody else rings', async () => {
    await start();
    const invite = await harness.call();
    await harness.reply(180);
    harness.caller.cancel(invite, ENGINE, [['Reason', 'Q.850;cause=16;text="Terminated"']]);
    await harness.pass(0);
    expect(harness.caller.summary.slice(2)).to.deep.equal(['200 CANCEL', '487 INVITE']);
    expect(harness.trunk.request('CANCEL').first('reason')).to.equal('Q.850;cause=16;text="Terminated"');
    await harness.pass(60_000);
    expect(harness.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(1);
    expect(harness.whys).to.deep.equal(['caller-left', 'not-needed']);
    await harness.expectNothingLeft();
  });

  it('the caller leaves in the same instant: a member who was just called is cancelled, nobody else is', async () => {
    await start();
    const invite = harness.caller.invite(ENGINE, { uri: 'sip:+37167000000@10.0.0.1' });
    harness.caller.cancel(invite, ENGINE);
    await harness.pass(0);
    await harness.reply(180);
    await harness.pass(30_000);
    expect(harness.trunk.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
    expect(harness.records[0]?.status).to.equal(487);
    await harness.expectNothingLeft();
  });

  it('two INVITEs with one Call-ID: each CANCEL stops its own call', async () => {
    await start();
    const first = await harness.call({ callId: 'same', from: '<sip:a@x>;tag=1' });
    const firstLeg = harness.invite();
    await harness.call({ callId: 'same', from: '<sip:a@x>;tag=2' });
    const secondLeg = harness.invite();
    harness.trunk.reply(firstLeg, 180);
    harness.trunk.reply(secondLeg, 180);
    await harness.pass(0);
    harness.caller.cancel(first, ENGINE);
    await harness.pass(0);
    expect(harness.trunk.request('CANCEL').callId).to.equal(firstLeg.callId);
    expect(harness.trunk.summary.filter((line) => line === 'CANCEL')).to.have.length(1);
    expect(harness.service.active).to.equal(1);
  });

  it('a phone that answers as it is cancelled has the call, if nobody else has (edge case 48)', async () => {
    await start();
    harness.network.rule({ when: ({ text }) => text.startsWith('CANCEL'), drop: true });
    await harness.call();
    const first = harness.invite();
    await harness.reply(180);
    await harness.pass(20_500);
    const second = harness.invite();
    expect(second.uri).to.include(B);
    harness.trunk.reply(second, 180);
    harness.trunk.reply(first, 200);
    await harness.pass(0);
    expect(harness.caller.response(200, 'INVITE').body).to.include('m=audio');
    expect(harness.trunk.request('ACK').callId).to.equal(first.callId);
    const cancels = harness.network.trace.filter(({ line }) => line.startsWith('CANCEL'));
    expect(cancels.at(-1)?.text).to.include('Call completed elsewhere');
    harness.caller.bye(harness.caller.response(200, 'INVITE'));
    await harness.pass(0);
    expect(harness.trunk.request('BYE').callId).to.equal(first.callId);
    expect(harness.whys).to.deep.equal(['answered', 'not-needed']);
    await harness.expectNothingLeft();
  });

  it('a phone that answers after the caller left is acknowledged and released, ACK first (edge case 53)', async () => {
    await start();
    harness.network.rule({
      when: ({ text }) => text.startsWith('CANCEL') && text.includes('10.0.0.1:5060;'),
      drop: true,
    });
    const invite = await harness.call();
    await harness.reply(180);
    harness.caller.cancel(invite, ENGINE);
    await harness.pass(0);
    await harness.reply(200);
    expect(harness.trunk.summary.slice(-2)).to.deep.equal(['ACK', 'BYE']);
    await harness.expectNothingLeft();
  });

  it('on a server that releases late answers itself: ACK and BYE, and the next member goes on ringing', async () => {
    await start({ version: 'v0.9.10' });
    harness.network.rule({ when: ({ text }) => text.startsWith('CANCEL'), drop: true });
    await harness.call();
    const first = harness.invite();
    await harness.reply(180);
    await harness.pass(20_500);
    harness.trunk.reply(harness.invite(), 180);
    harness.trunk.reply(first, 200);
    await harness.pass(0);
    expect(harness.trunk.request('BYE').callId).to.equal(first.callId);
    expect(harness.trunk.summary.slice(-2)).to.deep.equal(['ACK', 'BYE']);
    expect(harness.caller.summary).to.not.include('200 INVITE');
    await harness.reply(200);
    expect(harness.caller.summary).to.include('200 INVITE');
    expect(harness.whys).to.equal(undefined);
  });

  it('UPDATE before the answer is refused for now (RFC 3311 §5.2)', async () => {
    await start();
    await harness.call();
    await harness.reply(180);
    harness.caller.inDialog('UPDATE', harness.caller.response(180), { body: 'v=0' });
    await harness.pass(0);
    expect(Number(harness.caller.response(500, 'UPDATE').first('retry-after'))).to.be.within(0, 10);
    await harness.reply(200);
    expect(harness.caller.summary).to.include('200 INVITE');
  });

  it('an UPDATE passes through while another request is open (the library hands it to that request)', async () => {
    await start();
    await harness.call();
    const sent = await harness.reply(200);
    harness.caller.inDialog('INFO', harness.caller.response(200, 'INVITE'), { body: 'x' });
    await harness.pass(0);
    harness.trunk.inDialog('UPDATE', sent, { body: 'v=0' });
    await harness.pass(0);
    expect(harness.caller.request('UPDATE').body).to.equal('v=0');
    await harness.reply(200, harness.caller, 'UPDATE');
    expect(harness.trunk.summary).to.include('200 UPDATE');
  });

  it('a silent trunk costs 4 s, then the other trunk is tried for the same member (edge cases 39, 40)', async () => {
    await start({ trunks: ['10.1.0.1', '10.1.0.2'] });
    const other = harness.peer('10.1.0.2');
    await harness.call();
    await harness.pass(3999);
    expect(other.summary).to.deep.equal([]);
    await harness.pass(1);
    expect(other.request('INVITE').uri).to.include(A);
    harness.trunk.reply(harness.invite(), 100);
    await harness.pass(0);
    expect(harness.trunk.summary).to.include('CANCEL');
  });

  // Needs a SIP server that reports 100 Trying when the INVITE asks for it with X-Trying: deliver.
  it('100 Trying of a phone that is slow to ring keeps the attempt (edge case 40)', async () => {
    await start();
    await harness.call();
    await harness.reply(100);
    expect(harness.invite().has('x-trying')).to.equal(false);
    await harness.pass(8000);
    await harness.reply(180);
    expect(harness.trunk.summary).to.deep.equal(['INVITE']);
    expect(harness.caller.summary).to.include('180 INVITE');
  });

  it('a trunk that is not there is left at once (edge case 41)', async () => {
    await start({ trunks: ['10.1.0.1', '10.1.0.2'] });
    const other = harness.peer('10.1.0.2');
    await harness.trunk.transport.close();
    await harness.call();
    await harness.pass(100);
    expect(other.request('INVITE').uri).to.include(A);
  });

  it('delayed offer: the offer is in our 200, the answer in the ACK reaches the member (RFC 3261 §13.2.1)', async () => {
    harness = new CallHarness();
    const silent = harness.peer('10.0.0.8', { user: 'delayed', autoAck: false });
    await harness.start();
    silent.invite(ENGINE, { uri: 'sip:+37167000000@10.0.0.1', body: '' });
    await harness.pass(0);
    expect(harness.invite().body).to.equal('');
    await harness.reply(200);
    expect(harness.trunk.summary).to.not.include('ACK');
    silent.acknowledge(silent.response(200), { body: 'v=0\r\nanswer' });
    await harness.pass(0);
    expect(harness.trunk.request('ACK').body).to.equal('v=0\r\nanswer');
  });

  it('re-INVITE, INFO and their responses pass through, both ways', async () => {
    await start();
    await harness.call();
    const sent = await harness.reply(200);
    const answer = harness.caller.response(200, 'INVITE');
    harness.caller.inDialog('INVITE', answer, { body: 'v=0\r\nhold' });
    await harness.pass(0);
    expect(harness.invite().body).to.equal('v=0\r\nhold');
    await harness.reply(200);
    expect(harness.caller.summary.filter((line) => line === '200 INVITE')).to.have.length(2);
    harness.trunk.inDialog('INFO', sent, { body: 'x', fields: [['Info-Package', 'dtmf']] });
    await harness.pass(0);
    expect(harness.caller.request('INFO').first('info-package')).to.equal('dtmf');
    await harness.reply(200, harness.caller, 'INFO');
    expect(harness.trunk.response(200, 'INFO').status).to.equal(200);
    harness.trunk.bye(sent);
    await harness.pass(0);
    expect(harness.caller.summary.at(-1)).to.equal('BYE');
    expect(harness.records[0]?.released).to.equal('callee');
    await harness.expectNothingLeft();
  });

  for (const link of ['direct', 'protocol'] as const) {
    it(`a status that drachtio-srf does not know is passed on as it is, ${link} (RFC 3261 §8.1.3.2)`, async () => {
      await start({ link });
      await harness.call();
      const sent = await harness.reply(200);
      harness.trunk.inDialog('INFO', sent, { body: 'x' });
      await harness.pass(0);
      await harness.reply(440, harness.caller, 'INFO');
      expect(harness.trunk.summary.at(-1)).to.equal('440 INFO');
    });
  }

  it('a caller that never acknowledges: the member is released after 64*T1 (edge case 61)', async () => {
    harness = new CallHarness();
    const mute = harness.peer('10.0.0.8', { user: 'mute', autoAck: false });
    await harness.start();
    mute.invite(ENGINE, { uri: 'sip:+37167000000@10.0.0.1' });
    await harness.pass(0);
    await harness.reply(200);
    await harness.pass(33_000);
    expect(harness.trunk.summary).to.include('BYE');
    expect(harness.records[0]?.released).to.equal('system');
    await harness.expectNothingLeft();
  });

  it('Require: 100rel: 180 goes reliably, and the 200 waits for the PRACK (RFC 3262 §3)', async () => {
    await start();
    await harness.call({ fields: [['Require', '100rel']] });
    await harness.reply(180);
    const ringing = harness.caller.response(180);
    expect(ringing.first('rseq')).to.not.equal(undefined);
    await harness.reply(200);
    expect(harness.caller.summary).to.not.include('200 INVITE');
    harness.caller.inDialog('PRACK', ringing, { fields: [['RAck', `${ringing.first('rseq')} 1 INVITE`]] });
    await harness.pass(0);
    expect(harness.caller.summary).to.include('200 PRACK').and.to.include('200 INVITE');
  });

  it('OPTIONS is 200 with Allow, 503 while draining; other methods are 405 with Allow (edge cases 7, 85)', async () => {
    await start();
    harness.caller.start('OPTIONS', ENGINE);
    harness.caller.start('REGISTER', ENGINE);
    await harness.pass(0);
    const able = harness.caller.response(200, 'OPTIONS');
    expect(able.first('allow')).to.include('INVITE');
    for (const name of ['accept', 'accept-encoding', 'accept-language', 'supported']) {
      expect(able.has(name), `${name} (RFC 3261 §11.2)`).to.equal(true);
    }
    expect(harness.caller.response(405, 'REGISTER').first('allow')).to.include('INVITE');
    await harness.service.drain(0);
    harness.caller.start('OPTIONS', ENGINE);
    await harness.pass(0);
    expect(harness.caller.response(503, 'OPTIONS').first('retry-after')).to.equal('5');
  });

  it('the link to the server breaks: calls are over, their records written', async () => {
    await start({ link: 'protocol' });
    await harness.call();
    await harness.reply(180);
    await harness.cut();
    expect(harness.service.active).to.equal(0);
    expect(harness.service.ready).to.equal(false);
    expect(harness.records[0]?.status).to.equal(503);
  });
});
