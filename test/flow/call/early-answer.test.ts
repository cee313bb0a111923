import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { useWire, type Wire } from './call-harness.js';

const OTHER = SDP.replace('40000', '50000');
const DISPOSED: Field[] = [
  ['Content-Disposition', 'session;handling=required'],
  ['Content-Language', 'lv'],
];
const RELIABLE: Field[] = [
  ['Require', '100rel'],
  ['RSeq', '1'],
];

describe('An answer that came before the 2xx, over the engine', () => {
  const start = useWire();

  async function progress(wire: Wire, toTag: string, body: string, fields: readonly Field[] = []): Promise<void> {
    wire.trunk.reply(wire.invite(), 183, { toTag, body, fields });
    await wire.pass(0);
  }

  async function answer(wire: Wire, toTag: string, body = ''): Promise<void> {
    wire.trunk.reply(wire.invite(), 200, { toTag, body });
    await wire.pass(0);
  }

  const heard = (wire: Wire): string => wire.caller.response(200, 'INVITE').body;

  it('in an unreliable 183: the 200 to the caller has it, with its content headers (RFC 3261 §13.3.1.4)', async () => {
    const wire = await start();
    await wire.call();
    await progress(wire, 'one', SDP, DISPOSED);
    expect(wire.caller.response(180).body).to.equal('');
    await answer(wire, 'one');
    const ok = wire.caller.response(200, 'INVITE');
    expect(ok.body).to.equal(SDP);
    expect(ok.first('content-type')).to.equal('application/sdp');
    expect([ok.first('content-disposition'), ok.first('content-language')]).to.deep.equal(
      DISPOSED.map(([, value]) => value),
    );
    wire.caller.bye(ok);
    await wire.expectNothingLeft();
  });

  it('each fork has its own: the 200 of one never carries the answer of another (RFC 3261 §13.2.1)', async () => {
    for (const [tag, body] of [
      ['one', SDP],
      ['two', OTHER],
      ['three', ''],
    ] as const) {
      const wire = await start();
      await wire.call();
      await progress(wire, 'one', SDP);
      await progress(wire, 'two', OTHER);
      await answer(wire, tag);
      expect(heard(wire), tag).to.equal(body);
      expect(wire.caller.response(200, 'INVITE').has('content-type'), tag).to.equal(body !== '');
      await wire.stop();
    }
  });

  it('a 200 with a description of its own keeps it', async () => {
    const wire = await start();
    await wire.call();
    await progress(wire, 'one', SDP);
    await answer(wire, 'one', OTHER);
    expect(heard(wire)).to.equal(OTHER);
  });

  it('of two previews the first counts (RFC 6337 §3.1.1)', async () => {
    const wire = await start();
    await wire.call();
    await progress(wire, 'one', SDP);
    await progress(wire, 'one', OTHER);
    await answer(wire, 'one');
    expect(heard(wire)).to.equal(SDP);
  });

  it('a description in a reliable 183 is the answer, not the preview before it (RFC 6337 §3.1.1)', async () => {
    const wire = await start();
    await wire.call();
    await progress(wire, 'one', SDP);
    await progress(wire, 'one', OTHER, RELIABLE);
    await answer(wire, 'one');
    expect(heard(wire)).to.equal(OTHER);
  });

  it('a new offer in the early dialog is refused, so the answer stands (RFC 3311 §5.2)', async () => {
    const wire = await start();
    await wire.call();
    const ringing = wire.trunk.reply(wire.invite(), 183, { toTag: 'one', body: SDP, fields: RELIABLE });
    await wire.pass(0);
    wire.trunk.inDialog('UPDATE', ringing, { body: OTHER });
    await wire.pass(0);
    expect(wire.trunk.summary.at(-1)).to.equal('491 UPDATE');
    await answer(wire, 'one');
    expect(heard(wire)).to.equal(SDP);
  });

  it('a delayed offer that came early is in our 200, and its answer in the ACK reaches the member (RFC 3261 §13.2.1)', async () => {
    const wire = await start();
    const patient = wire.peer('10.0.0.8', { user: 'delayed', autoAck: false });
    patient.invite({ address: '10.0.0.1', port: 5060 }, { uri: 'sip:+37167000000@10.0.0.1', body: '' });
    await wire.pass(0);
    await progress(wire, 'one', SDP);
    await answer(wire, 'one');
    expect(patient.response(200).body).to.equal(SDP);
    patient.acknowledge(patient.response(200), { body: OTHER });
    await wire.pass(0);
    expect(wire.trunk.request('ACK').body).to.equal(OTHER);
  });

  it('an answer that crosses our CANCEL has its early description, too (edge case 48)', async () => {
    const wire = await start();
    wire.network.rule({ when: ({ text }) => text.startsWith('CANCEL'), drop: true });
    await wire.call();
    const first = wire.invite();
    await progress(wire, 'one', SDP);
    await wire.pass(20_500);
    wire.trunk.reply(first, 200, { toTag: 'one', body: '' });
    await wire.pass(0);
    expect(heard(wire)).to.equal(SDP);
  });

  it('what the same member described over a trunk that failed is not what it answers over the next', async () => {
    const wire = await start({ trunks: ['10.1.0.1', '10.1.0.2'] });
    const other = wire.peer('10.1.0.2');
    await wire.call();
    await progress(wire, 'one', SDP);
    await wire.reply(503);
    other.reply(other.request('INVITE'), 200, { toTag: 'one', body: '' });
    await wire.pass(0);
    expect(heard(wire)).to.equal('');
  });
});
