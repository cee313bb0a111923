import { expect } from 'chai';
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
