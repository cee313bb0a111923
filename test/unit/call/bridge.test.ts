import { expect } from 'chai';
import { ABILITIES } from '../../../lib/sip-server/abilities.js';
import { immediates } from '../../support/fake-clock.js';
import { A, B, OFFER, type ScriptedRequest } from './scripted-server.js';
import { ServiceHarness } from './service-harness.js';

const CALLER_DIALOG = 'caller-dialog';
const MEMBER_DIALOG = 'member-dialog-1';

async function talking(): Promise<{ harness: ServiceHarness; invite: ScriptedRequest }> {
  const harness = new ServiceHarness({ settings: { sessionIds: false }, members: [A, B] });
  const invite = await harness.call();
  await harness.answered(1);
  return { harness, invite };
}

describe('An answered call: its beginning', () => {
  it("the caller gets the member's SDP and identity with the 200, the member its ACK at once", async () => {
    const harness = new ServiceHarness({ settings: { sessionIds: false } });
    const invite = await harness.call();
    harness
      .leg(1)
      .reply(202, { 'content-type': 'application/sdp', 'p-asserted-identity': `<tel:${A}>`, server: 'x' }, 'v=0');
    await immediates();
    const answer = invite.responses.at(-1);
    expect(answer?.status).to.equal(200);
    expect(answer?.body).to.equal('v=0');
    expect(answer?.headers['p-asserted-identity']).to.equal(`<tel:${A}>`);
    expect(answer?.headers).to.not.have.property('server');
    expect(harness.leg(1).acks).to.have.length(1);
  });

  it('delayed offer: the answer in the ACK of the caller goes into the ACK of the member (RFC 3261 §13.2.1)', async () => {
    const harness = new ServiceHarness({ settings: { sessionIds: false } });
    await harness.call({}, '');
    harness.leg(1).reply(200, { 'content-type': 'application/sdp' }, 'v=0\r\noffer');
    await immediates();
    expect(harness.leg(1).acks).to.deep.equal([]);
    const ack = { headers: { 'content-type': 'application/sdp', via: 'x' }, body: 'v=0\r\nanswer' };
    harness.server.dialogs.get(CALLER_DIALOG)?.onAcknowledge(ack);
    expect(harness.leg(1).acks).to.deep.equal([
      { headers: { 'content-type': 'application/sdp' }, body: 'v=0\r\nanswer' },
    ]);
  });

  it('delayed offer that the caller never answers: ACK before BYE (RFC 3261 §13.2.2.4)', async () => {
    const harness = new ServiceHarness({ settings: { sessionIds: false } });
    await harness.call({}, '');
    harness.leg(1).reply(200, {}, 'v=0');
    await immediates();
    harness.server.dialogs.get(CALLER_DIALOG)?.onReleased('no-ack');
    await immediates();
    expect(harness.leg(1).acks).to.have.length.greaterThan(0);
    expect(harness.server.byes).to.deep.equal([MEMBER_DIALOG]);
  });

  it('a re-INVITE right behind the answer waits until both dialogs stand (drachtio-srf#62)', async () => {
    const harness = new ServiceHarness({ settings: { sessionIds: false } });
    await harness.call();
    harness.leg(1).reply(200);
    const early = harness.server.inDialog(MEMBER_DIALOG, 'INVITE', { 'content-type': 'application/sdp' }, 'v=0');
    await immediates();
    expect(harness.server.reinvites).to.have.length(0);
    harness.server.dialogs.get(CALLER_DIALOG)?.onAcknowledge({ headers: {}, body: '' });
    harness.server.reinvites[0]?.reply(200, {}, 'v=0\r\nnew');
    expect(early.responses).to.deep.equal([{ status: 200, headers: {}, body: 'v=0\r\nnew' }]);
  });

  it('a member who leaves before the ACK: the caller is released after it (RFC 3261 §15; edge case 62)', async () => {
    const harness = new ServiceHarness({ settings: { sessionIds: false } });
    await harness.call();
    harness.leg(1).reply(200);
    await immediates();
    const bye = harness.server.inDialog(MEMBER_DIALOG, 'BYE');
    expect(bye.statuses).to.deep.equal([200]);
    expect(harness.server.byes).to.deep.equal([]);
    harness.server.dialogs.get(CALLER_DIALOG)?.onAcknowledge({ headers: {}, body: '' });
    await immediates();
    expect(harness.server.byes).to.deep.equal([CALLER_DIALOG]);
    expect(harness.record.released).to.equal('callee');
  });

  it('a caller that never sends its ACK: the member is released (edge case 61)', async () => {
    const harness = new ServiceHarness({ settings: { sessionIds: false } });
    await harness.call();
    harness.leg(1).reply(200);
    await immediates();
    harness.server.dialogs.get(CALLER_DIALOG)?.onReleased('no-ack');
    await immediates();
    expect(harness.server.byes).to.deep.equal([MEMBER_DIALOG]);
    expect(harness.record.released).to.equal('system');
    expect(harness.service.active).to.equal(0);
  });
});

