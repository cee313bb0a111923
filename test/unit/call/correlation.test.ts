import { expect } from 'chai';
import { immediates } from '../../support/fake-clock.js';
import { A, B, PILOT } from './scripted-server.js';
import { ServiceHarness } from './service-harness.js';

const CALL_ID = '1234567_1@10.1.0.1';
const OURS = /^([\da-f]{32});remote=([\da-f]{32})$/;
const NIL = '0'.repeat(32);
const CALLERS = 'a'.repeat(32);
const MEMBERS = 'b'.repeat(32);

describe('What joins the legs of a call', () => {
  describe('the correlation header', () => {
    it('names the Call-ID of the caller in the INVITE to each of five members, whatever has been before us', async () => {
      const members = [1, 2, 3, 4, 5].map((n) => `+3712000000${n}`);
      const harness = new ServiceHarness({ members });
      await harness.call({ 'call-id': CALL_ID, 'x-cid': 'upstream', 'x-other': 'passes' });
      for (let n = 1; n <= 5; n++) {
        harness.leg(n).reply(486);
        await immediates();
      }
      expect(harness.server.legs.map((leg) => leg.header('X-CID'))).to.deep.equal(Array(5).fill(CALL_ID));
      expect(harness.server.legs.map((leg) => leg.header('x-cid'))).to.deep.equal(Array(5).fill(''));
      expect(harness.leg(5).header('x-other')).to.equal('passes');
    });

    it('has the name that is configured, or is not sent at all', async () => {
      for (const [correlationHeader, sent] of [
        ['X-Call-ID', CALL_ID],
        ['', ''],
      ] as const) {
        const harness = new ServiceHarness({ settings: { correlationHeader } });
        await harness.call({ 'call-id': CALL_ID });
        expect(harness.leg(1).header('X-Call-ID')).to.equal(sent);
        expect(harness.leg(1).header('X-CID')).to.equal('');
      }
    });

    it('RFC 3323 §4.1: does not tell a member outside the trust domain where an anonymous caller calls from', async () => {
      const harness = new ServiceHarness({ members: ['sip:anna@outside.example', A] });
      await harness.call({ 'call-id': CALL_ID, privacy: 'id' });
      expect(harness.leg(1).header('X-CID')).to.equal('');
      harness.leg(1).reply(486);
      await immediates();
      expect(harness.leg(2).header('X-CID')).to.equal(CALL_ID);
    });

    it('leaves out a Call-ID that is too long to be of use: cut it would be another one', async () => {
      const harness = new ServiceHarness();
      await harness.call({ 'call-id': 'x'.repeat(257) });
      expect(harness.leg(1).header('X-CID')).to.equal('');
    });
  });

  describe('RFC 7989: Session-ID', () => {
    const answered = async (caller: Record<string, string>, member: Record<string, string>) => {
      const harness = new ServiceHarness({ members: [A] });
      const invite = await harness.call(caller);
      harness.leg(1).reply(200, member);
      await immediates();
      harness.server.dialogs.get('caller-dialog')?.onAcknowledge({ headers: {}, body: '' });
      return { harness, invite };
    };
    const last = (harness: ServiceHarness) =>
      String(harness.server.requests.at(-1)?.content.headers?.['session-id'] ?? '');

    it('§7: who sends none gets one, which is the same in both directions and until the end', async () => {
      const { harness, invite } = await answered({}, {});
      const [, caller = '', remote] = OURS.exec(harness.leg(1).header('session-id')) ?? [];
      expect(remote).to.equal(NIL);
      const [, member = '', own] = OURS.exec(invite.header('session-id')) ?? [];
      expect(own).to.equal(caller);
      harness.server.inDialog('caller-dialog', 'INFO');
      expect(last(harness)).to.equal(`${caller};remote=${member}`);
      harness.server.inDialog('member-dialog-1', 'INFO');
      expect(last(harness)).to.equal(`${member};remote=${caller}`);
      harness.server.inDialog('member-dialog-1', 'BYE');
      expect(last(harness)).to.equal(`${member};remote=${caller}`);
      await immediates();
      expect(harness.record.call.replaceAll('-', '')).to.equal(caller);
    });

    it('what both ends say of themselves passes as it is', async () => {
      const session = { caller: `${CALLERS};remote=${NIL}`, member: `${MEMBERS};remote=${CALLERS};x=1` };
      const { harness, invite } = await answered({ 'session-id': session.caller }, { 'session-id': session.member });
      expect(harness.leg(1).header('session-id')).to.equal(session.caller);
      expect(invite.header('session-id')).to.equal(session.member);
      harness.server.inDialog('member-dialog-1', 'INFO', { 'session-id': session.member });
      expect(last(harness)).to.equal(session.member);
    });

    it('one end alone knows it: the other one is made up for it, and what the one says of itself stands', async () => {
      const { harness, invite } = await answered({ 'session-id': `${CALLERS};remote=${NIL}` }, {});
      const [, member = '', remote] = OURS.exec(invite.header('session-id')) ?? [];
      expect(remote).to.equal(CALLERS);
      harness.server.inDialog('member-dialog-1', 'BYE');
      expect(last(harness)).to.equal(`${member};remote=${CALLERS}`);
    });

    it('§7: the CANCEL says what the INVITE has said, to the letter', async () => {
      const harness = new ServiceHarness({ members: [A, B] });
      await harness.call();
      harness.leg(1).reply(180);
      await harness.pass(20_000);
      expect(harness.leg(1).cancelled?.['session-id']).to.equal(harness.leg(1).header('session-id')).and.to.match(OURS);
    });

    it('§7: what the caller hears before an answer names him, and nobody else yet: 180, 183 and the refusal', async () => {
      for (const [headers, caller] of [
        [{ 'session-id': `${CALLERS};remote=${NIL}` }, CALLERS],
        [{}, undefined],
      ] as const) {
        const harness = new ServiceHarness({ members: [A] });
        const invite = await harness.call(headers);
        harness.leg(1).reply(180);
        await harness.pass(60_000);
        const ids = invite.responses.map((response) => response.headers['session-id']);
        const own = caller ?? String(harness.leg(1).header('session-id')).slice(0, 32);
        expect(invite.statuses).to.deep.equal([180, 480]);
        expect(ids).to.deep.equal([`${NIL};remote=${own}`, `${NIL};remote=${own}`]);
      }
      const refused = await new ServiceHarness().call({ 'session-id': `${CALLERS};remote=${NIL}`, require: 'x' });
      expect(refused.statuses).to.deep.equal([420]);
      expect(refused.header('session-id')).to.equal(`${NIL};remote=${CALLERS}`);
      // Where nobody is known it says nothing.
      expect((await new ServiceHarness().call({ require: 'x' })).header('session-id')).to.equal('');
    });

    it('§7: what we say of ourselves within a call has both: ACK, the answer to a BYE, and a BYE of ours', async () => {
      const { harness, invite } = await answered(
        { 'session-id': `${CALLERS};remote=${NIL}` },
        { 'session-id': `${MEMBERS};remote=${CALLERS}` },
      );
      expect(invite.header('session-id')).to.equal(`${MEMBERS};remote=${CALLERS}`);
      expect(harness.leg(1).acks[0]?.headers).to.deep.equal({ 'session-id': `${CALLERS};remote=${MEMBERS}` });
      const bye = harness.server.inDialog('caller-dialog', 'BYE');
      expect(bye.header('session-id')).to.equal(`${MEMBERS};remote=${CALLERS}`);
      const second = await answered(
        { 'session-id': `${CALLERS};remote=${NIL}` },
        { 'session-id': `${MEMBERS};remote=${CALLERS}` },
      );
      const drained = second.harness.service.drain(0);
      await second.harness.pass(1);
      await drained;
      const byes = second.harness.server.requests.filter(({ method }) => method === 'BYE');
      expect(byes.map(({ dialog, content }) => [dialog, content.headers?.['session-id']])).to.deep.equal([
        ['caller-dialog', `${MEMBERS};remote=${CALLERS}`],
        ['member-dialog-1', `${CALLERS};remote=${MEMBERS}`],
      ]);
    });

    it('§7: an answer that nobody wants is acknowledged and ended with what both have said', async () => {
      const harness = new ServiceHarness({ members: [A, B] });
      const invite = await harness.call({ 'session-id': `${CALLERS};remote=${NIL}` });
      invite.cancel();
      harness.leg(1).late = 'deliver';
      harness.leg(1).reply(200, { 'session-id': `${MEMBERS};remote=${CALLERS}` });
      await immediates();
      expect(harness.leg(1).acks[0]?.headers?.['session-id']).to.equal(`${CALLERS};remote=${MEMBERS}`);
    });

    it('§7: a UUID that is not 32 digits long is discarded, of either end', async () => {
      const { harness, invite } = await answered({ 'session-id': 'abc;remote=def' }, { 'session-id': `${MEMBERS}ff` });
      expect(harness.leg(1).header('session-id')).to.match(OURS);
      expect(invite.header('session-id')).to.match(OURS);
    });

    it('is the same to each member, and off where it is not wanted', async () => {
      const harness = new ServiceHarness({ members: [A, B] });
      await harness.call();
      harness.leg(1).reply(486);
      await immediates();
      expect(harness.leg(2).header('session-id')).to.equal(harness.leg(1).header('session-id')).and.to.match(OURS);
      const without = new ServiceHarness({ members: [A], settings: { sessionIds: false } });
      const invite = await without.call({}, undefined, `sip:${PILOT}@10.0.0.1`);
      without.leg(1).reply(200);
      await immediates();
      expect([without.leg(1).header('session-id'), invite.header('session-id')]).to.deep.equal(['', '']);
    });
  });
});
