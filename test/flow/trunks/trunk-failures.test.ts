import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { A } from '../../unit/call/scripted-server.js';
import { type CallHarness, type CallHarnessOptions, useCallHarness } from '../call/call-harness.js';

const ONE = 'sip:10.1.0.1:5060';
const TWO = 'sip:10.1.0.2:5060';

describe('Which failures move the same member to the next trunk (ringing.trunkFailures)', () => {
  const start = useCallHarness();
  let harness: CallHarness;

  const begin = async (options: CallHarnessOptions = {}) => {
    harness = await start({ group: [{ uri: ONE }, { uri: TWO, priority: 2 }], members: [A], ...options });
    const other = harness.peer('10.1.0.2');
    await harness.call();
    return other;
  };
  const refuse = (status: number, fields: Field[] = []) => harness.reply(status, harness.trunk, 'INVITE', fields);

  for (const status of [408, 430, 500, 502, 503, 504]) {
    it(`${status} without a previous 18x`, async () => {
      const other = await begin();
      await refuse(100);
      await refuse(status);
      expect(other.request('INVITE').uri).to.include(A);
      await harness.reply(486, other);
      expect(harness.whys).to.deep.equal(['busy']);
    });

    it(`${status} behind a 180 does not: the way was good`, async () => {
      const other = await begin();
      await refuse(180);
      await refuse(status);
      expect(other.summary).to.not.include('INVITE');
      expect(harness.whys).to.deep.equal([status === 408 ? 'unreachable' : 'failed']);
    });
  }

  for (const cause of [34, 38, 41, 42]) {
    it(`Q.850 ${cause} in Reason, whatever the status, also behind another reason (RFC 3326, RFC 6432)`, async () => {
      const other = await begin();
      await refuse(480, [['Reason', `SIP;cause=480;text="a, b", q.850 ;cause=${cause};text="x"`]]);
      await harness.reply(486, other);
      expect(harness.whys).to.deep.equal(['busy']);
    });
  }

  for (const [name, status, reason] of [
    ['another cause is the member', 480, 'Q.850;cause=20'],
    ['a cause of another protocol is none', 480, 'SIP;cause=34'],
    ['a 6xx speaks for the member (RFC 3261 §21.6)', 603, 'Q.850;cause=34'],
    ['nonsense is no cause', 404, 'Q.850;cause=,;;"'],
  ] as const) {
    it(`${name}: ${status} with ${reason}`, async () => {
      const other = await begin();
      await refuse(status, [['Reason', reason]]);
      expect(other.summary).to.not.include('INVITE');
      expect(harness.records).to.have.length(1);
    });
  }

  it('the last trunk refuses, too: it is what its response means by itself', async () => {
    const other = await begin();
    await refuse(503);
    await harness.reply(500, other);
    expect(harness.whys).to.deep.equal(['failed']);
    expect(harness.records[0]?.attempts[0]?.status).to.equal(500);
  });

  it('408 of the only trunk is still unreachable', async () => {
    await begin({ group: [{ uri: ONE }] });
    await refuse(408);
    expect(harness.whys).to.deep.equal(['unreachable']);
  });

  it('the ring time of the member is one, over all trunks (edge case 30)', async () => {
    const other = await begin();
    await refuse(100);
    await harness.pass(15_000);
    await refuse(500);
    await harness.reply(180, other);
    await harness.pass(4999);
    expect(other.summary).to.not.include('CANCEL');
    await harness.pass(1);
    expect(other.summary).to.include('CANCEL');
  });

  it('what may be this number alone does not put the trunk behind the others: only 503, silence and the transport do', async () => {
    const other = await begin();
    await refuse(500);
    await harness.reply(486, other);
    expect(harness.trunks.candidates(A).map(({ trunk }) => trunk)).to.deep.equal([ONE, TWO]);
  });

  it('the table is configuration: what is not in it ends the attempt', async () => {
    const other = await begin({ settings: { trunkFailures: { statuses: [503], causes: [] } } });
    await refuse(500, [['Reason', 'Q.850;cause=34']]);
    expect(other.summary).to.not.include('INVITE');
    expect(harness.whys).to.deep.equal(['failed']);
  });
});
