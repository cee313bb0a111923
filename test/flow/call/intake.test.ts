import { expect } from 'chai';
import { SDP } from '../../support/sip-peer.js';
import { PILOT } from '../../unit/call/scripted-server.js';
import { ENGINE, useCallHarness } from './call-harness.js';

const PILOT_URI = `sip:${PILOT}@10.0.0.1`;

describe('What is let in, over the engine', () => {
  const start = useCallHarness();

  it('a new attempt with the same Call-ID after our refusal is a new call, even before the first ACK (edge case 3)', async () => {
    const harness = await start();
    const impatient = harness.peer('10.0.0.8', { user: 'sbc', autoAck: false });
    const first = impatient.invite(ENGINE, { uri: PILOT_URI });
    await harness.pass(0);
    await harness.reply(486);
    await harness.reply(486);
    expect(impatient.summary).to.include('486 INVITE');
    impatient.send(first.text.replace(/branch=[^;\r]+/, 'branch=z9hG4bK-second-route'), ENGINE);
    await harness.pass(0);
    await harness.reply(180);
    await harness.reply(200);
    const answer = impatient.response(200);
    expect(answer.callId).to.equal(impatient.response(486).callId);
    expect(answer.toTag).to.not.equal(impatient.response(486).toTag);
    impatient.acknowledge(answer);
    await harness.pass(0);
    impatient.bye(answer);
    await harness.pass(0);
    expect(harness.records.map(({ status }) => status)).to.deep.equal([486, 200]);
    await harness.expectNothingLeft();
  });

  it('Expires: 0 has expired at once: 487, no phone rings, and its record says so (RFC 3261 §13.3.1)', async () => {
    const harness = await start();
    await harness.call({ fields: [['Expires', '0']] });
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '487 INVITE']);
    expect(harness.trunk.summary).to.deep.equal([]);
    expect(harness.records.map(({ refused, attempts }) => [refused, attempts])).to.deep.equal([['expired', []]]);
    await harness.expectNothingLeft();
  });

  it('Session-Expires and Min-SE of any length: the 200 says a day, and the session timer runs (RFC 4028 §9)', async () => {
    for (const [asked, least] of [
      ['999999999', '90'],
      ['9'.repeat(20), '9'.repeat(20)],
      ['9'.repeat(400), '0'],
    ]) {
      const harness = await start();
      await harness.call({
        fields: [
          ['Supported', 'timer'],
          ['Session-Expires', `${asked};refresher=uas`],
          ['Min-SE', least ?? ''],
        ],
      });
      expect(harness.invite().first('session-expires')).to.equal('86400');
      await harness.reply(200);
      expect(harness.caller.response(200).first('session-expires')).to.equal('86400;refresher=uas');
      await harness.pass(43_200_000);
      expect(harness.caller.summary.at(-1), 'our refresh at half of it').to.equal('INVITE');
      harness.caller.reply(harness.caller.request('INVITE'), 200);
      await harness.pass(0);
      harness.caller.bye(harness.caller.response(200));
      await harness.pass(0);
    }
  });

  it('an unknown option in Require is 420 with Unsupported, and no phone rings (RFC 3261 §8.2.2.3)', async () => {
    const harness = await start();
    await harness.call({ fields: [['Require', 'timer, precondition']] });
    expect(harness.caller.response(420).first('unsupported')).to.equal('precondition');
    expect(harness.trunk.summary).to.deep.equal([]);
    await harness.expectNothingLeft();
  });

  it('no offer and Require: 100rel is 420: no reliable 180 without an offer (RFC 3262 §5)', async () => {
    const harness = await start();
    await harness.call({ body: '', fields: [['Require', '100rel']] });
    expect(harness.caller.response(420).first('unsupported')).to.equal('100rel');
    expect(harness.trunk.summary).to.deep.equal([]);
    await harness.expectNothingLeft();
  });

  it('an INVITE with a To tag that is unknown is 481, and no phone rings (RFC 3261 §12.2.2)', async () => {
    const harness = await start();
    await harness.call({ to: `<${PILOT_URI}>;tag=of-another-life` });
    expect(harness.caller.summary).to.deep.equal(['481 INVITE']);
    expect(harness.trunk.summary).to.deep.equal([]);
  });

  it('a call-back of the emergency services is never refused for load, rings on, keeps Priority and is not anonymous (RFC 7090)', async () => {
    const harness = await start({ members: ['sip:a@10.1.0.1', 'sip:b@10.1.0.1'], settings: { maxCalls: 0 } });
    const privacy: [string, string] = ['Privacy', 'id'];
    await harness.call({ fields: [privacy] });
    expect(harness.caller.summary).to.include('503 INVITE');
    await harness.call({ fields: [privacy, ['Priority', 'psap-callback']] });
    expect(harness.invite().first('priority')).to.equal('psap-callback');
    expect(harness.invite().from.uri).to.equal('sip:+37126000009@10.0.0.9');
    await harness.reply(486);
    expect(harness.invite().uri).to.include('sip:b@');
    await harness.reply(486);
    await harness.service.drain(0);
    await harness.call({ fields: [['Priority', 'psap-callback']] });
    const refused = harness.caller.summary.filter((line) => line === '503 INVITE');
    expect(refused, 'while draining, another node serves it').to.have.length(2);
    await harness.expectNothingLeft();
  });

  for (const link of ['direct', 'protocol'] as const) {
    it(`without the service the SIP server answers 503 by itself, ${link} (edge case 16)`, async () => {
      const harness = await start({ link });
      if (link === 'protocol') await harness.cut();
      else harness.sip.close();
      await harness.call();
      expect(harness.caller.summary).to.deep.equal(['503 INVITE']);
      await harness.expectNothingLeft();
    });
  }

  it('a REGISTER that binds nothing is a keep-alive: 200 with Allow, 503 while draining (edge case 85)', async () => {
    const harness = await start();
    const register = harness.caller.start('REGISTER', { address: '10.0.0.99', port: 5060 }, { cseq: 7 });
    const ping = register.text.replace(/Contact: .*\r\n/, '');
    harness.caller.send(ping, ENGINE);
    await harness.pass(0);
    expect(harness.caller.response(200, 'REGISTER').first('allow')).to.include('INVITE');
    await harness.service.drain(0);
    harness.caller.send(
      ping.replace(/branch=[^;\r]+/, 'branch=z9hG4bK-later').replace('7 REGISTER', '8 REGISTER'),
      ENGINE,
    );
    await harness.pass(0);
    expect(harness.caller.response(503, 'REGISTER').first('retry-after')).to.equal('5');
  });

  it('a merged INVITE is 482 and one call goes on (RFC 3261 §8.2.2.2)', async () => {
    const harness = await start();
    const invite = await harness.call({ body: SDP });
    harness.caller.send(invite.text.replace(/branch=[^;\r]+/, 'branch=z9hG4bK-other-way'), ENGINE);
    await harness.pass(0);
    expect(harness.caller.summary).to.include('482 INVITE');
    expect(harness.trunk.summary).to.deep.equal(['INVITE']);
    expect(harness.service.active).to.equal(1);
  });
});
