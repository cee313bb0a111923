import { expect } from 'chai';
import type { TrunkSettings } from '../../../lib/call/trunks/trunk-group.js';
import type { GroupVoices } from '../../../lib/store/types.js';
import { ScriptedMedia } from '../../support/scripted-media.js';
import { A, B } from '../../unit/call/scripted-server.js';
import { ScriptedStore } from '../../unit/call/service-harness.js';
import { type CallHarness, ENGINE, useCallHarness } from './call-harness.js';

describe('Voices, on the clock of a test', () => {
  const start = useCallHarness();
  let media: ScriptedMedia;

  const open = (
    voices: GroupVoices,
    members: readonly string[] = [A, B],
    group: readonly Partial<TrunkSettings>[] = [],
  ): Promise<CallHarness> =>
    start({
      members,
      group,
      around: (service) => {
        media = new ScriptedMedia(service.clock);
        return { ...service, media, store: new ScriptedStore(members, { voices }) };
      },
    });
  const statuses = (wire: CallHarness): number[] =>
    wire.caller.received.filter((one) => !one.isRequest && one.cseq.method === 'INVITE').map((one) => one.status);
  /** The member rings and answers: what he hears lasts three seconds. */
  const answered = async (wire: CallHarness): Promise<void> => {
    await wire.pass(100);
    await wire.reply(180);
    await wire.reply(200);
    await wire.pass(100);
  };

  it('the limit of the question is its own: neither the ring time nor the whole call ends by it', async () => {
    const wire = await open({ confirm: true });
    await wire.call();
    await answered(wire);
    await wire.pass(19_000);
    expect(wire.trunk.summary).to.not.include('BYE');
    await wire.pass(1_500);
    expect(wire.trunk.summary).to.include('BYE');
    await answered(wire);
    media.made.at(-1)?.user.onDigit('1');
    await wire.pass(100);
    await wire.reply(200);
    expect(statuses(wire).at(-1)).to.equal(200);
    await wire.expectNothingStays();
    expect(wire.whys).to.deep.equal(['not-confirmed', 'answered']);
    expect(media.open).to.equal(0);
  });

  it('who is asked and accepts has refused other use of the call in his 200: the record says so (X-No-Metadata)', async () => {
    const wire = await start({
      members: [A],
      settings: { refusalHeader: 'x-no-metadata' },
      around: (service) => {
        media = new ScriptedMedia(service.clock);
        return { ...service, media, store: new ScriptedStore([A], { voices: { confirm: true } }) };
      },
    });
    await wire.call();
    await wire.pass(100);
    await wire.reply(180);
    await wire.reply(200, wire.trunk, 'INVITE', [['X-No-Metadata', 'yes']]);
    await wire.pass(100);
    media.made.at(-1)?.user.onDigit('1');
    await wire.pass(100);
    await wire.reply(200);
    await wire.expectNothingStays();
    expect(wire.records[0]?.metadataRefused).to.equal(true);
  });

  it('the question is said after the answer and its description are in force, once for each pause', async () => {
    const wire = await open({ confirm: true }, [A]);
    await wire.call();
    await wire.pass(100);
    await wire.reply(180);
    const [endpoint] = media.made;
    endpoint?.user.onDigit('1'); // before he has answered
    expect(endpoint?.played).to.deep.equal([]);
    await wire.reply(200);
    await wire.pass(100);
    expect(endpoint?.described).to.contain('m=audio 40000');
    expect(endpoint?.played.filter((file) => file.endsWith('press-1.wav')).length).to.equal(1);
    await wire.pass(5_100);
    expect(endpoint?.played.filter((file) => file.endsWith('press-1.wav')).length).to.equal(2);
    await wire.pass(20_000);
    await wire.expectNothingStays();
    expect(wire.whys).to.deep.equal(['not-confirmed']);
  });

  it('every moment of the question at which the caller leaves: BYE, no further INVITE, no endpoint left', async () => {
    for (let moment = 0; moment < 60; moment += 2) {
      const wire = await open({ confirm: true, waiting: 'tone', farewell: 'standard' });
      const invite = await wire.call();
      await wire.pass(Math.min(moment, 25));
      if (wire.trunk.received.some((one) => one.method === 'INVITE')) {
        await wire.reply(180);
        await wire.reply(200);
        await wire.pass(Math.max(0, moment - 25));
      }
      wire.caller.cancel(invite, ENGINE);
      await wire.pass(1_000);
      expect(wire.records[0]?.status, `after ${moment} ms`).to.equal(487);
      expect(wire.trunk.received.filter((one) => one.method === 'INVITE').length).to.be.at.most(1);
      await wire.expectNothingStays();
      expect(media.open, `after ${moment} ms`).to.equal(0);
    }
  }).timeout(30_000);

  it('a long wait: the 183 again each minute, with the same description (RFC 3261 §13.3.1.1)', async () => {
    const wire = await open({ waiting: 'tone' }, [A, B, A, B, A]);
    await wire.call();
    for (let member = 0; member < 5; member++) {
      await wire.pass(100);
      await wire.reply(180);
      await wire.pass(20_000);
    }
    const told = wire.caller.received.filter((one) => one.status === 183);
    expect(told.length).to.be.at.least(2);
    expect(new Set(told.map(({ body }) => body)).size).to.equal(1);
    expect(told[0]?.first('content-type')).to.equal('application/sdp');
    await wire.expectNothingStays();
    expect(media.open).to.equal(0);
  });

  it('the tone ends by itself when callers wait no more: a process that is killed leaves nothing that plays for ever', async () => {
    const wire = await open({ waiting: 'tone' }, [A]);
    await wire.call();
    await wire.pass(100);
    const [, on, off, loops] = /%\((\d+),(\d+),425\);loops=(\d+)$/.exec(media.made[0]?.played[0] ?? '') ?? [];
    const lasts = (Number(on) + Number(off)) * Number(loops);
    expect(lasts).to.be.within(300_000, 305_000);
    await wire.reply(180);
    await wire.expectNothingStays();
  });

  it('a caller who insists on 100rel gets the description reliably (RFC 3262 §3)', async () => {
    const wire = await open({ waiting: 'tone' }, [A]);
    await wire.call({ fields: [['Require', '100rel']] });
    await wire.pass(100);
    const told = wire.caller.received.find((one) => one.status === 183);
    expect(told?.first('require')).to.equal('100rel');
    expect(told?.body).to.contain('m=audio');
    await wire.expectNothingStays();
    expect(media.open).to.equal(0);
  });

  describe('P-Early-Media', () => {
    const TONE = { waiting: 'tone' };
    const TRUNKS = [{ uri: 'sip:10.1.0.1:5060' }, { uri: 'sip:10.0.0.9:5060', priority: 2, pEarlyMedia: true }];
    /** Each status with its header, as often as that is told. */
    const asked = (wire: CallHarness): string[] => [
      ...new Set(
        wire.caller.received
          .filter((one) => !one.isRequest && one.cseq.method === 'INVITE' && one.status > 100)
          .map((one) => `${one.status} ${one.first('p-early-media') ?? '–'}`),
      ),
    ];

    it('of a trunk that wants it: our 183 asks for what we send alone, each time that it is told, and no final response (RFC 5009 §8)', async () => {
      const wire = await open({ waiting: 'tone', farewell: 'standard' }, [A], TRUNKS);
      await wire.call({ fields: [['P-Early-Media', 'supported']] });
      await wire.pass(100);
      await wire.reply(180);
      await wire.pass(70_000);
      expect(asked(wire)).to.deep.equal(['183 sendonly', '480 –']);
      await wire.expectNothingStays();
    });

    it('a media server that dies takes it back: the 180 says inactive, so the network’s own ringback is heard', async () => {
      const wire = await open({ waiting: 'tone' }, [A], TRUNKS);
      await wire.call();
      await wire.pass(100);
      await wire.reply(180);
      media.made[0]?.vanish();
      await wire.pass(100);
      expect(asked(wire)).to.deep.equal(['183 sendonly', '180 inactive']);
      await wire.expectNothingStays();
    });

    it('of a caller who hears nothing of us, and of a trunk that did not ask for it, there is none', async () => {
      for (const [voices, trunks] of [
        [{ confirm: true }, TRUNKS],
        [TONE, [{ uri: 'sip:10.1.0.1:5060' }, { uri: 'sip:10.0.0.9:5060', priority: 2 }]],
      ] as const) {
        const wire = await open(voices, [A], trunks);
        await wire.call({ fields: [['P-Early-Media', 'supported']] });
        await wire.pass(100);
        await wire.reply(180);
        await wire.pass(100);
        expect(asked(wire)).to.deep.equal([voices === TONE ? '183 –' : '180 –']);
        await wire.expectNothingStays();
      }
    });
  });

  it('a fault of ours in the question ends the call and its endpoints, and nothing else', async () => {
    const wire = await open({ confirm: true }, [A]);
    await wire.call();
    await answered(wire);
    const [endpoint] = media.made;
    Object.defineProperty(endpoint, 'silence', {
      value: () => {
        throw new Error('a fault');
      },
    });
    endpoint?.user.onDigit('1');
    await wire.pass(1_000);
    expect(wire.records[0]?.status).to.equal(500);
    expect(wire.trunk.summary).to.include('BYE');
    expect(endpoint?.isOver).to.equal(true);
    await wire.expectNothingLeft();
  });
});
