import { expect } from 'chai';
import type { SipPeer } from '../../support/sip-peer.js';
import { ProxyBench } from './proxy-bench.js';

describe('Engine as proxy', () => {
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

  describe('one target after another', () => {
    it('RFC 3261 §16.6: our Via on top, one hop less, the Request-URI that was ours replaced, the rest as it came', () => {
      const invite = bench.forward({ fields: [['X-Added', 'yes']] }, 'INVITE', {
        body: 'v=0\r\n',
        fields: [
          ['Route', '<sip:10.0.0.1:5060;lr>'],
          ['X-Strange', 'kept'],
        ],
      });
      const copy = anna.request('INVITE');
      expect(copy.uri).to.equal('sip:anna@10.0.0.2');
      expect(copy.values('via')[0]).to.match(/^SIP\/2\.0\/UDP 10\.0\.0\.1:5060;branch=z9hG4bK/);
      expect(copy.values('via')[1]).to.contain(invite.via.params.get('branch') ?? '-');
      expect(copy.first('max-forwards')).to.equal('69');
      for (const name of ['from', 'to', 'call-id', 'cseq', 'contact', 'x-strange']) {
        expect(copy.first(name), name).to.equal(invite.first(name));
      }
      expect(copy.first('x-added')).to.equal('yes');
      expect(copy.has('route')).to.equal(false);
      expect(copy.has('record-route')).to.equal(false);
      expect(copy.body).to.equal('v=0\r\n');
      expect(bert.summary).to.deep.equal([]);
      bench.reply(anna, 486);
      bench.reply(bert, 486);
    });

    it('§16.5: a request that was not addressed to us keeps its Request-URI; the target is only its next hop', () => {
      bench.forward({ targets: ['sip:10.0.0.2'] }, 'INVITE', { uri: 'sip:someone@example.com' });
      expect(anna.request('INVITE').uri).to.equal('sip:someone@example.com');
      bench.reply(anna, 404);
    });

    it('§16.7: busy, then the next; 1xx and 2xx pass with their own To tag and one Via less', () => {
      bench.forward();
      bench.reply(anna, 180);
      bench.reply(anna, 486);
      expect(anna.summary).to.deep.equal(['INVITE', 'ACK']);
      expect(bench.heard).to.deep.equal(['180 INVITE']);
      bench.reply(bert, 183);
      bench.reply(bert, 200);
      expect(bench.heard).to.deep.equal(['180 INVITE', '183 INVITE', '200 INVITE']);
      const answer = caller.response(200);
      expect(answer.toTag).to.equal('to-bert-5060');
      expect(answer.contact?.uri).to.equal('sip:bert@10.0.0.3:5060');
      expect(answer.values('via')).to.have.length(1);
      expect(bench.told).to.deep.equal([486, 200, 'done']);
    });

    it('§16.7 item 5: a 2xx that comes again is passed on again; RFC 6026 §7.1: we do not repeat it ourselves', () => {
      bench.forward();
      bench.reply(anna, 200);
      bench.settle(5000);
      expect(bench.heard).to.deep.equal(['200 INVITE']);
      bench.reply(anna, 200);
      expect(bench.heard).to.deep.equal(['200 INVITE', '200 INVITE']);
      expect(bench.told).to.deep.equal([200, 'done']);
    });

    it('§16.7 item 6: the best of the failures goes to the caller when all have failed', () => {
      bench.forward();
      bench.reply(anna, 404);
      expect(bench.heard).to.deep.equal([]);
      bench.reply(bert, 503);
      expect(bench.heard).to.deep.equal(['404 INVITE']);
      expect(bench.told).to.deep.equal([404, 503, 'done']);
    });

    it('§16.7 item 6: a 503 is 500 to the caller, who would avoid us otherwise', () => {
      bench.forward({ targets: ['sip:10.0.0.2'] });
      bench.reply(anna, 503);
      expect(bench.heard).to.deep.equal(['500 INVITE']);
    });

    it('§16.7: 6xx ends the search and wins', () => {
      bench.forward();
      bench.reply(anna, 603);
      expect(bench.heard).to.deep.equal(['603 INVITE']);
      expect(bert.summary).to.deep.equal([]);
    });

    it('§16.7 item 7: 407 ends the search, and the caller sees the challenge', () => {
      bench.forward();
      bench.reply(anna, 407, { fields: [['Proxy-Authenticate', 'Digest realm="a"']] });
      expect(caller.response(407).first('proxy-authenticate')).to.equal('Digest realm="a"');
      expect(bert.summary).to.deep.equal([]);
    });

    it('an unreachable target is left for the next; nothing usable at all is the engine’s own failure', () => {
      bench.forward({ targets: ['sip:nobody@10.0.0.77', 'sip:nobody@nowhere.example'] });
      return bench.clock.run(20).then(() => {
        expect(bench.heard).to.deep.equal(['500 INVITE']);
        expect(bench.told).to.deep.equal([503, 503, 'done']);
      });
    });
  });

  describe('all targets at once', () => {
    it('§16.7 item 10: the first to answer wins, the others are cancelled and told why', () => {
      bench.forward({ simultaneous: true });
      bench.reply(anna, 180);
      bench.reply(bert, 180);
      bench.reply(bert, 200);
      expect(anna.request('CANCEL').first('reason')).to.contain('Call completed elsewhere');
      expect(anna.request('CANCEL').via.params.get('branch')).to.equal(anna.request('INVITE').via.params.get('branch'));
      expect(anna.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
      expect(bench.heard).to.deep.equal(['180 INVITE', '180 INVITE', '200 INVITE']);
      expect(bench.told).to.deep.equal([200, 'done']);
    });

    it('§9.1: a loser that is still silent is cancelled with its first 1xx', () => {
      bench.forward({ simultaneous: true });
      bench.reply(bert, 200);
      expect(anna.summary).to.deep.equal(['INVITE']);
      bench.reply(anna, 180);
      expect(anna.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
      expect(bench.heard).to.deep.equal(['200 INVITE']);
    });

    it('§16.7 item 5: a second 2xx that crossed the CANCEL goes to the caller, too', () => {
      bench.forward({ simultaneous: true });
      bench.reply(anna, 180);
      anna.reply(anna.request('INVITE'), 200);
      bert.reply(bert.request('INVITE'), 200);
      bench.settle();
      expect(bench.heard).to.deep.equal(['180 INVITE', '200 INVITE', '200 INVITE']);
    });

    it('§16.7 items 6 and 7: all failures are awaited, every challenge is passed on', () => {
      bench.forward({ simultaneous: true });
      bench.reply(anna, 401, { fields: [['WWW-Authenticate', 'Digest realm="a"']] });
      expect(bench.heard).to.deep.equal([]);
      bench.reply(bert, 407, { fields: [['Proxy-Authenticate', 'Digest realm="b"']] });
      expect(bench.heard).to.deep.equal(['401 INVITE']);
      expect(caller.response(401).first('www-authenticate')).to.equal('Digest realm="a"');
      expect(caller.response(401).first('proxy-authenticate')).to.equal('Digest realm="b"');
    });

    it('§16.7 item 5: 6xx cancels the others', () => {
      bench.forward({ simultaneous: true });
      bench.reply(anna, 180);
      bench.reply(bert, 600);
      expect(anna.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
      expect(bench.heard).to.deep.equal(['180 INVITE', '600 INVITE']);
    });
  });

  describe('redirections', () => {
    const MOVED = {
      fields: [['Contact', '<sip:carl@10.0.0.4>;q=0.1, <sip:bert@10.0.0.3>;q=0.9, <sip:me@10.0.0.1>']] as const,
    };

    it('§16.7 item 4: the Contacts are tried in the order of q, before what is left; we ourselves are none', () => {
      bench.forward({ followRedirects: true, targets: ['sip:10.0.0.2'] });
      const carl = bench.peer({ address: '10.0.0.4', user: 'carl' });
      anna.reply(anna.request('INVITE'), 302, MOVED);
      bench.settle();
      expect(bert.request('INVITE').uri).to.equal('sip:bert@10.0.0.3');
      bench.reply(bert, 486);
      expect(carl.request('INVITE').uri).to.equal('sip:carl@10.0.0.4');
      bench.reply(carl, 200);
      expect(bench.heard).to.deep.equal(['200 INVITE']);
      expect(bench.told).to.deep.equal([302, 486, 200, 'done']);
    });

    it('targets that redirect to each other do not go on for ever', () => {
      bench.forward({ followRedirects: true });
      bench.reply(anna, 302, { fields: [['Contact', '<sip:bert@10.0.0.3>']] });
      bench.reply(bert, 302, { fields: [['Contact', '<sip:anna@10.0.0.2>']] });
      expect(bench.heard).to.deep.equal(['302 INVITE']);
    });

    it('without followRedirects the 3xx is the caller’s', () => {
      bench.forward({ targets: ['sip:10.0.0.2'] });
      bench.reply(anna, 302, MOVED);
      expect(caller.response(302).contact?.uri).to.equal('sip:carl@10.0.0.4');
      expect(bert.summary).to.deep.equal([]);
    });
  });

  describe('other requests', () => {
    it('RFC 4320 §4: a non-INVITE request is forwarded, its 1xx is not, its final response is', () => {
      bench.forward({}, 'MESSAGE');
      const message = anna.request('MESSAGE');
      anna.reply(message, 182);
      anna.reply(message, 404);
      bench.settle();
      bert.reply(bert.request('MESSAGE'), 200);
      bench.settle();
      expect(bench.heard).to.deep.equal(['200 MESSAGE']);
      expect(bench.told).to.deep.equal([404, 200, 'done']);
    });

    it('RFC 3327 §5.2: Path and not Record-Route for a REGISTER', () => {
      bench.forward({ recordRoute: true }, 'REGISTER');
      const register = anna.request('REGISTER');
      expect(register.first('path')).to.equal('<sip:10.0.0.1:5060;lr>');
      expect(register.first('require')).to.equal('path');
      expect(register.has('record-route')).to.equal(false);
      anna.reply(register, 200);
      bench.settle();
      expect(bench.heard).to.deep.equal(['200 REGISTER']);
    });
  });
});
