import { expect } from 'chai';
import { A, B } from '../../unit/call/scripted-server.js';
import { ENGINE, Wire, type WireOptions } from './call-harness.js';

describe('Calls over the engine', () => {
  let wire: Wire;
  const start = async (options?: WireOptions): Promise<Wire> => {
    wire = await new Wire(options).start();
    return wire;
  };

  it('the first rings in vain, the second answers, the caller hangs up', async () => {
    await start();
    await wire.call();
    const first = wire.invite();
    expect(first.uri).to.equal(`sip:${A}@10.1.0.1:5060;user=phone`);
    expect(first.from.uri).to.equal('sip:+37126000009@10.0.0.9');
    expect(first.first('max-forwards')).to.equal('69');
    await wire.reply(180);
    expect(wire.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE']);
    await wire.pass(20_000);
    expect(wire.trunk.request('CANCEL').first('reason')).to.include('text="No answer"');
    const second = wire.invite();
    expect(second.uri).to.include(B);
    expect(second.callId).to.not.equal(first.callId);
    expect(second.fromTag).to.not.equal(first.fromTag);
    await wire.reply(180);
    await wire.reply(200);
    const answer = wire.caller.response(200, 'INVITE');
    expect(answer.body).to.include('m=audio');
    expect(wire.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 INVITE']);
    expect(wire.caller.response(180).toTag).to.equal(answer.toTag);
    expect(wire.trunk.request('ACK').callId).to.equal(second.callId);
    wire.caller.bye(answer);
    await wire.pass(0);
    expect(wire.trunk.request('BYE').callId).to.equal(second.callId);
    expect(wire.caller.response(200, 'BYE').status).to.equal(200);
    expect(wire.records[0]).to.include({ status: 200, by: B, released: 'caller' });
    expect(wire.whys).to.deep.equal(['no-answer', 'answered']);
    await wire.expectNothingLeft();
  });

  it('all busy: 486 with Q.850 cause 17', async () => {
    await start();
    await wire.call();
    await wire.reply(486);
    await wire.reply(486);
    expect(wire.caller.response(486).first('reason')).to.include('Q.850;cause=17');
    await wire.expectNothingLeft();
  });

  it('the caller leaves: 200 to CANCEL, 487 to INVITE, the member is cancelled with its Reason, nobody else rings', async () => {
    await start();
    const invite = await wire.call();
    await wire.reply(180);
    wire.caller.cancel(invite, ENGINE, [['Reason', 'Q.850;cause=16;text="Terminated"']]);
    await wire.pass(0);
    expect(wire.caller.summary.slice(2)).to.deep.equal(['200 CANCEL', '487 INVITE']);
    expect(wire.trunk.request('CANCEL').first('reason')).to.equal('Q.850;cause=16;text="Terminated"');
    await wire.pass(60_000);
    expect(wire.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(1);
    expect(wire.whys).to.deep.equal(['caller-left', 'not-needed']);
    await wire.expectNothingLeft();
  });

  it('the caller leaves in the same instant: a member who was just called is cancelled, nobody else is (drachtio fact 7)', async () => {
    await start();
    const invite = wire.caller.invite(ENGINE, { uri: 'sip:+37167000000@10.0.0.1' });
    wire.caller.cancel(invite, ENGINE);
    await wire.pass(0);
    await wire.reply(180);
    await wire.pass(30_000);
    expect(wire.trunk.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
    expect(wire.records[0]?.status).to.equal(487);
    await wire.expectNothingLeft();
  });

  it('two INVITEs with one Call-ID: each CANCEL stops its own call (drachtio fact 8)', async () => {
    await start();
    const first = await wire.call({ callId: 'same', from: '<sip:a@x>;tag=1' });
    const firstLeg = wire.invite();
    await wire.call({ callId: 'same', from: '<sip:a@x>;tag=2' });
    const secondLeg = wire.invite();
    wire.trunk.reply(firstLeg, 180);
    wire.trunk.reply(secondLeg, 180);
    await wire.pass(0);
    wire.caller.cancel(first, ENGINE);
    await wire.pass(0);
    expect(wire.trunk.request('CANCEL').callId).to.equal(firstLeg.callId);
    expect(wire.trunk.summary.filter((line) => line === 'CANCEL')).to.have.length(1);
    expect(wire.service.active).to.equal(1);
  });

  it('a phone that answers as it is cancelled has the call, if nobody else has (edge case 48)', async () => {
    await start();
    wire.network.rule({ when: ({ text }) => text.startsWith('CANCEL'), drop: true });
    await wire.call();
    const first = wire.invite();
    await wire.reply(180);
    await wire.pass(20_500);
    const second = wire.invite();
    expect(second.uri).to.include(B);
    wire.trunk.reply(second, 180);
    wire.trunk.reply(first, 200);
    await wire.pass(0);
    expect(wire.caller.response(200, 'INVITE').body).to.include('m=audio');
    expect(wire.trunk.request('ACK').callId).to.equal(first.callId);
    const cancels = wire.network.trace.filter(({ line }) => line.startsWith('CANCEL'));
    expect(cancels.at(-1)?.text).to.include('Call completed elsewhere');
    wire.caller.bye(wire.caller.response(200, 'INVITE'));
    await wire.pass(0);
    expect(wire.trunk.request('BYE').callId).to.equal(first.callId);
    expect(wire.whys).to.deep.equal(['answered', 'not-needed']);
    await wire.expectNothingLeft();
  });

  it('a phone that answers after the caller left is acknowledged and released, ACK first (edge case 53)', async () => {
    await start();
    wire.network.rule({ when: ({ text }) => text.startsWith('CANCEL') && text.includes('10.0.0.1:5060;'), drop: true });
    const invite = await wire.call();
    await wire.reply(180);
    wire.caller.cancel(invite, ENGINE);
    await wire.pass(0);
    await wire.reply(200);
    expect(wire.trunk.summary.slice(-2)).to.deep.equal(['ACK', 'BYE']);
    await wire.expectNothingLeft();
  });

  it('on a server that releases late answers itself: ACK and BYE, and the next member goes on ringing (drachtio fact 4)', async () => {
    await start({ version: 'v0.9.10' });
    wire.network.rule({ when: ({ text }) => text.startsWith('CANCEL'), drop: true });
    await wire.call();
    const first = wire.invite();
    await wire.reply(180);
    await wire.pass(20_500);
    wire.trunk.reply(wire.invite(), 180);
    wire.trunk.reply(first, 200);
    await wire.pass(0);
    expect(wire.trunk.request('BYE').callId).to.equal(first.callId);
    expect(wire.trunk.summary.slice(-2)).to.deep.equal(['ACK', 'BYE']);
    expect(wire.caller.summary).to.not.include('200 INVITE');
    await wire.reply(200);
    expect(wire.caller.summary).to.include('200 INVITE');
    expect(wire.whys).to.equal(undefined);
  });

  it('UPDATE before the answer is refused for now (RFC 3311 §5.2)', async () => {
    await start();
    await wire.call();
    await wire.reply(180);
    wire.caller.inDialog('UPDATE', wire.caller.response(180), { body: 'v=0' });
    await wire.pass(0);
    expect(Number(wire.caller.response(500, 'UPDATE').first('retry-after'))).to.be.within(0, 10);
    await wire.reply(200);
    expect(wire.caller.summary).to.include('200 INVITE');
  });

  it('an UPDATE passes through while another request is open (the library hands it to that request)', async () => {
    await start();
    await wire.call();
    const sent = await wire.reply(200);
    wire.caller.inDialog('INFO', wire.caller.response(200, 'INVITE'), { body: 'x' });
    await wire.pass(0);
    wire.trunk.inDialog('UPDATE', sent, { body: 'v=0' });
    await wire.pass(0);
    expect(wire.caller.request('UPDATE').body).to.equal('v=0');
    await wire.reply(200, wire.caller, 'UPDATE');
    expect(wire.trunk.summary).to.include('200 UPDATE');
  });

  it('a silent trunk costs 4 s, then the other trunk is tried for the same member (edge cases 39, 40)', async () => {
    await start({ trunks: ['10.1.0.1', '10.1.0.2'] });
    const other = wire.peer('10.1.0.2');
    await wire.call();
    await wire.pass(3999);
    expect(other.summary).to.deep.equal([]);
    await wire.pass(1);
    expect(other.request('INVITE').uri).to.include(A);
    wire.trunk.reply(wire.invite(), 100);
    await wire.pass(0);
    expect(wire.trunk.summary).to.include('CANCEL');
  });

  // Needs a SIP server that reports 100 Trying when the INVITE asks for it with X-Trying: deliver.
  it('100 Trying of a phone that is slow to ring keeps the attempt (edge case 40)', async () => {
    await start();
    await wire.call();
    await wire.reply(100);
    expect(wire.invite().has('x-trying')).to.equal(false);
    await wire.pass(8000);
    await wire.reply(180);
    expect(wire.trunk.summary).to.deep.equal(['INVITE']);
    expect(wire.caller.summary).to.include('180 INVITE');
  });

  it('a trunk that is not there is left at once (edge case 41)', async () => {
    await start({ trunks: ['10.1.0.1', '10.1.0.2'] });
    const other = wire.peer('10.1.0.2');
    await wire.trunk.transport.close();
    await wire.call();
    await wire.pass(100);
    expect(other.request('INVITE').uri).to.include(A);
  });

  it('delayed offer: the offer is in our 200, the answer in the ACK reaches the member (RFC 3261 §13.2.1)', async () => {
    wire = new Wire();
    const silent = wire.peer('10.0.0.8', { user: 'delayed', autoAck: false });
    await wire.start();
    silent.invite(ENGINE, { uri: 'sip:+37167000000@10.0.0.1', body: '' });
    await wire.pass(0);
    expect(wire.invite().body).to.equal('');
    await wire.reply(200);
    expect(wire.trunk.summary).to.not.include('ACK');
    silent.acknowledge(silent.response(200), { body: 'v=0\r\nanswer' });
    await wire.pass(0);
    expect(wire.trunk.request('ACK').body).to.equal('v=0\r\nanswer');
  });

  it('re-INVITE, INFO and their responses pass through, both ways', async () => {
    await start();
    await wire.call();
    const sent = await wire.reply(200);
    const answer = wire.caller.response(200, 'INVITE');
    wire.caller.inDialog('INVITE', answer, { body: 'v=0\r\nhold' });
    await wire.pass(0);
    expect(wire.invite().body).to.equal('v=0\r\nhold');
    await wire.reply(200);
    expect(wire.caller.summary.filter((line) => line === '200 INVITE')).to.have.length(2);
    wire.trunk.inDialog('INFO', sent, { body: 'x', fields: [['Info-Package', 'dtmf']] });
    await wire.pass(0);
    expect(wire.caller.request('INFO').first('info-package')).to.equal('dtmf');
    await wire.reply(200, wire.caller, 'INFO');
    expect(wire.trunk.response(200, 'INFO').status).to.equal(200);
    wire.trunk.bye(sent);
    await wire.pass(0);
    expect(wire.caller.summary.at(-1)).to.equal('BYE');
    expect(wire.records[0]?.released).to.equal('callee');
    await wire.expectNothingLeft();
  });

  for (const link of ['direct', 'protocol'] as const) {
    it(`a status that drachtio-srf does not know is passed on as it is, ${link} (RFC 3261 §8.1.3.2)`, async () => {
      await start({ link });
      await wire.call();
      const sent = await wire.reply(200);
      wire.trunk.inDialog('INFO', sent, { body: 'x' });
      await wire.pass(0);
      await wire.reply(440, wire.caller, 'INFO');
      expect(wire.trunk.summary.at(-1)).to.equal('440 INFO');
    });
  }

  it('a caller that never acknowledges: the member is released after 64*T1 (edge case 61)', async () => {
    wire = new Wire();
    const mute = wire.peer('10.0.0.8', { user: 'mute', autoAck: false });
    await wire.start();
    mute.invite(ENGINE, { uri: 'sip:+37167000000@10.0.0.1' });
    await wire.pass(0);
    await wire.reply(200);
    await wire.pass(33_000);
    expect(wire.trunk.summary).to.include('BYE');
    expect(wire.records[0]?.released).to.equal('system');
    await wire.expectNothingLeft();
  });

  it('Require: 100rel: 180 goes reliably, and the 200 waits for the PRACK (RFC 3262 §3)', async () => {
    await start();
    await wire.call({ fields: [['Require', '100rel']] });
    await wire.reply(180);
    const ringing = wire.caller.response(180);
    expect(ringing.first('rseq')).to.not.equal(undefined);
    await wire.reply(200);
    expect(wire.caller.summary).to.not.include('200 INVITE');
    wire.caller.inDialog('PRACK', ringing, { fields: [['RAck', `${ringing.first('rseq')} 1 INVITE`]] });
    await wire.pass(0);
    expect(wire.caller.summary).to.include('200 PRACK').and.to.include('200 INVITE');
  });

  it('OPTIONS is 200 with Allow, 503 while draining; other methods are 405 with Allow (edge cases 7, 85)', async () => {
    await start();
    wire.caller.start('OPTIONS', ENGINE);
    wire.caller.start('REGISTER', ENGINE);
    await wire.pass(0);
    const able = wire.caller.response(200, 'OPTIONS');
    expect(able.first('allow')).to.include('INVITE');
    for (const name of ['accept', 'accept-encoding', 'accept-language', 'supported']) {
      expect(able.has(name), `${name} (RFC 3261 §11.2)`).to.equal(true);
    }
    expect(wire.caller.response(405, 'REGISTER').first('allow')).to.include('INVITE');
    await wire.service.drain(0);
    wire.caller.start('OPTIONS', ENGINE);
    await wire.pass(0);
    expect(wire.caller.response(503, 'OPTIONS').first('retry-after')).to.equal('5');
  });

  it('the link to the server breaks: calls are over, their records written', async () => {
    await start({ link: 'protocol' });
    await wire.call();
    await wire.reply(180);
    await wire.cut();
    expect(wire.service.active).to.equal(0);
    expect(wire.service.ready).to.equal(false);
    expect(wire.records[0]?.status).to.equal(503);
  });
});
