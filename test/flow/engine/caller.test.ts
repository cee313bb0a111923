import { expect } from 'chai';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { Bench, TIMEOUT } from './bench.js';

describe('Engine as client', () => {
  let bench: Bench;
  let member: SipPeer;
  beforeEach(async () => {
    bench = await new Bench().start();
    member = bench.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => bench.expectNoLeak());

  const ring = () => {
    const sent = bench.invite();
    bench.settle();
    member.reply(member.request('INVITE'), 180);
    bench.settle();
    return sent;
  };
  const dialogId = (): string => bench.owner.responses.at(-1)?.dialogId ?? '';

  it('fills in what the application left out, and puts our address in place of localhost', () => {
    const { message } = bench.invite('sip:svc@10.0.0.2', {
      fields: [
        ['from', 'sip:5551212@localhost'],
        ['contact', '<sip:c@localhost:7777;transport=tcp>;q=1'],
        ['x-Strange', '1'],
        ['p-charging-vector', 'v'],
        ['Route', '<sip:evil@10.0.0.66;lr>'],
        ['bad name', 'x'],
        ['Content-Length', '9999'],
      ],
    });
    expect(message.first('from')).to.match(/^<sip:5551212@10\.0\.0\.1:5060>;tag=\w+$/);
    expect(message.first('contact')).to.equal('<sip:c@10.0.0.1:5060;transport=tcp>;q=1');
    expect(message.first('to')).to.equal('<sip:svc@10.0.0.2>');
    expect(message.first('max-forwards')).to.equal('70');
    expect(message.first('content-type')).to.equal('application/sdp');
    expect(message.fields.map(([name]) => name)).to.include.members(['x-Strange', 'P-Charging-Vector']);
    expect(message.has('route')).to.equal(false);
    bench.settle();
    member.reply(member.request('INVITE'), 486);
    bench.settle();
    expect(bench.owner.told).to.deep.equal([486]);
  });

  it('refuses what cannot be sent, in the words of drachtio-server', () => {
    expect(() => bench.invite('tel:+37120000001')).to.throw('invalid request-uri');
    expect(() => bench.invite('nonsense')).to.throw('invalid request-uri');
    expect(() => bench.invite('sip:me@10.0.0.1:5060')).to.throw('can not send request to myself');
    expect(() => bench.invite('sip:x@10.0.0.2;transport=tls')).to.throw('requested protocol/transport not available');
    expect(() => bench.invite('sip:x@10.0.0.2', { body: 'hello' })).to.throw('missing content-type');
    expect(() => bench.acknowledge('nothing')).to.throw('ACK for non-success final response is automatically');
    expect(() => bench.inDialog('nothing', 'BYE')).to.throw('unable to find dialog for dialog id provided');
    expect(() => bench.cancel('nothing')).to.throw('unable to cancel unknown transaction id: nothing');
  });

  it('sends a tel: request to its next hop', () => {
    bench.invite('tel:+37120000001', { nextHop: 'sip:10.0.0.2' });
    bench.settle();
    expect(member.request('INVITE').uri).to.equal('tel:+37120000001');
    expect(member.request('INVITE').has('route')).to.equal(false);
    member.reply(member.request('INVITE'), 404);
    bench.settle();
  });

  it('RFC 3261 §17.1.1.2: repeats the INVITE at T1 doubling; no answer at all is 408', () => {
    bench.invite();
    bench.settle(TIMEOUT + 10);
    expect(member.summary).to.deep.equal(new Array(7).fill('INVITE'));
    expect(bench.owner.told).to.deep.equal([408]);
    expect(bench.owner.responses[0]?.flow).to.equal(undefined);
  });

  it('RFC 3261 §17.1.1.2: Timer B stops at the first 1xx; Timer C cancels, and 408 follows', () => {
    ring();
    bench.settle(TIMEOUT * 2);
    expect(member.summary).to.deep.equal(['INVITE']);
    const mute = bench.network.rule({ when: ({ to }) => to === '10.0.0.2:5060', drop: true });
    bench.settle(185_000 - TIMEOUT * 2 + 10);
    expect(bench.network.lines().at(-1)).to.match(/^CANCEL/);
    bench.settle(TIMEOUT + 10);
    expect(bench.owner.told).to.deep.equal([180, 408]);
    mute();
  });

  it('a refused connection is 503 a moment later, never at once', () => {
    bench.invite('sip:nobody@10.0.0.77');
    bench.clock.advance(0);
    expect(bench.owner.told).to.deep.equal([]);
    bench.settle(10);
    expect(bench.owner.told).to.deep.equal([503]);
    expect(bench.owner.responses[0]?.protocol).to.equal('udp');
  });

  it('an ICMP error that the socket reports later ends the INVITE that still has no answer', () => {
    const { message } = bench.invite();
    bench.settle();
    const flow = { protocol: 'udp', address: '10.0.0.2', port: 5060, local: bench.at } as const;
    (bench.engine as unknown as { failed(f: typeof flow, e: Error): void }).failed(flow, new Error('ECONNREFUSED'));
    bench.settle(10);
    expect(message.method).to.equal('INVITE');
    expect(bench.owner.told).to.deep.equal([503]);
  });

  it('RFC 3263 §4.3: a name has several targets, the next is tried when one is unreachable', async () => {
    bench.resolver.names.set('trunk.example', [
      { protocol: 'udp', address: '10.0.0.77', port: 5060 },
      { protocol: 'udp', address: '10.0.0.2', port: 5060 },
    ]);
    const sent = bench.invite('sip:x@trunk.example');
    expect(sent.flow).to.equal(undefined);
    await bench.clock.run(10);
    expect(member.summary).to.deep.equal(['INVITE']);
    const first = bench.network.trace[0]?.text ?? '';
    expect(member.request('INVITE').via.params.get('branch')).not.to.equal(/branch=([^;]+)/.exec(first)?.[1]);
    member.reply(member.request('INVITE'), 486);
    bench.settle();
    expect(bench.owner.responses.map((event) => event.transactionId)).to.deep.equal([sent.transactionId]);
  });

  it('a name that does not resolve is 503 DNS Error; one that is cancelled first is 487 and never sent', async () => {
    bench.invite('sip:x@nowhere.example');
    await bench.clock.run(10);
    expect(bench.owner.responses[0]?.message.reason).to.equal('DNS Error');
    expect(bench.owner.responses[0]?.protocol).to.equal('unknown');
    bench.resolver.names.set('trunk.example', [{ protocol: 'udp', address: '10.0.0.2', port: 5060 }]);
    bench.cancel(bench.invite('sip:x@trunk.example').transactionId);
    await bench.clock.run(10);
    expect(bench.owner.told).to.deep.equal([503, 487]);
    expect(member.summary).to.deep.equal([]);
  });

  it('RFC 3261 §18.1.1: a request over 1300 bytes goes over TCP, and over UDP where nobody listens', () => {
    const long = { fields: [['X-Long', 'x'.repeat(1400)]] as [string, string][] };
    const tcp = bench.peer({ address: '10.0.0.3', protocol: 'tcp' });
    bench.invite('sip:x@10.0.0.3', long);
    bench.invite('sip:x@10.0.0.2', long);
    bench.settle();
    bench.settle();
    expect(tcp.request('INVITE').via.transport).to.equal('TCP');
    expect(member.request('INVITE').via.transport).to.equal('UDP');
    tcp.reply(tcp.request('INVITE'), 486);
    member.reply(member.request('INVITE'), 486);
    bench.settle();
    expect(bench.owner.told).to.deep.equal([486, 486]);
  });

  it('RFC 3261 §13.2.2.4: every repeated 2xx is acknowledged again, also after our BYE', () => {
    ring();
    const ok = member.reply(member.request('INVITE'), 200);
    bench.settle();
    member.send(ok, bench.at);
    bench.settle();
    expect(member.summary.filter((line) => line === 'ACK')).to.have.length(0);
    bench.acknowledge(dialogId());
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
    member.send(ok, bench.at);
    bench.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE', 'ACK']);
    expect(bench.owner.told).to.deep.equal([180, 200, 200]);
  });

  it('an owner that BYEs without ACK: the ACK leaves first', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });

  it('an owner that never acknowledges: ACK and BYE after 64·T1', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle(TIMEOUT + 10);
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
    expect(bench.owner.unsolicited).to.have.length(1);
  });

  it('RFC 3261 §13.2.2.4: a second 2xx with another To tag is acknowledged and ended, and nobody is told', () => {
    ring();
    const invite = member.request('INVITE');
    member.reply(invite, 200, { toTag: 'one' });
    member.reply(invite, 200, { toTag: 'two' });
    bench.settle();
    expect(bench.owner.told).to.deep.equal([180, 200]);
    const loser = member.received.slice(1);
    expect(loser.map(({ method }) => method)).to.deep.equal(['ACK', 'BYE']);
    expect(loser.every(({ toTag }) => toTag === 'two')).to.equal(true);
    bench.acknowledge(dialogId());
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
    expect(member.request('BYE').toTag).to.equal('one');
    expect(bench.owner.unsolicited).to.have.length(0);
  });

  it('RFC 3261 §9.1: a CANCEL waits for the first 1xx', () => {
    const { transactionId } = bench.invite();
    bench.settle();
    bench.cancel(transactionId);
    bench.settle();
    expect(member.summary).to.deep.equal(['INVITE']);
    member.reply(member.request('INVITE'), 100);
    bench.settle();
    bench.settle();
    expect(member.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
    expect(bench.owner.told).to.deep.equal([487]);
  });

  for (const late of ['release', 'deliver'] as const) {
    it(`RFC 3261 §9.1: a 2xx that crosses our CANCEL, "${late}"`, () => {
      const stubborn = bench.peer({ address: '10.0.0.4', user: 'member', autoCancel: false });
      const { transactionId } = bench.invite('sip:member@10.0.0.4');
      bench.settle();
      const invite = stubborn.request('INVITE');
      stubborn.reply(invite, 180);
      bench.settle();
      bench.cancel(transactionId, late);
      const ok = stubborn.reply(invite, 200);
      bench.settle();
      stubborn.reply(stubborn.request('CANCEL'), 481);
      bench.settle();
      expect(bench.owner.told).to.deep.equal([180, 200]);
      bench.acknowledge(dialogId());
      bench.settle();
      stubborn.send(ok, bench.at);
      bench.settle();
      if (late === 'release') {
        expect(stubborn.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK', 'BYE', 'ACK']);
        expect(bench.owner.unsolicited[0]?.message.first('reason')).to.include('ACK-BYE due to cancel race condition');
      } else {
        expect(stubborn.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK', 'ACK']);
        bench.inDialog(dialogId(), 'BYE');
        bench.settle();
      }
    });
  }

  it('RFC 3261 §9.1: no final response 64·T1 after the CANCEL is a 487 of our own', () => {
    const half = bench.peer({ address: '10.0.0.4', user: 'member', autoCancel: false });
    const { transactionId } = bench.invite('sip:member@10.0.0.4');
    bench.settle();
    half.reply(half.request('INVITE'), 180);
    bench.settle();
    bench.cancel(transactionId);
    bench.settle();
    half.reply(half.request('CANCEL'), 200);
    half.reply(half.request('INVITE'), 183);
    bench.settle(TIMEOUT + 10);
    expect(bench.owner.told).to.deep.equal([180, 487]);
  });

  it('a CANCEL after the 2xx is an error and sends nothing; after a refusal the INVITE is unknown', () => {
    const { transactionId } = ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    expect(() => bench.cancel(transactionId)).to.throw('internal server error canceling transaction id');
    bench.acknowledge(dialogId());
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
    expect(() => bench.cancel(transactionId)).to.throw('unable to cancel unknown');
    expect(member.summary).not.to.include('CANCEL');
  });

  it('RFC 3261 §12.2.1.1: loose routes, a strict router, CSeq, target refresh', () => {
    ring();
    member.reply(member.request('INVITE'), 200, {
      contact: '<sip:deep@172.16.0.1>',
      fields: [['Record-Route', '<sip:10.0.0.2;lr>, <sip:10.0.0.3;lr>']],
    });
    bench.settle();
    const ack = bench.acknowledge(dialogId()).message;
    expect(ack.uri).to.equal('sip:deep@172.16.0.1');
    expect(ack.all('route')).to.deep.equal(['<sip:10.0.0.3;lr>', '<sip:10.0.0.2;lr>']);
    const proxy = bench.peer({ address: '10.0.0.3', autoBye: false });
    const bye = bench.inDialog(dialogId(), 'BYE').message;
    expect(bye.cseq.number).to.equal(ack.cseq.number + 1);
    bench.settle();
    expect(proxy.summary).to.deep.equal(['ACK', 'BYE']);
    proxy.reply(proxy.request('BYE'), 200);
    bench.settle();
  });

  it('RFC 3261 §12.2.1.1: a strict first route takes the Request-URI', () => {
    ring();
    member.reply(member.request('INVITE'), 200, {
      contact: '<sip:deep@172.16.0.1>',
      fields: [['Record-Route', '<sip:10.0.0.2>']],
    });
    bench.settle();
    const ack = bench.acknowledge(dialogId()).message;
    expect(ack.uri).to.equal('sip:10.0.0.2');
    expect(ack.all('route')).to.deep.equal(['<sip:deep@172.16.0.1>']);
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
  });

  it('behind a NAT, requests go to where the response came from, the Request-URI stays the Contact', () => {
    ring();
    member.reply(member.request('INVITE'), 200, { contact: '<sip:member@192.168.1.5:5062>' });
    bench.settle();
    expect(bench.acknowledge(dialogId()).message.uri).to.equal('sip:member@192.168.1.5:5062');
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });

  it('ACK leaves before BYE also when the next hop has a name', async () => {
    bench.resolver.names.set('deep.example', [{ protocol: 'udp', address: '10.0.0.2', port: 5060 }]);
    ring();
    member.reply(member.request('INVITE'), 200, {
      fields: [['Record-Route', '<sip:deep.example;lr>']],
    });
    bench.settle();
    bench.acknowledge(dialogId());
    bench.inDialog(dialogId(), 'BYE');
    await bench.clock.run(5);
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });

  it('a 1xx and the final response to our re-INVITE both arrive; a failed one leaves the dialog', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    bench.acknowledge(dialogId());
    const id = dialogId();
    bench.inDialog(id, 'INVITE', { body: SDP });
    bench.settle();
    member.reply(member.request('INVITE'), 183);
    member.reply(member.request('INVITE'), 200, { contact: '<sip:new@10.0.0.2:5060>' });
    bench.settle();
    expect(bench.owner.told).to.deep.equal([180, 200, 183, 200]);
    expect(bench.acknowledge(id).message.uri).to.equal('sip:new@10.0.0.2:5060');
    bench.inDialog(id, 'INVITE', { body: SDP });
    bench.settle();
    member.reply(member.request('INVITE'), 488);
    bench.settle();
    bench.inDialog(id, 'BYE');
    bench.settle();
    expect(bench.owner.told.slice(-2)).to.deep.equal([488, 200]);
  });

  it('BYE while our re-INVITE is open: it is cancelled, and its end is not delivered', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    bench.acknowledge(dialogId());
    const id = dialogId();
    bench.inDialog(id, 'INVITE', { body: SDP });
    bench.settle();
    member.reply(member.request('INVITE'), 100);
    bench.settle();
    bench.inDialog(id, 'BYE');
    bench.settle();
    expect(member.summary.slice(2)).to.deep.equal(['INVITE', 'CANCEL', 'BYE', 'ACK']);
    expect(bench.owner.told).to.deep.equal([180, 200, 200]);
  });

  it('a BYE from the peer while a 2xx to our re-INVITE is not acknowledged: the ACK is still possible', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    bench.acknowledge(dialogId());
    const id = dialogId();
    bench.inDialog(id, 'INVITE', { body: SDP });
    bench.settle();
    const ok = member.reply(member.request('INVITE'), 200);
    member.bye(ok);
    bench.settle();
    bench.respond(200);
    bench.acknowledge(id);
    bench.settle();
    expect(member.summary.slice(-2).sort()).to.deep.equal(['200 BYE', 'ACK']);
  });

  it('RFC 3262 §4: a reliable 1xx that comes again, or out of turn, is not delivered', () => {
    bench.invite();
    bench.settle();
    const reliably = (number: number) =>
      member.reply(member.request('INVITE'), 183, {
        fields: [
          ['Require', '100rel'],
          ['RSeq', String(number)],
        ],
      });
    for (const number of [7, 7, 9, 8]) reliably(number);
    bench.settle();
    expect(bench.owner.responses.map(({ message }) => message.first('rseq'))).to.deep.equal(['7', '8']);
    bench.inDialog(dialogId(), 'PRACK', { fields: [['RAck', '7 1 INVITE']] });
    bench.settle();
    expect(member.request('PRACK').first('rack')).to.equal('7 1 INVITE');
    member.reply(member.request('PRACK'), 200);
    member.reply(member.request('INVITE'), 486);
    bench.settle();
  });

  it('a 2xx without Contact is acknowledged and ended by ourselves', () => {
    bench.invite();
    bench.settle();
    const invite = member.request('INVITE');
    const via = `Via: ${invite.first('via')}`;
    const identity = `From: ${invite.first('from')}\r\nTo: ${invite.first('to')};tag=t\r\nCall-ID: ${invite.callId}`;
    member.send(`SIP/2.0 200 OK\r\n${via}\r\n${identity}\r\nCSeq: ${invite.first('cseq')}\r\n\r\n`, bench.at);
    bench.settle();
    expect(bench.owner.told).to.deep.equal([200]);
    expect(member.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
    expect(() => bench.acknowledge(dialogId())).to.throw('ACK for non-success');
  });

  it('the application goes away: its INVITE is cancelled; a 200 that comes nevertheless is ended', () => {
    const stubborn = bench.peer({ address: '10.0.0.4', user: 'member', autoCancel: false });
    bench.invite('sip:member@10.0.0.4');
    bench.settle();
    stubborn.reply(stubborn.request('INVITE'), 180);
    bench.settle();
    bench.engine.release(bench.owner);
    bench.settle();
    stubborn.reply(stubborn.request('INVITE'), 200);
    bench.settle();
    expect(stubborn.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK', 'BYE']);
    expect(bench.owner.told).to.deep.equal([180]);
  });

  it('the application goes away with an answered INVITE that it has not acknowledged', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    bench.engine.release(bench.owner);
    bench.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });
});
