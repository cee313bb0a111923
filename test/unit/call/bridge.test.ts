import { expect } from 'chai';
import { ABILITIES } from '../../../lib/sip-server/abilities.js';
import { A, B, immediates, OFFER, Office, type ScriptedRequest } from './scripted-server.js';

const CALLER_DIALOG = 'caller-dialog';
const MEMBER_DIALOG = 'member-dialog-1';

async function talking(): Promise<{ office: Office; invite: ScriptedRequest }> {
  const office = new Office({ members: [A, B] });
  const invite = await office.call();
  await office.answered(1);
  return { office, invite };
}

describe('An answered call: its beginning', () => {
  it("the caller gets the member's SDP and identity with the 200, the member its ACK at once", async () => {
    const office = new Office();
    const invite = await office.call();
    office
      .leg(1)
      .reply(202, { 'content-type': 'application/sdp', 'p-asserted-identity': `<tel:${A}>`, server: 'x' }, 'v=0');
    await immediates();
    const answer = invite.responses.at(-1);
    expect(answer?.status).to.equal(200);
    expect(answer?.body).to.equal('v=0');
    expect(answer?.headers['p-asserted-identity']).to.equal(`<tel:${A}>`);
    expect(answer?.headers).to.not.have.property('server');
    expect(office.leg(1).acks).to.have.length(1);
  });

  it('delayed offer: the answer in the ACK of the caller goes into the ACK of the member (RFC 3261 §13.2.1)', async () => {
    const office = new Office();
    await office.call({}, '');
    office.leg(1).reply(200, { 'content-type': 'application/sdp' }, 'v=0\r\noffer');
    await immediates();
    expect(office.leg(1).acks).to.deep.equal([]);
    const ack = { headers: { 'content-type': 'application/sdp', via: 'x' }, body: 'v=0\r\nanswer' };
    office.server.dialogs.get(CALLER_DIALOG)?.onAcknowledge(ack);
    expect(office.leg(1).acks).to.deep.equal([
      { headers: { 'content-type': 'application/sdp' }, body: 'v=0\r\nanswer' },
    ]);
  });

  it('delayed offer that the caller never answers: ACK before BYE (RFC 3261 §13.2.2.4)', async () => {
    const office = new Office();
    await office.call({}, '');
    office.leg(1).reply(200, {}, 'v=0');
    await immediates();
    office.server.dialogs.get(CALLER_DIALOG)?.onReleased('ACK timeout');
    await immediates();
    expect(office.leg(1).acks).to.have.length.greaterThan(0);
    expect(office.server.byes).to.deep.equal([MEMBER_DIALOG]);
  });

  it('a re-INVITE right behind the answer waits until both dialogs stand (drachtio-srf#62)', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(200);
    const early = office.server.inDialog(MEMBER_DIALOG, 'INVITE', { 'content-type': 'application/sdp' }, 'v=0');
    await immediates();
    expect(office.server.reinvites).to.have.length(0);
    office.server.dialogs.get(CALLER_DIALOG)?.onAcknowledge({ headers: {}, body: '' });
    office.server.reinvites[0]?.reply(200, {}, 'v=0\r\nnew');
    expect(early.responses).to.deep.equal([{ status: 200, headers: {}, body: 'v=0\r\nnew' }]);
  });

  it('a member who leaves before the ACK: the caller is released after it (RFC 3261 §15; edge case 62)', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(200);
    await immediates();
    const bye = office.server.inDialog(MEMBER_DIALOG, 'BYE');
    expect(bye.statuses).to.deep.equal([200]);
    expect(office.server.byes).to.deep.equal([]);
    office.server.dialogs.get(CALLER_DIALOG)?.onAcknowledge({ headers: {}, body: '' });
    await immediates();
    expect(office.server.byes).to.deep.equal([CALLER_DIALOG]);
    expect(office.record.released).to.equal('callee');
  });

  it('a caller that never sends its ACK: the member is released (edge case 61)', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(200);
    await immediates();
    office.server.dialogs.get(CALLER_DIALOG)?.onReleased('ACK timeout');
    await immediates();
    expect(office.server.byes).to.deep.equal([MEMBER_DIALOG]);
    expect(office.record.released).to.equal('system');
    expect(office.service.active).to.equal(0);
  });
});

