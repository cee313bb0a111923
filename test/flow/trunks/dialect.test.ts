import { expect } from 'chai';
import type { TrunkSettings } from '../../../lib/call/trunks/trunk-group.js';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { A, B, PILOT } from '../../unit/call/scripted-server.js';
import { type CallHarness, useCallHarness } from '../call/call-harness.js';
import { KNOWN } from './credentials.js';

const TRUNK = 'sip:10.1.0.1:5060';
const DOMAIN = { fromDomain: 'carrier.example' };
const ALICE = '"Alice" <sip:+37126000009@pbx.example:5070;user=phone>;tag=a';
const ASSERTED: Field = ['P-Asserted-Identity', '"Alice" <sip:+37126000009@pbx.example>, <tel:+37126000009>'];
const PRIVATE: Field = ['Privacy', 'user;id;header'];

describe('An account trunk that wants numbers and identities of its own kind', () => {
  const start = useCallHarness();
  let harness: CallHarness;

  /** The INVITE to the member, over a trunk with these settings. */
  async function invite(
    more: Partial<TrunkSettings>,
    fields: readonly Field[] = [ASSERTED],
    from = ALICE,
    members: readonly string[] = [A],
  ): Promise<SipMessage> {
    harness = await start({ group: [{ uri: TRUNK, ...KNOWN, ...more }], members });
    await harness.call({ from, fields });
    return harness.invite();
  }

  const fromOf = (message: SipMessage): string => (message.first('from') ?? '').replace(/;tag=.*/, '');

  it('fromDomain: From is there, its user and name as they came', async () => {
    const message = await invite(DOMAIN);
    expect(fromOf(message)).to.equal('"Alice" <sip:+37126000009@carrier.example;user=phone>');
    expect(message.first('p-asserted-identity')).to.equal(ASSERTED[1]);
    expect(message.has('p-preferred-identity')).to.equal(false);
    await harness.reply(486);
  });

  for (const [what, from, expected] of [
    ['a tel URI becomes a SIP URI there', '<tel:+371-26000009>;tag=a', '<sip:+37126000009@carrier.example;user=phone>'],
    ['a name stays one', '<sip:alice@10.0.0.9>;tag=a', '<sip:alice@carrier.example>'],
    [
      'nobody stays nobody (RFC 3323 §4.1.1.3)',
      '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a',
      '"Anonymous" <sip:anonymous@anonymous.invalid>',
    ],
  ] as const) {
    it(`fromDomain: ${what}`, async () => {
      expect(fromOf(await invite(DOMAIN, [], from))).to.equal(expected);
      await harness.reply(486);
    });
  }

  for (const [numberFormat, member, caller, pilot, phone] of [
    ['e164', '+37120000001', '+37126000009', '+37167000000', ';user=phone'],
    ['digits', '37120000001', '37126000009', '37167000000', ''],
    ['national', '20000001', '26000009', '67000000', ''],
  ] as const) {
    it(`numberFormat ${numberFormat}: in Request-URI, To, From, P-Asserted-Identity, Diversion and History-Info`, async () => {
      const message = await invite({ numberFormat });
      expect(message.uri).to.equal(`sip:${member}@10.1.0.1:5060${phone}`);
      expect(message.to.uri).to.equal(message.uri);
      expect(fromOf(message)).to.equal(`"Alice" <sip:${caller}@pbx.example:5070${phone}>`);
      expect(message.first('p-asserted-identity')).to.equal(`"Alice" <sip:${caller}@pbx.example>, <tel:+37126000009>`);
      expect(message.first('diversion')).to.include(`<sip:${pilot}@10.0.0.1${phone}>`);
      const history = message.first('history-info') ?? '';
      expect(history).to.include(`<sip:${pilot}@10.0.0.1${phone}>;index=1,`).and.include(`<${message.uri}>;index=1.1`);
      await harness.reply(486);
    });
  }

  it('numberFormat: what the member sends back of it is no forwarding, and a loop is a loop', async () => {
    const message = await invite({ numberFormat: 'national' });
    const sent = ['diversion', 'history-info'].map((name): Field => [name, message.first(name) ?? '']);
    await harness.reply(200, harness.trunk, 'INVITE', sent);
    expect(harness.caller.summary.at(-1)).to.equal('200 INVITE');
    harness.caller.bye(harness.caller.response(200, 'INVITE'));
    await harness.pass(0);
    await harness.call({ fields: sent, callId: 'again', from: '<sip:+37126000008@10.0.0.9>;tag=b' });
    expect(harness.caller.summary.at(-1)).to.equal('482 INVITE');
  });

  for (const [preferredIdentity, expected] of [
    ['caller', '"Alice" <sip:+37126000009@pbx.example>'],
    ['pilot', `<sip:${PILOT}@carrier.example;user=phone>`],
    ['account', '<sip:office@carrier.example>'],
  ] as const) {
    it(`preferredIdentity ${preferredIdentity}: P-Preferred-Identity, and nothing asserted (RFC 3325 §9.2)`, async () => {
      const fields: Field[] = [ASSERTED, ['Remote-Party-ID', '<sip:+37126000009@x>']];
      const message = await invite({ preferredIdentity, ...DOMAIN }, fields);
      expect(message.first('p-preferred-identity')).to.equal(expected);
      expect([message.has('p-asserted-identity'), message.has('remote-party-id')]).to.deep.equal([false, false]);
      await harness.reply(486);
    });
  }

  it('preferredIdentity caller without an asserted one is who From says', async () => {
    const message = await invite({ preferredIdentity: 'caller', numberFormat: 'national' }, []);
    expect(message.first('p-preferred-identity')).to.equal('<sip:26000009@pbx.example:5070>');
    await harness.reply(486);
  });

  it('preferredIdentity: nothing is asserted within the call either', async () => {
    await invite({ preferredIdentity: 'account' });
    await harness.reply(200);
    harness.caller.inDialog('INVITE', harness.caller.response(200, 'INVITE'), {
      body: SDP.replace('1 1', '1 2'),
      fields: [ASSERTED],
    });
    await harness.pass(0);
    expect(harness.invite().cseq.method).to.equal('INVITE');
    expect(harness.invite().toTag).to.not.equal('');
    expect(harness.invite().has('p-asserted-identity')).to.equal(false);
    await harness.reply(200);
    harness.caller.bye(harness.caller.response(200, 'INVITE'));
    await harness.pass(0);
  });

  it('trusted: false: an anonymous caller is nobody there, and what the network tells itself stays in it (RFC 3325 §5)', async () => {
    const fields: Field[] = [ASSERTED, PRIVATE, ['P-Charging-Vector', 'icid-value=1'], ['Subject', 'x']];
    const message = await invite({ trusted: false, preferredIdentity: 'caller', ...DOMAIN }, fields);
    expect(fromOf(message)).to.equal('"Anonymous" <sip:anonymous@anonymous.invalid>');
    expect(message.text).to.not.include('26000009').and.not.include('Alice');
    for (const name of ['p-charging-vector', 'p-preferred-identity', 'subject']) {
      expect(message.has(name), name).to.equal(false);
    }
    await harness.reply(486);
  });

  it('trusted, the carrier learns who it is, and that nobody else shall (RFC 3325 §7)', async () => {
    const message = await invite({ preferredIdentity: 'caller' }, [ASSERTED, PRIVATE]);
    expect(message.first('p-preferred-identity')).to.include('+37126000009');
    expect(message.first('privacy')).to.equal(PRIVATE[1]);
    await harness.reply(486);
  });

  it('two trunks: each has its own', async () => {
    harness = await start({
      group: [
        { uri: TRUNK, numberFormat: 'national' },
        { uri: 'sip:10.1.0.2:5060', priority: 2 },
      ],
      members: [A, B],
    });
    const other = harness.peer('10.1.0.2');
    await harness.call({ from: ALICE });
    await harness.reply(503);
    expect(harness.invite().uri).to.include('sip:20000001@');
    expect(harness.invite(other).uri).to.include(`sip:${A}@`);
    expect(fromOf(harness.invite(other))).to.include('+37126000009');
    await harness.reply(486, other);
    await harness.reply(486, other);
  });
});
