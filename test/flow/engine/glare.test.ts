import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

const OTHER_SDP = SDP.replace('- 1 1', '- 1 2');
const SESSION: Field = ['Session-Expires', '100;refresher=uac'];
const KNOWS_UPDATE: Field = ['Allow', 'INVITE, ACK, BYE, UPDATE'];

describe('Engine: one offer at a time in a dialog (RFC 3261 §14, RFC 3311 §5, RFC 6337 §4.3)', () => {
  let harness: EngineHarness;
  let peer: SipPeer;
  let dialog: string;
  let answer: SipMessage;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    peer = harness.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => {
    harness.engine.release(harness.owner);
    harness.expectNoLeak();
  });

  /** Our INVITE, answered; we refresh after 50 s. */
  const talk = (...fields: Field[]): void => {
    harness.invite();
    harness.settle();
    answer = peer.reply(peer.request('INVITE'), 200, { fields: [SESSION, ...fields] });
    harness.settle();
    dialog = harness.owner.responses.at(-1)?.dialogId ?? '';
    harness.acknowledge(dialog);
    harness.settle();
  };
  let sequence = 100;
  const offer = (method: string, body = OTHER_SDP): void => {
    peer.inDialog(method, answer, { body, cseq: sequence++ });
    harness.settle();
  };
  const finals = (method: string): number[] =>
    peer.received.filter(({ status, cseq }) => status >= 200 && cseq.method === method).map(({ status }) => status);
  const sent = (method: string) => peer.received.filter((message) => message.method === method && message.toTag !== '');

  for (const ours of ['INVITE', 'UPDATE']) {
    for (const theirs of ['INVITE', 'UPDATE']) {
      it(`their ${theirs} while our ${ours} is open is 491, and behind it welcome`, () => {
        talk();
        harness.inDialog(dialog, ours, { body: OTHER_SDP });
        harness.settle();
        offer(theirs);
        expect(finals(theirs)).to.deep.equal([491]);
        peer.reply(peer.request(ours), 200, { body: SDP });
        harness.settle();
        if (ours === 'INVITE') harness.acknowledge(dialog);
        offer(theirs);
        harness.respond(200, [], SDP);
        harness.settle();
        expect(finals(theirs)).to.deep.equal([491, 200]);
      });

      it(`their ${theirs} while their ${ours} is open is 500 with Retry-After, and behind it welcome`, () => {
        talk();
        offer(ours);
        const first = harness.owner.last().transactionId;
        offer(theirs);
        expect(finals(theirs)).to.deep.equal([500]);
        expect(Number(peer.response(500).first('retry-after'))).to.be.within(0, 10);
        harness.respond(200, [], SDP, first);
        harness.settle();
        offer(theirs);
        harness.respond(200, [], SDP);
        harness.settle();
        expect(finals(theirs).filter((status) => status === 200)).to.have.length(ours === theirs ? 2 : 1);
      });

      it(`our ${ours} while their ${theirs} is open is not sent: 491 to the owner`, () => {
        talk();
        offer(theirs);
        const first = harness.owner.last().transactionId;
        const { transactionId } = harness.inDialog(dialog, ours, { body: OTHER_SDP });
        harness.settle(20);
        expect(sent(ours)).to.have.length(0);
        expect(harness.owner.responses.at(-1)?.transactionId).to.equal(transactionId);
        expect(harness.owner.told).to.deep.equal([200, 491]);
        harness.respond(200, [], SDP, first);
        harness.settle();
        harness.inDialog(dialog, ours, { body: OTHER_SDP });
        harness.settle();
        expect(sent(ours)).to.have.length(1);
      });
    }
  }

  it("an UPDATE without an offer is in nobody's way", () => {
    talk();
    harness.inDialog(dialog, 'INVITE', { body: OTHER_SDP });
    harness.settle();
    offer('UPDATE', '');
    harness.respond(200);
    harness.settle();
    expect(finals('UPDATE')).to.deep.equal([200]);
    harness.inDialog(dialog, 'UPDATE');
    harness.settle();
    expect(sent('UPDATE')).to.have.length(1);
  });

  it('one that comes while another UPDATE is open is 500 all the same (RFC 3311 §5.2)', () => {
    talk();
    offer('UPDATE');
    offer('UPDATE', '');
    expect(finals('UPDATE')).to.deep.equal([500]);
  });

  it('a re-INVITE that was answered by a reliable 183 leaves room for an UPDATE, from either side (RFC 3311 §5.1)', () => {
    talk();
    harness.inDialog(dialog, 'INVITE', { body: OTHER_SDP });
    harness.settle();
    const early = {
      fields: [
        ['Require', '100rel'],
        ['RSeq', '7'],
      ] as Field[],
    };
    peer.reply(peer.request('INVITE'), 183, { ...early, body: SDP });
    harness.settle();
    harness.inDialog(dialog, 'PRACK', { fields: [['RAck', '7 1 INVITE']] });
    harness.settle();
    peer.reply(peer.request('PRACK'), 200);
    harness.settle();
    offer('UPDATE');
    harness.respond(200, [], SDP);
    harness.inDialog(dialog, 'UPDATE', { body: OTHER_SDP });
    harness.settle();
    expect([finals('UPDATE'), sent('UPDATE').length]).to.deep.equal([[200], 1]);
    offer('INVITE');
    expect(finals('INVITE'), 'but none for an INVITE').to.deep.equal([491]);
  });

  for (const by of ['INVITE', 'UPDATE']) {
    for (const method of ['INVITE', 'UPDATE']) {
      it(`our ${method} waits for the end of our own refresh by ${by}, with all behind it, in the order of CSeq`, () => {
        talk(...(by === 'UPDATE' ? [KNOWS_UPDATE] : []));
        harness.settle(50_000);
        const refresh = peer.request(by);
        peer.received.length = 0;
        harness.inDialog(dialog, method, { body: OTHER_SDP });
        harness.inDialog(dialog, 'INFO');
        harness.settle(100);
        expect(peer.summary).to.deep.equal([]);
        peer.reply(refresh, 200, { fields: [SESSION] });
        harness.settle();
        const requests = peer.received.filter((message) => message.isRequest && message.method !== 'ACK');
        expect(requests.map((request) => request.method)).to.deep.equal([method, 'INFO']);
        expect(requests.map(({ cseq }) => cseq.number)).to.deep.equal([
          refresh.cseq.number + 1,
          refresh.cseq.number + 2,
        ]);
        peer.reply(peer.request(method), 200, { body: SDP, fields: [SESSION] });
        harness.settle();
        expect(harness.owner.told).to.deep.equal([200, 200]);
      });
    }
  }

  it('what waits goes before a refresh that has to be sent again, and does its work', () => {
    talk();
    harness.settle(50_000);
    const refresh = peer.request('INVITE');
    harness.inDialog(dialog, 'INVITE', { body: OTHER_SDP });
    peer.reply(refresh, 422, { fields: [['Min-SE', '200']] });
    harness.settle();
    const ours = peer.request('INVITE');
    expect(ours.body).to.equal(OTHER_SDP);
    peer.reply(ours, 200, { fields: [['Session-Expires', '200;refresher=uac']] });
    harness.settle();
    harness.acknowledge(dialog);
    harness.settle(99_000);
    expect(sent('INVITE')).to.have.length(2);
    harness.settle(1100);
    expect(sent('INVITE')).to.have.length(3);
  });

  it('what waits too long is 491, and so is what is too much; both cost no other', () => {
    talk();
    harness.settle(50_000);
    peer.reply(peer.request('INVITE'), 100);
    const ids = Array.from({ length: 9 }, () => harness.inDialog(dialog, 'INVITE', { body: OTHER_SDP }).transactionId);
    harness.settle(20);
    expect(harness.owner.responses.slice(1).map(({ transactionId }) => transactionId)).to.deep.equal(ids.slice(8));
    harness.settle(10_000);
    expect(harness.owner.told).to.deep.equal([200, ...ids.map(() => 491)]);
    expect(sent('INVITE')).to.have.length(1);
  });

  it('BYE waits for nothing: what waited is 491, the refresh is cancelled', () => {
    talk();
    harness.settle(50_000);
    peer.reply(peer.request('INVITE'), 100);
    harness.settle();
    harness.inDialog(dialog, 'UPDATE', { body: OTHER_SDP });
    harness.inDialog(dialog, 'BYE');
    harness.settle(20);
    expect(peer.summary.slice(-3).toSorted()).to.deep.equal(['ACK', 'BYE', 'CANCEL']);
    expect(harness.owner.told.toSorted()).to.deep.equal([200, 200, 491]);
  });

  it('our re-INVITE waits for the ACK of our 2xx (RFC 3261 §14.1)', () => {
    talk();
    const silent = harness.peer({ address: '10.0.0.3', autoAck: false });
    silent.invite(harness.at);
    harness.settle();
    const { dialogId } = harness.answer();
    harness.settle();
    harness.inDialog(dialogId, 'INVITE', { body: OTHER_SDP });
    harness.settle();
    expect(silent.summary).to.not.include('INVITE');
    silent.acknowledge(silent.response(200));
    harness.settle();
    expect(silent.request('INVITE').body).to.equal(OTHER_SDP);
  });

  it('a refresh that is due while an offer is open waits for its end; an offer that was accepted has done its work', () => {
    talk();
    harness.settle(49_900);
    offer('INVITE', '');
    harness.settle(1000);
    expect(sent('INVITE'), 'ours is open: asked for, and not made yet').to.have.length(0);
    harness.respond(200, [], OTHER_SDP);
    harness.settle(20);
    expect(sent('INVITE')).to.have.length(0);
    expect(peer.response(200, 'INVITE').first('session-expires')).to.equal('100;refresher=uas');
    harness.settle(49_900);
    expect(sent('INVITE')).to.have.length(0);
    harness.settle(200);
    expect(sent('INVITE')).to.have.length(1);
    expect(peer.request('INVITE').body).to.equal(OTHER_SDP);
  });

  it('and one that was refused has not: the refresh goes out behind it', () => {
    talk();
    harness.settle(49_900);
    offer('INVITE');
    harness.settle(1000);
    harness.respond(488);
    harness.settle();
    expect(sent('INVITE')).to.have.length(1);
  });

  it("glare with our refresh: theirs is 491, ours too comes again after §14.1's wait, and both get through", () => {
    talk();
    harness.settle(50_000);
    offer('INVITE');
    expect(finals('INVITE')).to.deep.equal([491]);
    peer.reply(peer.request('INVITE'), 491);
    harness.settle();
    offer('INVITE');
    harness.respond(200, [], SDP);
    harness.settle();
    expect(finals('INVITE')).to.deep.equal([491, 200]);
    harness.settle(49_000);
    expect(sent('INVITE'), 'theirs has refreshed the session').to.have.length(1);
  });

  it('a 2xx that crosses the CANCEL of our re-INVITE is acknowledged and ends no dialog', () => {
    talk();
    const { transactionId } = harness.inDialog(dialog, 'INVITE', { body: OTHER_SDP });
    harness.settle();
    peer.reply(peer.request('INVITE'), 100);
    harness.settle();
    const invite = peer.request('INVITE');
    peer.reply(invite, 200);
    harness.cancel(transactionId, 'release');
    harness.settle();
    harness.acknowledge(dialog);
    harness.settle();
    expect(peer.summary).to.not.include('BYE');
    expect(peer.request('ACK').cseq.number).to.equal(invite.cseq.number);
    offer('INFO', '');
    harness.respond(200);
  });

  it('a PRACK that requires what we do not know is 420, and the 18x goes on until one comes that does not (RFC 3261 §8.2.2.3)', () => {
    peer.invite(harness.at, { fields: [['Supported', '100rel']] });
    harness.settle();
    harness.respond(180, [['Require', '100rel']]);
    harness.settle();
    const rack: Field = ['RAck', `${peer.response(180).first('rseq')} 1 INVITE`];
    peer.inDialog('PRACK', peer.response(180), { cseq: 2, fields: [rack, ['Require', 'x-unknown']] });
    harness.settle();
    expect(peer.response(420, 'PRACK').first('unsupported')).to.equal('x-unknown');
    peer.inDialog('PRACK', peer.response(180), { cseq: 3, body: OTHER_SDP, fields: [rack] });
    harness.settle();
    expect(peer.response(500, 'PRACK').has('retry-after'), 'an offer while theirs is open').to.equal(true);
    peer.inDialog('PRACK', peer.response(180), { cseq: 4, fields: [rack] });
    harness.settle();
    expect(harness.owner.asked.at(-1)).to.equal('in-dialog PRACK');
    harness.respond(200);
    harness.settle();
    expect(finals('PRACK')).to.deep.equal([420, 500, 200]);
  });

  it('each dialog of a forked INVITE has a session of its own (RFC 6337 §2.2)', () => {
    harness.invite();
    harness.settle();
    const invite = peer.request('INVITE');
    const reliable: Field[] = [
      ['Require', '100rel'],
      ['RSeq', '1'],
    ];
    const one = peer.reply(invite, 183, { toTag: 'one', body: SDP, fields: reliable });
    const two = peer.reply(invite, 180, { toTag: 'two' });
    harness.settle();
    peer.inDialog('UPDATE', one, { cseq: 1, body: OTHER_SDP });
    peer.inDialog('UPDATE', two, { cseq: 1, body: OTHER_SDP });
    harness.settle();
    expect(harness.owner.asked).to.deep.equal(['in-dialog UPDATE']);
    expect(finals('UPDATE'), 'there our offer is still open').to.deep.equal([491]);
    harness.respond(200, [], SDP);
    peer.reply(invite, 200, { toTag: 'one' });
    harness.settle();
    harness.acknowledge(harness.owner.responses.at(-1)?.dialogId ?? '');
    harness.settle();
  });
});
