import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { SDP } from '../../support/sip-peer.js';
import { Bench } from './engine-harness.js';

const TIMER: Field = ['Supported', 'timer'];

describe('Engine: Session-Expires in a 2xx (RFC 4028 §9, table 2)', () => {
  let bench: Bench;
  let caller: SipPeer;
  beforeEach(async () => {
    bench = await new Bench().start();
    caller = bench.peer();
  });
  afterEach(() => {
    bench.engine.release(bench.owner);
    bench.expectNoLeak();
  });

  /** The caller's INVITE, answered. @returns Session-Expires and Require of the 2xx */
  const call = (fields: Field[], ours: Field[] = []): (string | undefined)[] => {
    caller.invite(bench.at, { fields });
    bench.settle();
    bench.respond(200, ours, SDP);
    bench.settle();
    return said('INVITE');
  };
  const said = (method: string): (string | undefined)[] => {
    const ok = caller.response(200, method);
    return [ok.first('session-expires'), ok.first('require')];
  };
  let sequence = 50;
  const again = (method: string, fields: Field[]): (string | undefined)[] => {
    const body = method === 'INVITE' ? SDP : '';
    caller.inDialog(method, caller.response(200, 'INVITE'), { cseq: sequence++, fields, body });
    bench.settle();
    bench.respond(200, [], body);
    bench.settle();
    return said(method);
  };

  for (const [supported, refresher, answer, required] of [
    [false, '', 'uas', undefined],
    [true, '', 'uas', 'timer'],
    [true, ';refresher=uac', 'uac', 'timer'],
    [true, ';refresher=uas', 'uas', 'timer'],
  ] as const) {
    for (const method of ['INVITE', 'UPDATE', 're-INVITE']) {
      it(`${method}: ${supported ? '' : 'no '}timer supported, asks for 120${refresher}: ${answer}`, () => {
        const fields: Field[] = [...(supported ? [TIMER] : []), ['Session-Expires', `120${refresher}`]];
        const first = call(method === 'INVITE' ? fields : []);
        const settled = method === 'INVITE' ? first : again(method.replace('re-', ''), fields);
        expect(settled).to.deep.equal([`120;refresher=${answer}`, required]);
        bench.settle(60_100);
        const isRefreshed = caller.summary.at(-1) === 'INVITE';
        expect(isRefreshed).to.equal(answer === 'uas');
      });
    }
  }

  for (const method of ['UPDATE', 'INVITE']) {
    it(`${method} without a refresher leaves the refreshing with the peer who does it, and restarts the timer (§7.4)`, () => {
      call([TIMER, ['Session-Expires', '90;refresher=uac']]);
      for (const at of [40_000, 40_000, 50_000]) {
        bench.settle(at);
        expect(again(method, [TIMER, ['Session-Expires', '90']])).to.deep.equal(['90;refresher=uac', 'timer']);
      }
      bench.settle(59_000);
      expect(caller.summary).to.not.include('BYE');
      bench.settle(1100);
      expect(caller.summary).to.include('BYE');
    });

    it(`${method} that asks for nothing: a timer that runs goes on, and whoever does not know it does not refresh`, () => {
      call([TIMER, ['Session-Expires', '120;refresher=uac']]);
      bench.settle(50_000);
      expect(again(method, [])).to.deep.equal(['120;refresher=uas', undefined]);
      bench.settle(59_900);
      expect(caller.summary).to.not.include('INVITE');
      bench.settle(200);
      expect(caller.summary.at(-1)).to.equal('INVITE');
    });
  }

  it('the Min-SE of a peer is the least that we say to it from then on (§7.4)', () => {
    call([TIMER, ['Session-Expires', '300;refresher=uas'], ['Min-SE', '200']]);
    bench.settle(150_100);
    expect(caller.request('INVITE').first('min-se')).to.equal('200');
  });

  it('60 s, by whoever would not understand a 422: granted, not raised', () => {
    call([]);
    expect(again('UPDATE', [['Session-Expires', '60']])).to.deep.equal(['60;refresher=uas', undefined]);
  });

  it('nobody asks, and the application settles nothing: no session timer', () => {
    expect(call([TIMER])).to.deep.equal([undefined, undefined]);
  });

  it('an INVITE of ours whose 2xx has no Session-Expires: we do what we asked for (§7.2)', () => {
    const member = bench.peer({ address: '10.0.0.2' });
    bench.invite('sip:m@10.0.0.2', { fields: [TIMER, ['Session-Expires', '120']] });
    bench.settle();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    bench.acknowledge(bench.owner.responses.at(-1)?.dialogId ?? '');
    bench.settle(60_100);
    expect(member.request('INVITE').first('session-expires')).to.equal('120;refresher=uac');
  });
});
