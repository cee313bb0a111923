import { expect } from 'chai';
import { immediates } from '../../support/fake-clock.js';
import { A, C, CALLER, PILOT } from './scripted-server.js';
import { ServiceHarness } from './service-harness.js';

describe('The record of a call: who called, and what was refused', () => {
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
