/** A call whose speech goes through the media server. */
import { expect } from 'chai';
import { SDP } from '../../support/sip-peer.js';
import { A } from '../../unit/call/scripted-server.js';
import type { CallHarness } from './call-harness.js';
import { answered, nothingStays, statusesOf, useVoices } from './voices-harness.js';

describe('Speech through the media server', () => {
  const voices = useVoices();

  /** The member refuses to be asked. */
  const through = async (): Promise<CallHarness> => {
    const wire = await voices.open({ confirm: true }, [A]);
    await wire.call();
    await answered(wire);
    voices.media.made[0]?.user.onDigit('1');
    await wire.pass(100);
    await wire.reply(488);
    await wire.pass(100);
    expect(statusesOf(wire).at(-1)).to.equal(200);
    expect(voices.media.open).to.equal(2);
    return wire;
  };

  it('a hold is passed on: who accepts it speaks directly, who refuses it stays as he was (RFC 3261 §14.1)', async () => {
    for (const status of [200, 488]) {
      const wire = await through();
      const answer = wire.caller.response(200, 'INVITE');
      wire.caller.inDialog('INVITE', answer, { body: SDP.replace('m=audio', 'a=sendonly\r\nm=audio') });
      await wire.pass(200);
      await wire.reply(status);
      await wire.pass(200);
      expect(statusesOf(wire).filter((one) => one >= 200)).to.deep.equal([200, status]);
      expect(voices.media.open).to.equal(status === 200 ? 0 : 2);
      expect(wire.trunk.summary).to.not.include('BYE');
      await nothingStays(wire, voices.media);
    }
  });

  it('it is lost: both are asked to speak directly, and the call lives on', async () => {
    const wire = await through();
    const before = wire.trunk.summary.filter((one) => one === 'INVITE').length;
    voices.media.made[1]?.vanish();
    await wire.pass(100);
    expect(wire.trunk.summary.filter((one) => one === 'INVITE').length).to.equal(before + 1);
    await wire.reply(200);
    await wire.pass(100);
    wire.caller.reply(wire.caller.request('INVITE'), 200, { body: SDP });
    await wire.pass(100);
    expect(wire.trunk.summary).to.not.include('BYE');
    expect(voices.media.open).to.equal(0);
    await nothingStays(wire, voices.media);
    expect(wire.records[0]?.media).to.equal('direct');
  });

  it('it is lost, and one of them refuses: both legs end, nobody is left in silence', async () => {
    for (const lost of [0, 1]) {
      const wire = await through();
      voices.media.made[lost]?.vanish();
      await wire.pass(100);
      await wire.reply(488);
      await wire.pass(1_000);
      expect(wire.trunk.summary, `endpoint ${lost}`).to.include('BYE');
      expect(wire.caller.summary, `endpoint ${lost}`).to.include('BYE');
      await nothingStays(wire, voices.media);
    }
  });

  it('it is lost behind a waiting sound, where the caller has refused to speak directly: both legs end', async () => {
    for (const lost of [0, 1]) {
      const wire = await voices.open({ waiting: 'tone', confirm: true }, [A]);
      await wire.call();
      await answered(wire);
      voices.media.made[1]?.user.onDigit('1');
      await wire.pass(100);
      await wire.reply(488); // of the member, to the re-INVITE behind the 200
      await wire.pass(100);
      expect(voices.media.made[0]?.bridged).to.equal(voices.media.made[1]);
      expect(voices.media.open).to.equal(2);
      voices.media.made[lost]?.vanish();
      await wire.pass(1_000);
      expect(wire.trunk.summary, `endpoint ${lost}`).to.include('BYE');
      expect(wire.caller.summary, `endpoint ${lost}`).to.include('BYE');
      await nothingStays(wire, voices.media);
    }
  });
});
