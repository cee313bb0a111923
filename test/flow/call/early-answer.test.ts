import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { type CallHarness, useCallHarness } from './call-harness.js';

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
  const start = useCallHarness();

  async function progress(
    harness: CallHarness,
    toTag: string,
    body: string,
    fields: readonly Field[] = [],
  ): Promise<void> {
    harness.trunk.reply(harness.invite(), 183, { toTag, body, fields });
    await harness.pass(0);
  }

  async function answer(harness: CallHarness, toTag: string, body = ''): Promise<void> {
    harness.trunk.reply(harness.invite(), 200, { toTag, body });
    await harness.pass(0);
  }

  const heard = (harness: CallHarness): string => harness.caller.response(200, 'INVITE').body;

  it('in an unreliable 183: the 200 to the caller has it, with its content headers (RFC 3261 §13.3.1.4)', async () => {
    const harness = await start();
    await harness.call();
    await progress(harness, 'one', SDP, DISPOSED);
    expect(harness.caller.response(180).body).to.equal('');
    await answer(harness, 'one');
    const ok = harness.caller.response(200, 'INVITE');
    expect(ok.body).to.equal(SDP);
    expect(ok.first('content-type')).to.equal('application/sdp');
    expect([ok.first('content-disposition'), ok.first('content-language')]).to.deep.equal(
      DISPOSED.map(([, value]) => value),
    );
    harness.caller.bye(ok);
    await harness.expectNothingLeft();
  });

  it('each fork has its own: the 200 of one never carries the answer of another (RFC 3261 §13.2.1)', async () => {
    for (const [tag, body] of [
      ['one', SDP],
      ['two', OTHER],
      ['three', ''],
    ] as const) {
      const harness = await start();
      await harness.call();
      await progress(harness, 'one', SDP);
      await progress(harness, 'two', OTHER);
      await answer(harness, tag);
      expect(heard(harness), tag).to.equal(body);
      expect(harness.caller.response(200, 'INVITE').has('content-type'), tag).to.equal(body !== '');
      await harness.stop();
    }
  });

  it('a 200 with a description of its own keeps it', async () => {
    const harness = await start();
    await harness.call();
    await progress(harness, 'one', SDP);
    await answer(harness, 'one', OTHER);
    expect(heard(harness)).to.equal(OTHER);
  });

  it('of two previews the first counts (RFC 6337 §3.1.1)', async () => {
    const harness = await start();
    await harness.call();
    await progress(harness, 'one', SDP);
    await progress(harness, 'one', OTHER);
    await answer(harness, 'one');
    expect(heard(harness)).to.equal(SDP);
  });

  it('a description in a reliable 183 is the answer, not the preview before it (RFC 6337 §3.1.1)', async () => {
    const harness = await start();
    await harness.call();
    await progress(harness, 'one', SDP);
    await progress(harness, 'one', OTHER, RELIABLE);
    await answer(harness, 'one');
    expect(heard(harness)).to.equal(OTHER);
  });

  it('a new offer in the early dialog is refused, so the answer stands (RFC 3311 §5.2)', async () => {
    const harness = await start();
    await harness.call();
    const ringing = harness.trunk.reply(harness.invite(), 183, { toTag: 'one', body: SDP, fields: RELIABLE });
    await harness.pass(0);
    harness.trunk.inDialog('UPDATE', ringing, { body: OTHER });
    await harness.pass(0);
    expect(harness.trunk.summary.at(-1)).to.equal('491 UPDATE');
    await answer(harness, 'one');
    expect(heard(harness)).to.equal(SDP);
  });

  it('a delayed offer that came early is in our 200, and its answer in the ACK reaches the member (RFC 3261 §13.2.1)', async () => {
    const harness = await start();
    const patient = harness.peer('10.0.0.8', { user: 'delayed', autoAck: false });
    patient.invite({ address: '10.0.0.1', port: 5060 }, { uri: 'sip:+37167000000@10.0.0.1', body: '' });
    await harness.pass(0);
    await progress(harness, 'one', SDP);
    await answer(harness, 'one');
    expect(patient.response(200).body).to.equal(SDP);
    patient.acknowledge(patient.response(200), { body: OTHER });
    await harness.pass(0);
    expect(harness.trunk.request('ACK').body).to.equal(OTHER);
  });

  it('an answer that crosses our CANCEL has its early description, too (edge case 48)', async () => {
    const harness = await start();
    harness.network.rule({ when: ({ text }) => text.startsWith('CANCEL'), drop: true });
    await harness.call();
    const first = harness.invite();
    await progress(harness, 'one', SDP);
    await harness.pass(20_500);
    harness.trunk.reply(first, 200, { toTag: 'one', body: '' });
    await harness.pass(0);
    expect(heard(harness)).to.equal(SDP);
  });

  it('what the same member described over a trunk that failed is not what it answers over the next', async () => {
    const harness = await start({ trunks: ['10.1.0.1', '10.1.0.2'] });
    const other = harness.peer('10.1.0.2');
    await harness.call();
    // Behind an 18x the 503 would end the attempt.
    harness.trunk.reply(harness.invite(), 199, { toTag: 'one', body: SDP });
    await harness.pass(0);
    await harness.reply(503);
    other.reply(other.request('INVITE'), 200, { toTag: 'one', body: '' });
    await harness.pass(0);
    expect(heard(harness)).to.equal('');
  });
});
