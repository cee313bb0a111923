import { expect } from 'chai';
import { NotSent } from '../../../lib/sip-server/not-sent.js';
import { A, B, C, CALLER, immediates, PILOT, ServiceHarness } from './scripted-server.js';

const HOUR = 3_600_000;

describe('The record of a call', () => {
  it('has both legs by Call-ID, the node, the turn and the owner of the group', async () => {
    const harness = new ServiceHarness({ group: { owner: 'customer-7' }, settings: { node: 'riga-2' } });
    await harness.call({ 'call-id': '1234567_1@10.1.0.1' });
    harness.leg(1).reply(486);
    await immediates();
    await harness.answered(2);
    harness.server.inDialog('caller-dialog', 'BYE');
    await immediates();
    const { record } = harness;
    expect(record).to.include({
      node: 'riga-2',
      callId: '1234567_1@10.1.0.1',
      owner: 'customer-7',
      turn: 7,
      version: 3,
    });
    expect(record.attempts.map(({ callIds }) => callIds)).to.deep.equal([
      [`${record.call}.1`],
      [`${record.call}.2`],
      [],
    ]);
    expect(harness.server.legs.map((leg) => leg.header('call-id'))).to.deep.equal([
      `${record.call}.1`,
      `${record.call}.2`,
    ]);
    expect(record.attempts.map(({ trunk }) => trunk)).to.deep.equal(['10.1.0.1:5060', '10.1.0.1:5060', null]);
  });

  for (const step of [HOUR, -HOUR]) {
    it(`lasts as long as it did when the clock of the machine is set by ${step / HOUR} h in mid-call`, async () => {
      const harness = new ServiceHarness();
      const began = harness.clock.wall();
      await harness.call();
      await harness.pass(3000);
      harness.clock.step(step);
      await harness.answered(1);
      await harness.pass(60_000);
      harness.clock.step(step);
      harness.server.inDialog('caller-dialog', 'BYE');
      await immediates();
      const { started, answered, ended, waited, talked, attempts } = harness.record;
      expect({ waited, talked }).to.deep.equal({ waited: 3000, talked: 60_000 });
      expect([started, answered, ended]).to.deep.equal([began, began + 3000, began + 63_000]);
      expect(attempts[0]).to.include({ started: began, ended: began + 63_000 });
    });
  }

  it('begins at the time of day that the machine has then, however long the process has run', async () => {
    const harness = new ServiceHarness();
    harness.clock.step(-HOUR);
    await harness.call();
    harness.leg(1).reply(200);
    await immediates();
    harness.server.inDialog('caller-dialog', 'BYE');
    void harness.service.drain(0);
    await harness.pass(40_000);
    expect(harness.record.started).to.equal(harness.clock.now() - 40_000 - HOUR);
  });

  it('waited: from the INVITE to the end of a call that nobody answered, over all members', async () => {
    const harness = new ServiceHarness({ members: [A, B] });
    await harness.call();
    harness.leg(1).reply(180);
    await harness.pass(20_000);
    harness.leg(1).reply(487);
    await harness.pass(0);
    harness.leg(2).reply(180);
    await harness.pass(5000);
    harness.leg(2).reply(486);
    await immediates();
    expect(harness.record).to.include({
      waited: 25_000,
      talked: 0,
      answered: null,
      status: 480,
      cause: 19,
      released: null,
    });
  });

  describe('what the far side said', () => {
    it('status, phrase, Reason and Warning of the response that ended it, cut to what people read', async () => {
      const harness = new ServiceHarness({ members: [A] });
      await harness.call();
      const reason = `Q.850;cause=17;text="${'x'.repeat(300)}"`;
      harness.leg(1).user.onFinal(
        {
          status: 486,
          reason: 'Bin besch\xc3\xa4ftigt\x9b',
          headers: { reason, warning: '399 pbx "DND"' },
          body: '',
        },
        '',
      );
      await immediates();
      const [attempt] = harness.record.attempts;
      expect(attempt).to.include({ why: 'busy', status: 486, local: null });
      expect(attempt?.said).to.deep.equal({
        status: 486,
        phrase: 'Bin besch\xc3\xa4ftigt\ufffd',
        reason: `${reason.slice(0, 128)}…`,
        warning: '399 pbx "DND"',
      });
    });

    it('of the last trunk that was tried, and all its legs', async () => {
      const harness = new ServiceHarness({ members: [A], trunks: ['sip:one', 'sip:two'] });
      await harness.call();
      harness.leg(1).reply(503, { reason: 'SIP;cause=503' });
      harness.leg(2).reply(404);
      await immediates();
      const [attempt] = harness.record.attempts;
      expect(attempt).to.deep.include({ trunk: 'two', status: 404, local: null });
      expect(attempt?.callIds).to.have.length(2);
      expect(attempt?.said).to.include({ status: 404, reason: null });
    });

    it('181: the phone forwards, which ended it without a final response', async () => {
      const harness = new ServiceHarness({ members: [A, B] });
      await harness.call();
      harness.leg(1).reply(181);
      harness.leg(1).reply(487);
      await harness.pass(1000);
      harness.leg(2).reply(486);
      await immediates();
      expect(harness.record.attempts[0]).to.deep.include({ why: 'forwarded', status: null });
      expect(harness.record.attempts[0]?.said).to.include({ status: 181 });
    });
  });

  describe('what failed on our side, never a status that nobody sent', () => {
    for (const failure of ['no such host', 'certificate not trusted', 'connection refused', 'no response'] as const) {
      it(failure, async () => {
        const harness = new ServiceHarness({ members: [A] });
        const invite = await harness.call();
        const status = failure === 'no response' ? 408 : 503;
        harness.leg(1).user.onFinal({ status, reason: 'made up', headers: {}, body: '', failure }, '');
        await immediates();
        expect(harness.record.attempts[0]).to.include({ status: null, said: null, local: failure, why: 'unreachable' });
        // The caller is told as ever: RFC 3261 §16.9, §16.7 item 6.
        expect(invite.statuses.at(-1)).to.equal(failure === 'no response' ? 480 : 500);
      });
    }

    it('an INVITE that could not be sent at all', async () => {
      for (const [code, local] of [
        ['transport', 'no such transport'],
        ['local', 'not sendable'],
      ] as const) {
        const harness = new ServiceHarness({ members: [A] });
        await harness.call();
        harness.leg(1).user.onFailed(new NotSent(code, 'whatever the text is'));
        await immediates();
        expect(harness.record.attempts[0]).to.include({ status: null, said: null, local });
      }
    });

    it('silence is no response of anybody', async () => {
      const harness = new ServiceHarness({ members: [A], trunks: ['sip:one', 'sip:two'] });
      await harness.call();
      harness.leg(1).reply(503);
      await harness.pass(4000);
      expect(harness.record.attempts[0]).to.include({
        why: 'unreachable',
        status: null,
        said: null,
        local: 'no response',
      });
    });
  });

  describe('the cause of Q.850 with which it ended', () => {
    const ended = async (headers: Record<string, string>, dialog = 'caller-dialog') => {
      const harness = new ServiceHarness({ members: [A] });
      await harness.call();
      await harness.answered(1);
      harness.server.inDialog(dialog, 'BYE', headers);
      await immediates();
      return harness.record;
    };

    it('RFC 6432: of the BYE that ended it, from either side', async () => {
      expect(await ended({ reason: 'SIP;cause=200, Q.850;cause=31;text="a, cause=1"' })).to.include({
        cause: 31,
        released: 'caller',
      });
      expect(await ended({ reason: 'q.850 ; cause = 38' }, 'member-dialog-1')).to.include({
        cause: 38,
        released: 'callee',
      });
    });

    it('RFC 3398: 16 where whoever hangs up does not say why', async () => {
      expect(await ended({})).to.include({ cause: 16 });
      expect(await ended({ reason: 'SIP;cause=200;text="Q.850;cause=1"' })).to.include({ cause: 16 });
    });

    it('RFC 3326 §2: a text stands before it, or mentions another one', async () => {
      expect(await ended({ reason: 'Q.850;text="gone, he said; so";cause=31' })).to.include({ cause: 31 });
      expect(await ended({ reason: 'SIP;cause=200;text="a, Q.850;cause=1"' })).to.include({ cause: 16 });
    });

    it('of the CANCEL of a caller who left, and of what he was told', async () => {
      const harness = new ServiceHarness({ members: [A] });
      const invite = await harness.call();
      invite.cancel({ reason: 'Q.850;cause=26' });
      expect(harness.record).to.include({ status: 487, cause: 26, released: null });
      const busy = new ServiceHarness({ members: [A] });
      await busy.call();
      busy.leg(1).reply(486);
      await immediates();
      expect(busy.record).to.include({ status: 486, cause: 17 });
    });

    it('of the session timer, which ends it by itself', async () => {
      const harness = new ServiceHarness({ members: [A] });
      await harness.call();
      await harness.answered(1);
      harness.server.dialogs.get('member-dialog-1')?.onReleased('session-expired');
      await immediates();
      expect(harness.record).to.include({ cause: 102, released: 'system' });
    });
  });

  describe('who called', () => {
    const recordFor = async (headers: Record<string, string>) => {
      const harness = new ServiceHarness({ members: [] });
      await harness.call(headers);
      return harness.record;
    };
    const asserted = { 'p-asserted-identity': '<sip:+37126000001@carrier>' };

    it('RFC 3325: the number that the network asserts, and the one that the phone shows, where they differ', async () => {
      expect(await recordFor({})).to.include({ caller: CALLER, presented: '', hidden: false });
      expect(await recordFor(asserted)).to.include({ caller: '+37126000001', presented: CALLER, hidden: false });
      const same = { 'p-asserted-identity': `<tel:${CALLER}>` };
      expect(await recordFor(same)).to.include({ caller: CALLER, presented: '' });
      const extension = { ...asserted, from: '"Desk" <sip:desk-7@pbx>;tag=a' };
      expect(await recordFor(extension)).to.include({ caller: '+37126000001', presented: 'desk-7' });
    });

    for (const [name, headers] of [
      ['Privacy: id', { ...asserted, privacy: 'id;critical' }],
      ['Privacy: user', { privacy: 'user' }],
      ['Remote-Party-ID', { 'remote-party-id': '<sip:1@x>;party=calling;privacy=full' }],
      [
        'Remote-Party-ID, the second one',
        { 'remote-party-id': '<sip:1@x>;privacy=off, <sip:2@x>;privacy="uri-network"' },
      ],
      ['Remote-Party-ID, malformed', { 'remote-party-id': 'sip:1@x>;privacy=full' }],
      ['Anonymous in From', { ...asserted, from: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a' }],
      ['another word', { from: '<sip:Restricted@10.1.0.1>;tag=a' }],
    ] as [string, Record<string, string>][]) {
      it(`RFC 3323: ${name}: he asked not to be shown, and is no person called anonymous`, async () => {
        const record = await recordFor(headers);
        expect(record.hidden).to.equal(true);
        expect(record.caller).to.be.oneOf(['', CALLER, '+37126000001']);
        expect(record.presented).to.not.match(/anonymous|restricted/i);
      });
    }

    it('RFC 3323: Privacy: none, and a number that nobody knows, ask for nothing', async () => {
      expect(await recordFor({ privacy: 'none' })).to.include({ hidden: false });
      const named = { 'remote-party-id': '"me ;privacy=full" <sip:1@x>;privacy=off' };
      expect(await recordFor(named)).to.include({ hidden: false });
      expect(await recordFor({ from: '<sip:unavailable@unknown.invalid>;tag=a' })).to.include({
        hidden: false,
        caller: '',
      });
    });

    it('RFC 5806: through whom it came, the last diversion first', async () => {
      const diversion = '<tel:+37120000003>;reason=user-busy, "B" <sip:67000002@pbx>;reason=no-answer, <sip:desk@pbx>';
      expect((await recordFor({ diversion })).diverted).to.deep.equal(['+37120000003', '+37167000002', 'desk']);
    });

    it('RFC 7044: the entries of History-Info before the last one, the other way round', async () => {
      const history = `<sip:+37120000001@x>;index=1, <sip:+37120000002@x?Reason=SIP%3Bcause%3D486>;index=1.1, <sip:${PILOT}@x>;index=1.1.1`;
      expect((await recordFor({ 'history-info': history })).diverted).to.deep.equal(['+37120000002', '+37120000001']);
    });
  });

  describe('refused calls', () => {
    it('a flood of them floods nobody: so many each second have a record, the others are counted', async () => {
      const harness = new ServiceHarness({ settings: { refusedPerSecond: 3 } });
      for (let i = 0; i < 10; i++) harness.offer({ require: 'precondition' });
      await immediates();
      expect(harness.records).to.have.length(3);
      await harness.pass(1000);
      harness.offer({ require: 'precondition' });
      expect(harness.records).to.have.length(4);
    });

    it('and numbers that are none of ours, though Redis was asked', async () => {
      const harness = new ServiceHarness({ settings: { refusedPerSecond: 2 } });
      harness.store.turn = undefined;
      for (let i = 0; i < 5; i++) await harness.call();
      expect(harness.records.map(({ refused }) => refused)).to.deep.equal(['no-such-number', 'no-such-number']);
      await harness.pass(2000);
    });

    it('a call that Redis could not answer for has its record, however many there are', async () => {
      const harness = new ServiceHarness({ settings: { refusedPerSecond: 0 } });
      harness.store.failing = true;
      for (let i = 0; i < 5; i++) await harness.call();
      expect(harness.records.map(({ refused, status }) => `${refused} ${status}`)).to.deep.equal(
        Array(5).fill('no-store 503'),
      );
    });

    it('what the SIP server refused by itself is one, too', async () => {
      const harness = new ServiceHarness();
      let sequence = 0;
      const invite = () => ({
        uri: `sip:${PILOT}@10.0.0.1`,
        headers: { from: `<sip:${CALLER}@x>;tag=1`, 'call-id': 'c9', cseq: `${++sequence} INVITE` },
      });
      for (const status of [483, 503, 400, 513]) harness.service.refused(status, invite);
      expect(harness.records.map(({ refused, status }) => [refused, status])).to.deep.equal([
        ['too-many-hops', 483],
        ['overload', 503],
        ['malformed', 400],
        ['malformed', 513],
      ]);
      expect(harness.records[0]).to.include({ pilot: PILOT, caller: CALLER, callId: 'c9' });
    });

    it('members of a group that all refuse the media are tried: 488 is no refusal of ours', async () => {
      const harness = new ServiceHarness({ members: [A, C] });
      await harness.call();
      harness.leg(1).reply(488);
      await harness.pass(0);
      harness.leg(2).reply(606);
      await immediates();
      expect(harness.record).to.include({ status: 488, cause: 65, refused: null });
    });
  });
});
