import { expect } from 'chai';
import fc from 'fast-check';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { SDP } from '../../support/sip-peer.js';
import { type CallHarness, ENGINE, useCallHarness } from './call-harness.js';

/** Every octet there is, with what would end a head or a C string, and what JavaScript takes for white space. */
const ISUP = `${String.fromCharCode(...Array(256).keys())}\r\n\r\n\0\0\xa0\x85\r\n--\xff\xfe`;
const TYPE: Field = ['Content-Type', 'multipart/mixed;boundary=x'];
const MULTIPART = [
  '--x\r\nContent-Type: application/sdp\r\n',
  SDP,
  '--x\r\nContent-Type: application/ISUP;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n',
  ISUP,
  '--x--\r\n',
].join('\r\n');
const INFO_TYPE: Field = ['Content-Type', 'application/ISUP;version=itu-t92+'];
/** Old charsets, and UTF-8 that ends with the octet 0xA0. */
const SUBJECT = '\xe0\xe7 \xff\xfe J\xc4\x81nis voil\xc3\xa0';

const binary = fc.uint8Array({ minLength: 1, maxLength: 600 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
/** TEXT-UTF8-TRIM of RFC 3261 §25.1, and beyond it what old systems send: no controls, no white space at the ends. */
const headerText = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((bytes) => [...bytes].filter((code) => code >= 32 && code !== 127))
  .map((codes) => `x${String.fromCharCode(...codes)}`.replace(/[ \t]+$/, ''));

for (const link of ['direct', 'protocol'] as const) {
  describe(`Octets from leg to leg, ${link}`, () => {
    const start = useCallHarness();

    async function answered(harness: CallHarness): Promise<{ answer: SipMessage; sent: SipMessage }> {
      await harness.call({ body: MULTIPART, fields: [TYPE, ['Subject', SUBJECT]] });
      const sent = harness.trunk.reply(harness.invite(), 200, {
        body: MULTIPART,
        fields: [TYPE, ['Organization', SUBJECT]],
      });
      await harness.pass(0);
      return { sent, answer: harness.caller.response(200, 'INVITE') };
    }

    it('INVITE and 200 with a binary ISUP part: every octet of body and headers arrives (RFC 3204 §3, RFC 3261 §7.4)', async () => {
      const harness = await start({ link });
      const { answer } = await answered(harness);
      expect(harness.invite().body).to.equal(MULTIPART);
      expect(harness.invite().first('content-length')).to.equal(String(MULTIPART.length));
      expect(harness.invite().first('content-type')).to.equal(TYPE[1]);
      expect(harness.invite().first('subject')).to.equal(SUBJECT);
      expect(answer.body).to.equal(MULTIPART);
      expect(answer.first('organization')).to.equal(SUBJECT);
      harness.caller.bye(answer);
      await harness.expectNothingLeft();
    });

    it('a body without Content-Length, and a compact content coding, pass whole (RFC 3261 §7.3.3, §18.3)', async () => {
      const harness = await start({ link });
      const invite = harness.caller.invite(ENGINE, {
        uri: 'sip:+37167000000@10.0.0.1',
        body: MULTIPART,
        fields: [TYPE, ['e', 'gzip']],
      });
      harness.caller.cancel(invite, ENGINE);
      await harness.pass(0);
      const text = invite.text.replace(/Content-Length: \d+\r\n/, '').replaceAll(invite.via.branch, 'z9hG4bK-other');
      harness.caller.send(text.replaceAll(invite.callId, 'without-length'), ENGINE);
      await harness.pass(0);
      expect(harness.invite().callId).to.not.equal('');
      expect(harness.invite().body).to.equal(MULTIPART);
      expect(harness.invite().first('content-encoding')).to.equal('gzip');
    });

    it('the answer to a delayed offer, in ACK (RFC 3261 §13.2.1)', async () => {
      const harness = await start({ link });
      const caller = harness.peer('10.0.0.8', { user: '+37126000008', autoAck: false });
      caller.invite(ENGINE, { uri: 'sip:+37167000000@10.0.0.1', body: '' });
      await harness.pass(0);
      harness.trunk.reply(harness.invite(), 200, { body: MULTIPART, fields: [TYPE] });
      await harness.pass(0);
      caller.acknowledge(caller.response(200), { body: MULTIPART, fields: [TYPE] });
      await harness.pass(0);
      expect(harness.trunk.request('ACK').body).to.equal(MULTIPART);
      expect(harness.trunk.request('ACK').first('content-type')).to.equal(TYPE[1]);
    });

    for (const method of ['INFO', 'MESSAGE', 'UPDATE', 'INVITE']) {
      it(`${method} in the dialog and its response, both ways: every octet of any body and header`, async () => {
        const harness = await start({ link });
        const { answer, sent } = await answered(harness);
        const pass = async (
          from: SipPeer,
          to: SipPeer,
          within: SipMessage,
          body: string,
          text: string,
        ): Promise<void> => {
          const fields: Field[] = [method === 'INFO' ? INFO_TYPE : TYPE, ['Subject', text]];
          from.inDialog(method, within, { body, fields });
          await harness.pass(0);
          const request = to.request(method);
          expect([request.body, request.first('subject')]).to.deep.equal([body, text]);
          to.reply(request, 200, { body: `${body}!`, fields: [TYPE, ['Organization', text]] });
          await harness.pass(0);
          const reply = from.response(200, method);
          expect([reply.body, reply.first('organization')]).to.deep.equal([`${body}!`, text]);
          expect(reply.first('content-type')).to.equal(TYPE[1]);
        };
        await pass(harness.caller, harness.trunk, answer, ISUP, SUBJECT);
        await pass(harness.trunk, harness.caller, sent, ISUP, SUBJECT);
        await fc.assert(
          fc.asyncProperty(binary, headerText, async (body, text) => {
            await pass(harness.caller, harness.trunk, answer, body, text);
            await pass(harness.trunk, harness.caller, sent, body, text);
          }),
          { numRuns: 20 },
        );
        harness.caller.bye(answer);
        await harness.expectNothingLeft();
      });
    }

    it("a caller's name in an old charset reaches the member, his user part the record, readable", async () => {
      const harness = await start({ link });
      await harness.call({ from: '"J\xe2nis \xa0" <sip:j\xc4\x81nis@10.0.0.9>;tag=a' });
      expect(harness.invite().first('from')).to.match(/^"J\xe2nis \xa0" <sip:j\xc4\x81nis@10\.0\.0\.9>/);
      await harness.reply(486);
      await harness.reply(486);
      expect(harness.records[0]?.caller).to.equal('jānis');
    });

    it('a member whose SIP URI is not ASCII is called by the octets of its UTF-8', async () => {
      const harness = await start({ link, members: ['sip:jānis@10.1.0.1'] });
      await harness.call();
      expect(harness.invite().uri).to.equal('sip:j\xc4\x81nis@10.1.0.1');
      expect(harness.invite().first('history-info')).to.include('sip:j\xc4\x81nis@10.1.0.1');
    });
  });
}
