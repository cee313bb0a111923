import { expect } from 'chai';
import type { SipMessage } from '../../../lib/sip/message.js';
import { A, B, PILOT } from '../../unit/call/scripted-server.js';
import { ENGINE, useCallHarness } from './call-harness.js';

const OTHER = '+37129999999';
/** What a carrier keeps of the entries that describe a call, when it brings it back to us. */
const kept = (invite: SipMessage) =>
  ['Diversion', 'History-Info'].flatMap((name) =>
    invite.all(name.toLowerCase()).map((value) => [name, value] as const),
  );

describe('Calls that were diverted, over the engine', () => {
  const start = useCallHarness();

  for (const [what, uri, to] of [
    ['E.164', `sip:${PILOT}@voice.operator.example`, undefined],
    ['the national form', 'sip:67000000@voice.operator.example:5070;user=phone', undefined],
    ['00', 'sip:0037167000000@voice.operator.example', undefined],
    ['tel', `tel:${PILOT}`, '<sip:67000000@voice.operator.example>'],
    ['an address', 'sip:67000000@10.0.0.1:5060', '"Office, main" <sip:67000000@voice.operator.example;x=1>'],
  ] as const) {
    it(`dialled as ${what}: Diversion and History-Info name the pilot in E.164 at the dialled domain`, async () => {
      const harness = await start();
      await harness.call({ uri, ...(to && { to }) });
      const sent = harness.invite();
      const pilot = `<sip:${PILOT}@voice.operator.example;user=phone>`;
      expect(sent.first('diversion')?.startsWith(`${pilot};reason=unconditional;counter=1`)).to.equal(true);
      expect(sent.values('history-info')[0]).to.equal(`${pilot};index=1`);
    });
  }

  it('at the configured domain, whatever was dialled', async () => {
    const harness = await start({ settings: { domain: 'carrier.example' } });
    await harness.call({ uri: 'sip:67000000@voice.operator.example' });
    expect(harness.invite().first('diversion')).to.match(/^<sip:\+37167000000@carrier\.example;user=phone>;/);
    expect(harness.invite().values('history-info')[0]).to.equal(`<sip:${PILOT}@carrier.example;user=phone>;index=1`);
  });

  it('a pilot whose line its carrier forwards to us stands in Diversion once: it rings (RFC 5806 §6.1)', async () => {
    const harness = await start();
    const theirs = `<sip:${PILOT}@carrier.example>;reason=unconditional;counter=1`;
    await harness.call({
      fields: [
        ['Diversion', theirs],
        ['History-Info', `<sip:${PILOT}@carrier.example>;index=1,<sip:67000000@10.0.0.1>;index=1.1;mp=1`],
      ],
    });
    expect(harness.invite().values('diversion')).to.have.length(2).and.to.include(theirs);
    expect(harness.invite().values('history-info').at(-1)).to.match(/;index=1\.1\.1;mp=1\.1;virkne$/);
    await harness.reply(200);
    expect(harness.caller.response(200).status).to.equal(200);
  });

  it('what we sent to a member comes back to its pilot: 482 (edge case 5)', async () => {
    const harness = await start();
    await harness.call();
    for (const fields of kept(harness.invite())) {
      harness.trunk.invite(ENGINE, { uri: `sip:${PILOT}@10.0.0.1`, fields: [fields] });
      await harness.pass(0);
      expect(harness.trunk.response(482).status, fields[0]).to.equal(482);
    }
    // The member's number is somebody else's pilot, and that is no loop.
    harness.trunk.invite(ENGINE, { uri: `sip:${A}@10.0.0.1`, fields: kept(harness.invite()) });
    await harness.pass(0);
    expect(harness.trunk.request('INVITE').uri, 'of its group A itself is not rung').to.include(B);
    expect(harness.trunk.received.filter(({ method }) => method === 'INVITE')).to.have.length(2);
  });

  /** Group A has pilot B among its members, whose group has pilot A: each INVITE that the trunk gets comes back to us. */
  async function chained(keep: (name: string, value: string) => string): Promise<number> {
    const harness = await start({ members: [B, `sip:${PILOT}@10.1.0.1`] });
    harness.trunk.on('INVITE', (invite) => {
      harness.trunk.reply(invite, 100);
      const fields = kept(invite).map(([name, value]) => [name, keep(name, value)] as const);
      const uri = `sip:${invite.uri.includes(B) ? B : PILOT}@10.0.0.1`;
      harness.trunk.invite(ENGINE, { uri, fields: fields.filter(([, value]) => value !== '') });
    });
    await harness.call();
    await harness.pass(100);
    expect(harness.trunk.response(482).status).to.equal(482);
    return harness.trunk.received.filter(({ method }) => method === 'INVITE').length;
  }

  it('a member that is the pilot of another group is rung through it; back again is 482', async () => {
    expect(await chained((_name, value) => value)).to.equal(2);
  });

  it('also where a carrier takes our marks away: History-Info shows the return (RFC 7044)', async () => {
    expect(await chained((_name, value) => value.replaceAll(';virkne', ''))).to.equal(2);
  });

  it('also where it leaves nothing but Diversion without our marks: one round later', async () => {
    const bare = (name: string, value: string) => (name === 'Diversion' ? value.replaceAll(';virkne', '') : '');
    expect(await chained(bare)).to.equal(4);
  });

  for (const [what, status, fields, whys] of [
    [
      'another target with its cause',
      180,
      [['History-Info', `<sip:${OTHER}@x;cause=302>;index=1.1.1;mp=1.1`]],
      'forwarded',
    ],
    ['a Diversion of the member', 180, [['Diversion', `<sip:${A}@x>;reason=no-answer`]], 'forwarded'],
    [
      'another target with its cause',
      200,
      [['History-Info', `<tel:${OTHER};cause=302>;index=1.1.1;mp=1.1`]],
      'forwarded',
    ],
    ['our own entries, written otherwise', 200, [['History-Info', '<tel:+371-67-000-000>;index=1;mp=1']], 'answered'],
    ['the registered contact', 180, [['History-Info', '<sip:x@10.9.9.9>;index=1.1.1;rc=1.1']], 'answered'],
    ["the PBX's main number", 200, [['P-Asserted-Identity', '<sip:67111111@pbx.example>']], 'answered'],
  ] as const) {
    it(`${what} in a ${status}: ${whys}`, async () => {
      const harness = await start();
      await harness.call();
      harness.trunk.reply(harness.invite(), status, { fields });
      await harness.pass(0);
      if (whys === 'answered' && status < 200) await harness.reply(200);
      await harness.pass(600);
      expect(harness.invite().uri).to.include(whys === 'forwarded' ? B : A);
      if (whys === 'forwarded') await harness.reply(200);
      harness.caller.bye(harness.caller.response(200));
      await harness.pass(0);
      expect(harness.whys?.[0]).to.equal(whys);
    });
  }
});