describe('An answered call: what passes through', () => {
  it('re-INVITE and its ACK, with bodies, both ways (RFC 3261 §14)', async () => {
    const { office } = await talking();
    for (const [from, to] of [
      [CALLER_DIALOG, MEMBER_DIALOG],
      [MEMBER_DIALOG, CALLER_DIALOG],
    ] as const) {
      const request = office.server.inDialog(from, 'INVITE', { 'content-type': 'application/sdp' }, 'v=0\r\nhold');
      const sent = office.server.reinvites.at(-1);
      expect(sent?.dialog).to.equal(to);
      expect(sent?.sent.body).to.equal('v=0\r\nhold');
      sent?.reply(200, { 'content-type': 'application/sdp' }, 'v=0\r\nheld');
      expect(request.responses.at(-1)).to.include({ status: 200, body: 'v=0\r\nheld' });
      expect(sent?.acks).to.have.length(1);
      office.server.dialogs.get(from)?.onAcknowledge({ headers: {}, body: '' });
    }
  });

  it('a re-INVITE without offer: the ACK carries the answer', async () => {
    const { office } = await talking();
    office.server.inDialog(CALLER_DIALOG, 'INVITE');
    const sent = office.server.reinvites.at(-1);
    sent?.reply(200, { 'content-type': 'application/sdp' }, 'v=0\r\noffer');
    expect(sent?.acks).to.deep.equal([]);
    const headers = { 'content-type': 'application/sdp' };
    office.server.dialogs.get(CALLER_DIALOG)?.onAcknowledge({ headers, body: 'v=0\r\nanswer' });
    expect(sent?.acks).to.deep.equal([{ headers, body: 'v=0\r\nanswer' }]);
  });

  it('glare: 491 while another re-INVITE is open (RFC 3261 §14.2)', async () => {
    const { office } = await talking();
    office.server.inDialog(CALLER_DIALOG, 'INVITE', {}, 'v=0');
    expect(office.server.inDialog(MEMBER_DIALOG, 'INVITE', {}, 'v=0').statuses).to.deep.equal([491]);
    office.server.reinvites[0]?.reply(488);
    office.server.inDialog(MEMBER_DIALOG, 'INVITE', {}, 'v=0');
    expect(office.server.reinvites).to.have.length(2);
  });

  it('a CANCEL of a re-INVITE cancels it on the other side', async () => {
    const { office } = await talking();
    office.server.inDialog(CALLER_DIALOG, 'INVITE', {}, 'v=0').cancel();
    expect(office.server.reinvites[0]?.cancelled).to.deep.equal({});
  });

  it('its CANCEL comes in the instant in which its 200 goes out: the other side is put back', async () => {
    const { office } = await talking();
    const request = office.server.inDialog(
      CALLER_DIALOG,
      'INVITE',
      { 'content-type': 'application/sdp' },
      'v=0\r\nhold',
    );
    request.fails = true;
    office.server.reinvites[0]?.reply(200, { 'content-type': 'application/sdp' }, 'v=0\r\nheld');
    await immediates();
    const back = office.server.reinvites[1];
    expect([back?.dialog, back?.sent.body]).to.deep.equal([MEMBER_DIALOG, OFFER]);
    expect(office.server.inDialog(CALLER_DIALOG, 'INVITE', {}, 'v=0\r\nhold').statuses).to.deep.equal([491]);
    back?.reply(200, { 'content-type': 'application/sdp' }, 'v=0\r\nanswer');
    office.server.inDialog(CALLER_DIALOG, 'INVITE', {}, 'v=0\r\nhold');
    expect(office.server.reinvites).to.have.length(3);
  });

  for (const method of ['INFO', 'UPDATE', 'OPTIONS', 'MESSAGE']) {
    it(`${method} and its response`, async () => {
      const { office } = await talking();
      const request = office.server.inDialog(MEMBER_DIALOG, method, { 'content-type': 'text/plain', via: 'x' }, 'hi');
      const sent = office.server.requests.at(-1);
      expect([sent?.dialog, sent?.method]).to.deep.equal([CALLER_DIALOG, method]);
      expect(sent?.content).to.deep.equal({ headers: { 'content-type': 'text/plain' }, body: 'hi' });
      sent?.done({ status: 200, reason: '', headers: { 'content-type': 'text/plain' }, body: 'ho' });
      const ours = method === 'OPTIONS' ? ABILITIES : {};
      const headers = { ...ours, 'content-type': 'text/plain' };
      expect(request.responses).to.deep.equal([{ status: 200, headers, body: 'ho' }]);
    });
  }

  it('REFER is refused, other methods are 405 with Allow (RFC 3515; RFC 3261 §8.2.1)', async () => {
    const { office } = await talking();
    expect(office.server.inDialog(MEMBER_DIALOG, 'REFER').statuses).to.deep.equal([603]);
    const subscribe = office.server.inDialog(MEMBER_DIALOG, 'SUBSCRIBE');
    expect(subscribe.statuses).to.deep.equal([405]);
    expect(subscribe.header('allow')).to.include('INVITE');
  });

  it('401 of one side is not shown to the other, which has no credentials for it', async () => {
    const { office } = await talking();
    const request = office.server.inDialog(CALLER_DIALOG, 'INFO');
    office.server.requests.at(-1)?.done({ status: 401, reason: '', headers: {}, body: '' });
    expect(request.statuses).to.deep.equal([403]);
  });
});

