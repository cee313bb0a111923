import { expect } from 'chai';
import { SDP } from '../../support/sip-peer.js';
import { PILOT } from '../../unit/call/scripted-server.js';
import { ENGINE, useWire } from './call-harness.js';

const PILOT_URI = `sip:${PILOT}@10.0.0.1`;

describe('What is let in, over the engine', () => {
  const start = useWire();

  it('a new attempt with the same Call-ID after our refusal is a new call, even before the first ACK (edge case 3)', async () => {
    const wire = await start();
    const impatient = wire.peer('10.0.0.8', { user: 'sbc', autoAck: false });
    const first = impatient.invite(ENGINE, { uri: PILOT_URI });
    await wire.pass(0);
    await wire.reply(486);
    await wire.reply(486);
    expect(impatient.summary).to.include('486 INVITE');
    impatient.send(first.text.replace(/branch=[^;\r]+/, 'branch=z9hG4bK-second-route'), ENGINE);
    await wire.pass(0);
    await wire.reply(180);
    await wire.reply(200);
    const answer = impatient.response(200);
    expect(answer.callId).to.equal(impatient.response(486).callId);
    expect(answer.toTag).to.not.equal(impatient.response(486).toTag);
    impatient.acknowledge(answer);
    await wire.pass(0);
    impatient.bye(answer);
    await wire.pass(0);
    expect(wire.records.map(({ status }) => status)).to.deep.equal([486, 200]);
    await wire.expectNothingLeft();
  });

  it('an unknown option in Require is 420 with Unsupported, and no phone rings (RFC 3261 §8.2.2.3)', async () => {
    const wire = await start();
    await wire.call({ fields: [['Require', 'timer, precondition']] });
    expect(wire.caller.response(420).first('unsupported')).to.equal('precondition');
    expect(wire.trunk.summary).to.deep.equal([]);
    await wire.expectNothingLeft();
  });

  it('no offer and Require: 100rel is 420: no reliable 180 without an offer (RFC 3262 §5)', async () => {
    const wire = await start();
    await wire.call({ body: '', fields: [['Require', '100rel']] });
    expect(wire.caller.response(420).first('unsupported')).to.equal('100rel');
    expect(wire.trunk.summary).to.deep.equal([]);
    await wire.expectNothingLeft();
  });

  it('an INVITE with a To tag that is unknown is 481, and no phone rings (RFC 3261 §12.2.2)', async () => {
    const wire = await start();
    await wire.call({ to: `<${PILOT_URI}>;tag=of-another-life` });
    expect(wire.caller.summary).to.deep.equal(['481 INVITE']);
    expect(wire.trunk.summary).to.deep.equal([]);
  });

  it('a call-back of the emergency services is never refused for load, rings on, keeps Priority and is not anonymous (RFC 7090)', async () => {
    const wire = await start({ members: ['sip:a@10.1.0.1', 'sip:b@10.1.0.1'], settings: { maxCalls: 0 } });
    const privacy: [string, string] = ['Privacy', 'id'];
    await wire.call({ fields: [privacy] });
    expect(wire.caller.summary).to.include('503 INVITE');
    await wire.call({ fields: [privacy, ['Priority', 'psap-callback']] });
    expect(wire.invite().first('priority')).to.equal('psap-callback');
    expect(wire.invite().from.uri).to.equal('sip:+37126000009@10.0.0.9');
    await wire.reply(486);
    expect(wire.invite().uri).to.include('sip:b@');
    await wire.reply(486);
    await wire.service.drain(0);
    await wire.call({ fields: [['Priority', 'psap-callback']] });
    const refused = wire.caller.summary.filter((line) => line === '503 INVITE');
    expect(refused, 'while draining, another node serves it').to.have.length(2);
    await wire.expectNothingLeft();
  });

  for (const link of ['direct', 'protocol'] as const) {
    it(`without the service the SIP server answers 503 by itself, ${link} (edge case 16)`, async () => {
      const wire = await start({ link });
      if (link === 'protocol') await wire.cut();
      else wire.sip.close();
      await wire.call();
      expect(wire.caller.summary).to.deep.equal(['503 INVITE']);
      await wire.expectNothingLeft();
    });
  }

  it('a REGISTER that binds nothing is a keep-alive: 200 with Allow, 503 while draining (edge case 85)', async () => {
    const wire = await start();
    const register = wire.caller.start('REGISTER', { address: '10.0.0.99', port: 5060 }, { cseq: 7 });
    const ping = register.text.replace(/Contact: .*\r\n/, '');
    wire.caller.send(ping, ENGINE);
    await wire.pass(0);
    expect(wire.caller.response(200, 'REGISTER').first('allow')).to.include('INVITE');
    await wire.service.drain(0);
    wire.caller.send(
      ping.replace(/branch=[^;\r]+/, 'branch=z9hG4bK-later').replace('7 REGISTER', '8 REGISTER'),
      ENGINE,
    );
    await wire.pass(0);
    expect(wire.caller.response(503, 'REGISTER').first('retry-after')).to.equal('5');
  });

  it('a merged INVITE is 482 and one call goes on (RFC 3261 §8.2.2.2)', async () => {
    const wire = await start();
    const invite = await wire.call({ body: SDP });
    wire.caller.send(invite.text.replace(/branch=[^;\r]+/, 'branch=z9hG4bK-other-way'), ENGINE);
    await wire.pass(0);
    expect(wire.caller.summary).to.include('482 INVITE');
    expect(wire.trunk.summary).to.deep.equal(['INVITE']);
    expect(wire.service.active).to.equal(1);
  });
});
