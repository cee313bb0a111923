import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { B, PILOT } from '../../unit/call/scripted-server.js';
import { useCallHarness } from './call-harness.js';

const PASSPORT = 'eyJhbGciOiJFUzI1NiJ9.eyJvcmlnIjp7fX0.c2ln;info=<https://cert.example/a,b.pem>;alg=ES256;ppt=shaken';

describe('Who is calling, over the engine', () => {
  const start = useCallHarness();

  it('the member sees the caller, the pilot and why it rings; a signed Identity is untouched (RFC 5806, RFC 7044, RFC 8224)', async () => {
    const harness = await start();
    await harness.call({
      from: '"Alice, A." <sip:+37126000009@10.0.0.9>;tag=a',
      fields: [
        ['P-Asserted-Identity', '<sip:+37126000009@carrier.example>'],
        ['Identity', PASSPORT],
      ],
    });
    await harness.reply(486);
    const invite = harness.invite();
    expect(invite.first('from')).to.match(/^"Alice, A\." <sip:\+37126000009@10\.0\.0\.9>;tag=(?!a$)/);
    expect(invite.first('p-asserted-identity')).to.equal('<sip:+37126000009@carrier.example>');
    expect(invite.first('identity')).to.equal(PASSPORT);
    expect(invite.first('diversion')).to.match(
      new RegExp(`^<sip:\\${PILOT}@10\\.0\\.0\\.1;user=phone>;reason=user-busy;counter=1`),
    );
    expect(invite.values('history-info').map((entry) => /index=[\d.]+(;mp=1)?/.exec(entry)?.[0])).to.deep.equal([
      'index=1',
      'index=1.1;mp=1',
      'index=1.2;mp=1',
    ]);
    expect(invite.values('history-info')[1]).to.include('Reason=SIP%3Bcause%3D486');
    expect(invite.uri).to.include(B);
  });

  it("the member's network is asked for no voicemail and no fork (RFC 3841 §9)", async () => {
    const harness = await start();
    await harness.call({ fields: [['Request-Disposition', 'no-cancel']] });
    expect(harness.invite().first('reject-contact')).to.equal('*;actor="msg-taker"');
    expect(harness.invite().first('request-disposition')).to.equal('no-cancel, no-fork');
  });

  it("the caller's own wish about forking is not contradicted, and nothing is asked where that is switched off", async () => {
    const harness = await start();
    await harness.call({ fields: [['Request-Disposition', 'fork']] });
    expect(harness.invite().first('request-disposition')).to.equal('fork');
    const plain = await start({ settings: { askForNoVoicemail: false } });
    await plain.call();
    expect([plain.invite().has('request-disposition'), plain.invite().has('reject-contact')]).to.deep.equal([
      false,
      false,
    ]);
  });

  it('a number that is asserted second, as tel behind sip, is the own number too (RFC 3325 §9.1)', async () => {
    const harness = await start({ members: ['+37126000007', B] });
    await harness.call({ fields: [['P-Asserted-Identity', '<sip:alice@pbx.example>, <tel:+37126000007>']] });
    expect(harness.invite().uri).to.include(B);
    await harness.reply(486);
    expect(harness.whys).to.deep.equal(['own-number', 'busy']);
    expect(harness.records[0]?.caller).to.equal('+37126000007');
  });

  it('two numbers are asserted: both are the own ones, in whatever field', async () => {
    const harness = await start({ members: ['+37126000007', '+37126000008', B] });
    await harness.call({
      fields: [
        ['P-Asserted-Identity', '<sip:+37126000008@pbx.example;user=phone>'],
        ['P-Asserted-Identity', '<tel:+37126000007>'],
      ],
    });
    await harness.reply(486);
    expect(harness.whys).to.deep.equal(['own-number', 'own-number', 'busy']);
    expect(harness.records[0]?.caller).to.equal('+37126000008');
  });

  it('Privacy: history names the caller, and nobody before him, outside the trust domain (RFC 7044 §10.1.2)', async () => {
    const harness = await start({ members: ['sip:desk@10.1.0.1'] });
    const before = `<sip:+37126000005@x>;index=1, <sip:${PILOT}@x>;index=1.1`;
    await harness.call({
      fields: [
        ['Privacy', 'history'],
        ['History-Info', before],
      ],
    });
    expect(harness.invite().first('from')).to.include('+37126000009');
    expect(harness.invite().values('history-info').slice(0, 2)).to.deep.equal([
      '<sip:anonymous@anonymous.invalid>;index=1',
      `<sip:${PILOT}@x>;index=1.1`,
    ]);
    await harness.reply(486);
  });

  it('an entry that wants to be private is unnamed outside the trust domain, the others are not (RFC 7044, RFC 5806)', async () => {
    const harness = await start({ members: ['sip:desk@10.1.0.1', B] });
    const fields: Field[] = [
      [
        'History-Info',
        '<sip:+37126000005@x?Reason=SIP%3Bcause%3D302&Privacy=history>;index=1, <sip:+37126000006@x>;index=1.1',
      ],
      ['Diversion', '"Boss" <sip:+37126000005@x>;reason=no-answer;privacy=full, <sip:+37126000006@x>;privacy=off'],
    ];
    await harness.call({ fields });
    const outside = harness.invite();
    expect(outside.text).to.not.include('26000005').and.not.include('Boss');
    expect(outside.first('history-info')).to.include(
      '<sip:anonymous@anonymous.invalid>;index=1, <sip:+37126000006@x>;index=1.1, ',
    );
    expect(outside.first('diversion')).to.include(
      ', <sip:anonymous@anonymous.invalid>;reason=no-answer;privacy=full, <sip:+37126000006@x>;privacy=off',
    );
    await harness.reply(486);
    expect(harness.invite().text, 'within it').to.include('+37126000005').and.include('"Boss"');
    await harness.reply(486);
  });

  it('a History-Info entry that names no number, or a contact of the same user, is not somebody else: no loop', async () => {
    for (const other of [
      '<sip:trunk@10.0.0.1>;index=1.1',
      '<sip:112@x>;index=1.1',
      '<sip:+37167999999@10.0.0.1>;index=1.1;rc=1',
    ]) {
      const harness = await start({ members: [B] });
      const history = `<sip:${PILOT}@carrier>;index=1, ${other}, <sip:${PILOT}@10.0.0.1>;index=1.1.1`;
      await harness.call({ fields: [['History-Info', history]] });
      expect(harness.trunk.summary, other).to.deep.equal(['INVITE']);
      await harness.reply(486);
    }
  });

  it('Privacy: id: anonymous outside the trust domain, asserted within it (RFC 3323, RFC 3325 §7)', async () => {
    const harness = await start({ members: ['sip:desk@10.1.0.1', B] });
    await harness.call({
      fields: [
        ['Privacy', 'id'],
        ['P-Asserted-Identity', '<tel:+37126000009>'],
      ],
    });
    const outside = harness.invite();
    expect(outside.from.uri).to.equal('sip:anonymous@anonymous.invalid');
    expect(outside.has('p-asserted-identity')).to.equal(false);
    expect(outside.text).to.not.include('37126000009');
    await harness.reply(486);
    expect(harness.invite().first('p-asserted-identity')).to.equal('<tel:+37126000009>');
    expect(harness.invite().first('privacy')).to.equal('id');
  });
});
