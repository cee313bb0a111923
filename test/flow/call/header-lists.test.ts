import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { CALL_SETTINGS } from '../../support/defaults.js';
import { useCallHarness } from './call-harness.js';
import { sides, talkOver } from './talking.js';

describe('Which headers pass between the legs', () => {
  const talk = talkOver(useCallHarness());

  describe('The lists (ringing.headers)', () => {
    const SENT: Field[] = [
      ['User-Agent', 'PBX 1'],
      ['P-Access-Network-Info', '3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=1'],
      ['P-Charging-Vector', 'icid-value=1'],
      ['P-Early-Media', 'supported'],
      ['Remote-Party-ID', '<sip:+37126000009@x>;party=calling'],
      ['X-Correlation', '\xff1'],
      ['P-Preferred-Identity', '<sip:+37126000009@x>'],
      ['X-Trying', 'deliver'],
      ['X-Late-Answer', 'deliver'],
      ['X-Localhost', 'deliver'],
      ['X-Route', '<sip:192.0.2.66;lr>'],
      ['X-Final-Status', '200'],
    ];
    const names = (message: SipMessage): string[] =>
      SENT.map(([name]) => name).filter((name) => message.has(name.toLowerCase()));

    it('by default: what a trunk expects, and no User-Agent, no P-Early-Media and no P-Preferred-Identity', async () => {
      const { harness, answer } = await talk(SENT, SENT);
      const expected = ['P-Access-Network-Info', 'P-Charging-Vector', 'Remote-Party-ID', 'X-Correlation'];
      expect(names(harness.invite())).to.deep.equal(expected);
      expect(harness.invite().first('x-correlation')).to.equal('\xff1');
      expect(names(answer)).to.deep.equal(expected);
    });

    it('an operator chooses, for each direction', async () => {
      const headers = {
        ...CALL_SETTINGS.headers,
        toMember: ['User-Agent', 'P-*'],
        toCaller: [],
        inDialog: ['User-Agent'],
      };
      const talking = await talk(SENT, SENT, { settings: { headers } });
      const { harness, answer } = talking;
      expect(names(harness.invite())).to.deep.equal([
        'User-Agent',
        'P-Access-Network-Info',
        'P-Charging-Vector',
        'P-Early-Media',
      ]);
      expect(names(answer)).to.deep.equal([]);
      expect(answer.first('content-type')).to.equal('application/sdp');
      for (const [from, to, within] of sides(talking)) {
        from.inDialog('INFO', within, { fields: SENT, body: 'x' });
        await harness.pass(50);
        expect(names(to.request('INFO'))).to.deep.equal(['User-Agent']);
        to.reply(to.request('INFO'), 200);
        await harness.pass(50);
      }
    });
  });

  describe('Members outside the trust domain', () => {
    const NUMBER = '37126000009';
    const NAMING: Field[] = [
      ['P-Asserted-Identity', `<tel:+${NUMBER}>`],
      ['P-Preferred-Identity', `<tel:+${NUMBER}>`],
      ['Remote-Party-ID', `<sip:+${NUMBER}@x>;party=calling;privacy=full`],
      ['Call-Info', `<http://x/${NUMBER}.png>;purpose=icon`],
      ['Subject', `from ${NUMBER}`],
      ['Organization', NUMBER],
      ['User-to-User', NUMBER],
      ['In-Reply-To', NUMBER],
      ['Reply-To', `<tel:+${NUMBER}>`],
      ['Geolocation', `<sips:${NUMBER}@x>`],
      ['Alert-Info', `<http://x/${NUMBER}.wav>`],
      ['Diversion', `"+${NUMBER}" <sip:+${NUMBER}@x>;reason=unconditional`],
      ['History-Info', `<tel:+${NUMBER}>;index=1, "${NUMBER}" <sip:+${NUMBER}@x>;index=1.1`],
      ['X-Caller', NUMBER],
      ['P-Access-Network-Info', NUMBER],
    ];
    const outside = { members: ['sip:desk@10.1.0.1'] };

    for (const privacy of ['id', 'user', 'header;id;critical', 'user;id;header']) {
      it(`Privacy: ${privacy}: nothing names the caller, in INVITE, INFO, UPDATE, re-INVITE and BYE (RFC 3325 §7, RFC 3323 §5.3)`, async () => {
        const fields: Field[] = [['Privacy', privacy], ...NAMING];
        const { harness, answer } = await talk(fields, [], outside);
        expect(harness.invite().text).to.not.include(NUMBER);
        expect(harness.invite().first('privacy')).to.equal(privacy);
        for (const method of ['INFO', 'UPDATE', 'INVITE', 'BYE']) {
          // The member's dialog is anonymous whatever a later request says.
          harness.caller.inDialog(method, answer, { fields: NAMING, body: 'v=0' });
          await harness.pass(50);
          expect(harness.trunk.request(method).text, method).to.not.include(NUMBER);
          harness.trunk.reply(harness.trunk.request(method), 200);
          await harness.pass(50);
        }
        await harness.expectNothingLeft();
      });
    }

    it('without Privacy the asserted identity is told, but not what is for trusted networks only', async () => {
      const { harness } = await talk(NAMING, [], outside);
      const invite = harness.invite();
      expect(invite.first('p-asserted-identity')).to.equal(`<tel:+${NUMBER}>`);
      expect(
        ['remote-party-id', 'p-access-network-info', 'p-preferred-identity'].filter((name) => invite.has(name)),
      ).to.deep.equal([]);
    });

    it('what they assert of themselves is not passed on (RFC 3325 §5)', async () => {
      const asserted: Field[] = [
        ['P-Asserted-Identity', '<sip:boss@x>'],
        ['Remote-Party-ID', '<sip:boss@x>'],
        ['P-Charging-Vector', 'icid-value=1'],
        ['X-Desk', '7'],
      ];
      const { harness, answer, sent } = await talk([], asserted, outside);
      expect(answer.first('x-desk')).to.equal('7');
      harness.trunk.inDialog('UPDATE', sent, { fields: asserted, body: 'v=0' });
      await harness.pass(50);
      for (const message of [answer, harness.caller.request('UPDATE')]) {
        expect(asserted.map(([name]) => name).filter((name) => message.has(name.toLowerCase()))).to.deep.equal([
          'X-Desk',
        ]);
      }
    });
  });
});
