import { expect } from 'chai';
import { NotSent } from '../../../lib/sip-server/not-sent.js';
import { immediates } from '../../support/fake-clock.js';
import { A, B } from './scripted-server.js';
import { ServiceHarness } from './service-harness.js';

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
});
