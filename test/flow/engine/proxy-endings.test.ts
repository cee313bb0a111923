import { expect } from 'chai';
import type { SipPeer } from '../../support/sip-peer.js';
import { TIMEOUT } from './bench.js';
import { ProxyBench } from './proxy-bench.js';

describe('Engine as proxy: what ends the search', () => {
  let bench: ProxyBench;
  let caller: SipPeer;
  let anna: SipPeer;
  let bert: SipPeer;
  beforeEach(async () => {
    bench = new ProxyBench();
    ({ caller, anna, bert } = bench);
    await bench.start();
  });
  afterEach(() => bench.expectNoLeak());

  describe('the caller cancels', () => {
    it('§16.10: 200 at once, CANCEL with its Reason to the ringing target, whose 487 goes back', () => {
      const invite = bench.forward();
      bench.reply(anna, 180);
      caller.cancel(invite, bench.at, [['Reason', 'SIP;cause=487']]);
      bench.settle();
      expect(anna.request('CANCEL').first('reason')).to.equal('SIP;cause=487');
      expect(bench.heard).to.deep.equal(['180 INVITE', '200 CANCEL', '487 INVITE']);
      expect(bert.summary).to.deep.equal([]);
      expect(bench.owner.asked).to.deep.equal(['new INVITE']);
      expect(bench.told).to.deep.equal([487, 'done']);
    });

    it('§16.10: a target that is mute does not keep the caller waiting', () => {
      const invite = bench.forward();
      caller.cancel(invite, bench.at);
      bench.settle();
      expect(bench.heard).to.deep.equal(['200 CANCEL', '487 INVITE']);
      expect(anna.summary).to.deep.equal(['INVITE']);
    });

    it('§16.7 item 5: an answer that crosses the CANCEL is the answer', () => {
      const invite = bench.forward();
      bench.reply(anna, 180);
      anna.reply(anna.request('INVITE'), 200);
      caller.cancel(invite, bench.at);
      bench.settle();
      expect(bench.heard).to.include('200 INVITE').and.not.include('487 INVITE');
    });

    it('§9.1: 64·T1 without a final response after the CANCEL count as 487', () => {
      const invite = bench.forward();
      bench.reply(anna, 180);
      const mute = bench.network.rule({ when: ({ to }) => to === '10.0.0.2:5060', drop: true });
      caller.cancel(invite, bench.at);
      bench.settle(TIMEOUT + 10);
      expect(bench.heard.at(-1)).to.equal('487 INVITE');
      mute();
    });
  });

  describe('timeouts', () => {
    it('provisionalTimeout: a target without any response is left for the next, and cancelled when it wakes up', () => {
      bench.forward({ provisionalTimeout: 1000 });
      bench.settle(1000);
      expect(bert.summary).to.deep.equal(['INVITE']);
      bench.reply(anna, 180);
      expect(anna.summary).to.include('CANCEL');
      expect(bench.heard).to.deep.equal([]);
      bench.reply(bert, 200);
      expect(bench.heard).to.deep.equal(['200 INVITE']);
      expect(bench.told).to.deep.equal([408, 200, 'done']);
    });

    it('provisionalTimeout: 100 Trying is a response', () => {
      bench.forward({ provisionalTimeout: 1000 });
      bench.reply(anna, 100);
      bench.settle(5000);
      expect(bert.summary).to.deep.equal([]);
      bench.reply(anna, 200);
    });

    it('finalTimeout: a target that only rings is cancelled, and the next one tried at once', () => {
      bench.forward({ finalTimeout: 5000 });
      bench.reply(anna, 180);
      bench.settle(5000);
      expect(anna.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
      expect(bert.summary).to.deep.equal(['INVITE']);
      bench.reply(bert, 486);
      expect(bench.heard).to.deep.equal(['180 INVITE', '486 INVITE']);
      expect(bench.told).to.deep.equal([408, 486, 'done']);
    });

    it('all mute: 408, and an answer that comes after it is still passed on (§16.7 item 5)', () => {
      bench.forward({ provisionalTimeout: 1000 });
      bench.settle(2010);
      expect(bench.heard).to.deep.equal(['408 INVITE']);
      bench.reply(bert, 200);
      expect(bench.heard).to.deep.equal(['408 INVITE', '200 INVITE']);
      expect(bench.told).to.deep.equal([408, 408, 'done']);
    });

    it('§17.1.1.2: without timeouts Timer B moves on', () => {
      bench.forward();
      bench.settle(TIMEOUT + 10);
      expect(bert.request('INVITE').uri).to.equal('sip:bert@10.0.0.3');
      bench.reply(bert, 200);
      expect(bench.heard).to.deep.equal(['200 INVITE']);
    });

    it('§16.8: Timer C cancels a target that rings for ever', () => {
      bench.forward({ targets: ['sip:10.0.0.2'] });
      bench.reply(anna, 180);
      bench.settle(185_010);
      expect(anna.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
      expect(bench.heard).to.deep.equal(['180 INVITE', '408 INVITE']);
    });
  });

  describe('what cannot be proxied', () => {
    const offer = (parts: Parameters<SipPeer['invite']>[1] = {}) => {
      caller.invite(bench.at, parts);
      bench.settle();
    };

    it('a transaction that is unknown, answered or ringing', () => {
      offer();
      bench.respond(180);
      expect(() => bench.proxy()).to.throw('Unknown transaction id');
      bench.respond(486);
      expect(() => bench.proxy()).to.throw('Unknown transaction id');
      bench.settle();
    });

    it('a request that is proxied cannot be answered any more', () => {
      bench.forward();
      expect(() => bench.respond(486)).to.throw('unknown transaction');
      expect(() => bench.proxy()).to.throw('Unknown transaction id');
      bench.reply(anna, 200);
    });

    it('targets that are no SIP URIs: 500', () => {
      offer();
      expect(() => bench.proxy({ targets: ['tel:+37120000001'] })).to.throw(
        'error proxying request to tel:+37120000001',
      );
      bench.settle();
      expect(bench.heard).to.deep.equal(['500 INVITE']);
    });

    it('§16.3 item 3: an OPTIONS without hops left is 483', () => {
      const text = caller.start('OPTIONS', { address: '10.0.0.8', port: 5060 }).text;
      caller.send(text.replace('Max-Forwards: 70', 'Max-Forwards: 0'), bench.at);
      bench.settle();
      expect(() => bench.proxy()).to.throw('Rejected with 483 Too Many Hops due to Max-Forwards value of 0');
      bench.settle();
      expect(bench.heard).to.deep.equal(['483 OPTIONS']);
    });

    it('§16.3 item 5: Proxy-Require is 420', () => {
      offer({ fields: [['Proxy-Require', 'magic']] });
      expect(() => bench.proxy()).to.throw('420');
      bench.settle();
      expect(caller.response(420).first('unsupported')).to.equal('magic');
    });
  });

  it('the application leaves: what it has proxied goes on without it', () => {
    bench.forward();
    bench.engine.release(bench.owner);
    bench.reply(anna, 486);
    bench.reply(bert, 200);
    expect(bench.heard).to.deep.equal(['200 INVITE']);
  });
});