describe('An answered call: its end', () => {
  for (const [dialog, other, released] of [
    [CALLER_DIALOG, MEMBER_DIALOG, 'caller'],
    [MEMBER_DIALOG, CALLER_DIALOG, 'callee'],
  ] as const) {
    it(`BYE of the ${released} releases the other side`, async () => {
      const { office } = await talking();
      expect(office.server.inDialog(dialog, 'BYE').statuses).to.deep.equal([200]);
      await immediates();
      expect(office.server.byes).to.deep.equal([other]);
      expect(office.record.released).to.equal(released);
      expect(office.service.active).to.equal(0);
    });
  }

  it('BYE that crosses our BYE is answered, and the call ends once (edge case 74)', async () => {
    const { office } = await talking();
    office.server.answersBye = false;
    office.server.inDialog(CALLER_DIALOG, 'BYE');
    expect(office.server.inDialog(MEMBER_DIALOG, 'BYE').statuses).to.deep.equal([200]);
    office.server.requests.at(-1)?.done({ status: 481, reason: '', headers: {}, body: '' });
    await immediates();
    expect(office.records).to.have.length(1);
    expect(office.service.active).to.equal(0);
  });

  for (const status of [481, 408]) {
    it(`${status} to a request within the call ends both sides (RFC 3261 §12.2.1.2)`, async () => {
      const { office } = await talking();
      const request = office.server.inDialog(CALLER_DIALOG, 'INFO');
      office.server.requests.at(-1)?.done({ status, reason: '', headers: {}, body: '' });
      await immediates();
      expect(request.statuses).to.deep.equal([status]);
      expect(office.server.byes.toSorted()).to.deep.equal([CALLER_DIALOG, MEMBER_DIALOG]);
      expect(office.record.released).to.equal('system');
    });
  }

  it('a BYE of the server, as for a session that expired, ends the other side (RFC 4028 §10)', async () => {
    const { office } = await talking();
    office.server.dialogs.get(MEMBER_DIALOG)?.onReleased('Session timer expired');
    await immediates();
    expect(office.server.byes).to.deep.equal([CALLER_DIALOG]);
    expect(office.record.released).to.equal('system');
  });

  it('a request after the end is 481 (RFC 3261 §12.2.2)', async () => {
    const { office } = await talking();
    office.server.answersBye = false;
    office.server.inDialog(CALLER_DIALOG, 'BYE');
    expect(office.server.inDialog(MEMBER_DIALOG, 'INFO').statuses).to.deep.equal([481]);
  });
});