describe('An answered call: what passes through', () => {
  it('re-INVITE and its ACK, with bodies, both ways (RFC 3261 §14)', async () => {
    const { harness } = await talking();
    for (const [from, to] of [
      [CALLER_DIALOG, MEMBER_DIALOG],
      [MEMBER_DIALOG, CALLER_DIALOG],
    ] as const) {
      const request = harness.server.inDialog(from, 'INVITE', { 'content-type': 'application/sdp' }, 'v=0\r\nhold');
      const sent = harness.server.reinvites.at(-1);
      expect(sent?.dialog).to.equal(to);
      expect(sent?.sent.body).to.equal('v=0\r\nhold');
      sent?.reply(200, { 'content-type': 'application/sdp' }, 'v=0\r\nheld');
      expect(request.responses.at(-1)).to.include({ status: 200, body: 'v=0\r\nheld' });
      expect(sent?.acks).to.have.length(1);
      harness.server.dialogs.get(from)?.onAcknowledge({ headers: {}, body: '' });
    }
  });

  it('a re-INVITE without offer: the ACK carries the answer', async () => {
    const { harness } = await talking();
    harness.server.inDialog(CALLER_DIALOG, 'INVITE');
    const sent = harness.server.reinvites.at(-1);
    sent?.reply(200, { 'content-type': 'application/sdp' }, 'v=0\r\noffer');
    expect(sent?.acks).to.deep.equal([]);
    const headers = { 'content-type': 'application/sdp' };
    harness.server.dialogs.get(CALLER_DIALOG)?.onAcknowledge({ headers, body: 'v=0\r\nanswer' });
    expect(sent?.acks).to.deep.equal([{ headers, body: 'v=0\r\nanswer' }]);
  });

  it('glare: 491 while another re-INVITE is open (RFC 3261 §14.2)', async () => {
    const { harness } = await talking();
    harness.server.inDialog(CALLER_DIALOG, 'INVITE', {}, 'v=0');
    expect(harness.server.inDialog(MEMBER_DIALOG, 'INVITE', {}, 'v=0').statuses).to.deep.equal([491]);
    harness.server.reinvites[0]?.reply(488);
    harness.server.inDialog(MEMBER_DIALOG, 'INVITE', {}, 'v=0');
    expect(harness.server.reinvites).to.have.length(2);
  });

  it('a CANCEL of a re-INVITE cancels it on the other side', async () => {
    const { harness } = await talking();
    harness.server.inDialog(CALLER_DIALOG, 'INVITE', {}, 'v=0').cancel();
    expect(harness.server.reinvites[0]?.cancelled).to.deep.equal({});
  });

  it('its CANCEL comes in the instant in which its 200 goes out: the other side is put back', async () => {
    const { harness } = await talking();
    const request = harness.server.inDialog(
      CALLER_DIALOG,
      'INVITE',
      { 'content-type': 'application/sdp' },
      'v=0\r\nhold',
    );
    request.fails = true;
    harness.server.reinvites[0]?.reply(200, { 'content-type': 'application/sdp' }, 'v=0\r\nheld');
    await immediates();
    const back = harness.server.reinvites[1];
    expect([back?.dialog, back?.sent.body]).to.deep.equal([MEMBER_DIALOG, OFFER]);
    expect(harness.server.inDialog(CALLER_DIALOG, 'INVITE', {}, 'v=0\r\nhold').statuses).to.deep.equal([491]);
    back?.reply(200, { 'content-type': 'application/sdp' }, 'v=0\r\nanswer');
    harness.server.inDialog(CALLER_DIALOG, 'INVITE', {}, 'v=0\r\nhold');
    expect(harness.server.reinvites).to.have.length(3);
  });

  for (const method of ['INFO', 'UPDATE', 'OPTIONS', 'MESSAGE']) {
    it(`${method} and its response`, async () => {
      const { harness } = await talking();
      const request = harness.server.inDialog(MEMBER_DIALOG, method, { 'content-type': 'text/plain', via: 'x' }, 'hi');
      const sent = harness.server.requests.at(-1);
      expect([sent?.dialog, sent?.method]).to.deep.equal([CALLER_DIALOG, method]);
      expect(sent?.content).to.deep.equal({ headers: { 'content-type': 'text/plain' }, body: 'hi' });
      sent?.done({ status: 200, reason: '', headers: { 'content-type': 'text/plain' }, body: 'ho' });
      const ours = method === 'OPTIONS' ? ABILITIES : {};
      const headers = { ...ours, 'content-type': 'text/plain' };
      expect(request.responses).to.deep.equal([{ status: 200, headers, body: 'ho' }]);
    });
  }

  it('REFER is refused, other methods are 405 with Allow (RFC 3515; RFC 3261 §8.2.1)', async () => {
    const { harness } = await talking();
    expect(harness.server.inDialog(MEMBER_DIALOG, 'REFER').statuses).to.deep.equal([603]);
    const subscribe = harness.server.inDialog(MEMBER_DIALOG, 'SUBSCRIBE');
    expect(subscribe.statuses).to.deep.equal([405]);
    expect(subscribe.header('allow')).to.include('INVITE');
  });

  it('401 of one side is not shown to the other, which has no credentials for it', async () => {
    const { harness } = await talking();
    const request = harness.server.inDialog(CALLER_DIALOG, 'INFO');
    harness.server.requests.at(-1)?.done({ status: 401, reason: '', headers: {}, body: '' });
    expect(request.statuses).to.deep.equal([403]);
  });
});

