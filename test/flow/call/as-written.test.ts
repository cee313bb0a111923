/** Addresses as people and phones write them: names with quotes, commas and semicolons, and addresses without brackets. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { SipMessage } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { B, CALLER } from '../../unit/call/scripted-server.js';
import { type CallHarness, ENGINE, useCallHarness } from './call-harness.js';

const URI = `<sip:${CALLER}@10.0.0.9>`;

/** A quoted string of RFC 3261 §25.1: qdtext, or a backslash and any ASCII character but CR and LF. */
const quotedString = fc
  .array(
    fc.oneof(
      fc.constantFrom(';tag=front', '" <sip:x@y>;tag=z'.replaceAll('"', '\\"'), ', ', '<', '>', ';', '@', ' ', "'"),
      fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code).replace(/["\\]/g, '\\$&')),
      fc
        .integer({ min: 1, max: 0x7f })
        .filter((code) => code !== 10 && code !== 13)
        .map((code) => `\\${String.fromCharCode(code)}`),
      fc.constantFrom('ā', 'Š', '日', '🙂'),
    ),
    { maxLength: 20 },
  )
  .map((parts) => `"${parts.join('')}"`);

describe('Addresses as they are written, over the engine', () => {
  const start = useCallHarness();

  async function answered(harness: CallHarness, contact: string): Promise<SipMessage> {
    harness.trunk.reply(harness.invite(), 180, { contact });
    await harness.pass(0);
    harness.trunk.reply(harness.invite(), 200, { contact });
    await harness.pass(0);
    return harness.caller.response(200);
  }

  for (const from of [
    `"Desk ;tag=front" ${URI};tag=real`,
    `"Desk, \\"<sip:boss@x>;tag=2\\"" ${URI};x="a;tag=b";tag=real`,
    `"a\\\\" ${URI} ; tag = real ;p`,
    `Desk Two ${URI};tag=real`,
    `sip:${CALLER}@10.0.0.9;tag=real;p="<sip:x@y>;tag=no"`,
  ]) {
    it(`From: ${from}: the phone rings, with the name and without the tag (RFC 3261 §20.10)`, async () => {
      const harness = await start();
      await harness.call({ from });
      const sent = harness.invite();
      expect(sent.from.uri).to.equal(`sip:${CALLER}@10.0.0.9`);
      expect(sent.fromTag).to.not.be.oneOf(['', 'real', 'front', 'no', '2']);
      const name = from.startsWith('sip:') ? '<sip:' : from.slice(0, from.indexOf(URI));
      expect(sent.first('from')?.startsWith(name), sent.first('from')).to.equal(true);
      await answered(harness, '<sip:phone@10.1.0.1>');
      harness.caller.bye(harness.caller.response(200));
      await harness.pass(0);
      expect(harness.records[0]).to.include({ caller: CALLER, released: 'caller' });
      expect(harness.whys).to.deep.equal(['answered', 'not-needed']);
      await harness.expectNothingLeft();
    });
  }

  it('every regular quoted display name survives (RFC 3261 §25.1)', async function () {
    this.timeout(20_000);
    const harness = await start();
    await fc.assert(
      fc.asyncProperty(quotedString, async (name) => {
        // Text on the wire is binary.
        const from = `${Buffer.from(name).toString('latin1')} ${URI};tag=real`;
        const invite = await harness.call({ from });
        const sent = harness.invite();
        expect(sent.first('from')?.replace(/;tag=[^;"]*$/, '')).to.equal(from.replace(/;tag=real$/, ''));
        harness.caller.cancel(invite, ENGINE);
        await harness.pass(40_000);
      }),
      { numRuns: 40 },
    );
  });

  it('localhost in what a peer wrote is not our address, in either direction', async () => {
    const harness = await start();
    const asserted = `<sip:${CALLER}@localhost>`;
    await harness.call({
      from: `"A@localhost" <sip:${CALLER}@localhost>;tag=a`,
      fields: [['P-Asserted-Identity', asserted]],
    });
    expect(harness.invite().first('from')).to.match(/^"A@localhost" <sip:\+37126000009@localhost>;tag=/);
    expect(harness.invite().first('p-asserted-identity')).to.equal(asserted);
    harness.trunk.reply(harness.invite(), 200, { fields: [['P-Asserted-Identity', '<sip:desk@localhost:5070>']] });
    await harness.pass(0);
    const answer = harness.caller.response(200);
    expect(answer.first('p-asserted-identity')).to.equal('<sip:desk@localhost:5070>');
    harness.caller.inDialog('INFO', answer, { fields: [['P-Asserted-Identity', asserted]] });
    await harness.pass(0);
    expect(harness.trunk.request('INFO').first('p-asserted-identity')).to.equal(asserted);
  });

  for (const contact of [
    'sip:phone@10.1.0.1:5060;+sip.instance="<urn:uuid:1>"',
    'sip:phone@10.1.0.1;+sip.instance="<urn:uuid:1>";methods="INVITE, BYE"',
    '"Phone, <desk>" <sip:phone@10.1.0.1:5060>;+sip.instance="<urn:uuid:1>"',
  ]) {
    it(`Contact: ${contact}: the answer counts, ACK and BYE reach it (RFC 3261 §20.10)`, async () => {
      const harness = await start();
      await harness.call();
      harness.caller.bye(await answered(harness, contact));
      await harness.pass(0);
      expect(harness.trunk.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
      expect(harness.trunk.request('ACK').uri).to.match(/^sip:phone@10\.1\.0\.1(:5060)?$/);
      expect(harness.whys).to.deep.equal(['answered', 'not-needed']);
      await harness.expectNothingLeft();
    });

    it(`Contact: ${contact}: a caller's is read, too, and BYE reaches it`, async () => {
      const harness = await start();
      await harness.call({ contact: contact.replaceAll('10.1.0.1', '10.0.0.9') });
      await answered(harness, '<sip:phone@10.1.0.1>');
      harness.trunk.bye(harness.trunk.reply(harness.invite(), 200));
      await harness.pass(0);
      expect(harness.caller.request('BYE').uri).to.match(/^sip:phone@10\.0\.0\.9(:5060)?$/);
    });
  }

  it('Record-Route with a quoted bracket in its parameters: requests go that way (RFC 3261 §12.1.2)', async () => {
    const harness = await start();
    await harness.call();
    const route = '"Edge <1>, \\"" <sip:10.1.0.1;lr>;p="<sip:x@10.9.9.9>"';
    harness.trunk.reply(harness.invite(), 200, { fields: [['Record-Route', route]], contact: '<sip:phone@10.8.8.8>' });
    await harness.pass(0);
    expect(harness.trunk.request('ACK').values('route')).to.deep.equal([route]);
    expect(harness.trunk.request('ACK').uri).to.equal('sip:phone@10.8.8.8');
  });

  it('a response that is malformed ends the attempt, and the next phone rings (RFC 3261 §17.1.3)', async () => {
    const harness = await start();
    await harness.call();
    const first = harness.invite();
    const head = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${first.first(name.toLowerCase())}`);
    const answer = (status: string, ...fields: string[]) =>
      harness.trunk.send(`SIP/2.0 ${status}\r\n${[...head, ...fields].join('\r\n')}\r\n\r\n${SDP}`, ENGINE);
    answer('200 OK', `To: ${first.first('to')};tag=m`, 'Contact: <sip:<', 'Content-Type: application/sdp');
    await harness.pass(0);
    expect(harness.trunk.summary.filter((one) => one !== 'INVITE')).to.deep.equal(['ACK', 'BYE']);
    expect(harness.invite().uri).to.include(B);
    await harness.reply(486);
    expect(harness.whys).to.deep.equal(['failed', 'busy']);
    await harness.expectNothingLeft();
  });
});