describe('An answered call: its end', () => {
  for (const [dialog, other, released] of [
    [CALLER_DIALOG, MEMBER_DIALOG, 'caller'],
    [MEMBER_DIALOG, CALLER_DIALOG, 'callee'],
  ] as const) {
    it(`BYE of the ${released} releases the other side`, async () => {
      const { harness } = await talking();
      expect(harness.server.inDialog(dialog, 'BYE').statuses).to.deep.equal([200]);
      await immediates();
      expect(harness.server.byes).to.deep.equal([other]);
      expect(harness.record.released).to.equal(released);
      expect(harness.service.active).to.equal(0);
    });
  }

  it('BYE that crosses our BYE is answered, and the call ends once (edge case 74)', async () => {
    const { harness } = await talking();
    harness.server.answersBye = false;
    harness.server.inDialog(CALLER_DIALOG, 'BYE');
    expect(harness.server.inDialog(MEMBER_DIALOG, 'BYE').statuses).to.deep.equal([200]);
    harness.server.requests.at(-1)?.done({ status: 481, reason: '', headers: {}, body: '' });
    await immediates();
    expect(harness.records).to.have.length(1);
    expect(harness.service.active).to.equal(0);
  });

  for (const status of [481, 408]) {
    it(`${status} to a request within the call ends both sides (RFC 3261 §12.2.1.2)`, async () => {
      const { harness } = await talking();
      const request = harness.server.inDialog(CALLER_DIALOG, 'INFO');
      harness.server.requests.at(-1)?.done({ status, reason: '', headers: {}, body: '' });
      await immediates();
      expect(request.statuses).to.deep.equal([status]);
      expect(harness.server.byes.toSorted()).to.deep.equal([CALLER_DIALOG, MEMBER_DIALOG]);
      expect(harness.record.released).to.equal('system');
    });
  }

  it('a BYE of the server, as for a session that expired, ends the other side (RFC 4028 §10)', async () => {
    const { harness } = await talking();
    harness.server.dialogs.get(MEMBER_DIALOG)?.onReleased('session-expired');
    await immediates();
    expect(harness.server.byes).to.deep.equal([CALLER_DIALOG]);
    expect(harness.record.released).to.equal('system');
  });

  it('a request after the end is 481 (RFC 3261 §12.2.2)', async () => {
    const { harness } = await talking();
    harness.server.answersBye = false;
    harness.server.inDialog(CALLER_DIALOG, 'BYE');
    expect(harness.server.inDialog(MEMBER_DIALOG, 'INFO').statuses).to.deep.equal([481]);
  });
});
