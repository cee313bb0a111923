import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { SDP } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

const TIMER: Field = ['Supported', 'timer'];

describe('Engine: Session-Expires in a 2xx (RFC 4028 §9, table 2)', () => {
  let harness: EngineHarness;
  let caller: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    caller = harness.peer();
  });
  afterEach(() => {
    harness.engine.release(harness.owner);
    harness.expectNoLeak();
  });

  /** The caller's INVITE, answered. @returns Session-Expires and Require of the 2xx */
  const call = (fields: Field[], ours: Field[] = []): (string | undefined)[] => {
    caller.invite(harness.at, { fields });
    harness.settle();
    harness.respond(200, ours, SDP);
    harness.settle();
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
    harness.settle();
    harness.respond(200, [], body);
    harness.settle();
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
        harness.settle(60_100);
        const isRefreshed = caller.summary.at(-1) === 'INVITE';
        expect(isRefreshed).to.equal(answer === 'uas');
      });
    }
  }

  for (const method of ['UPDATE', 'INVITE']) {
    it(`${method} without a refresher leaves the refreshing with the peer who does it, and restarts the timer (§7.4)`, () => {
      call([TIMER, ['Session-Expires', '90;refresher=uac']]);
      for (const at of [40_000, 40_000, 50_000]) {
        harness.settle(at);
        expect(again(method, [TIMER, ['Session-Expires', '90']])).to.deep.equal(['90;refresher=uac', 'timer']);
      }
      harness.settle(59_000);
      expect(caller.summary).to.not.include('BYE');
      harness.settle(1100);
      expect(caller.summary).to.include('BYE');
    });

    it(`${method} that asks for nothing: a timer that runs goes on, and whoever does not know it does not refresh`, () => {
      call([TIMER, ['Session-Expires', '120;refresher=uac']]);
      harness.settle(50_000);
      expect(again(method, [])).to.deep.equal(['120;refresher=uas', undefined]);
      harness.settle(59_900);
      expect(caller.summary).to.not.include('INVITE');
      harness.settle(200);
      expect(caller.summary.at(-1)).to.equal('INVITE');
    });
  }

  it('the Min-SE of a peer is the least that we say to it from then on (§7.4)', () => {
    call([TIMER, ['Session-Expires', '300;refresher=uas'], ['Min-SE', '200']]);
    harness.settle(150_100);
    expect(caller.request('INVITE').first('min-se')).to.equal('200');
  });

  it('60 s, by whoever would not understand a 422: granted, not raised', () => {
    call([]);
    expect(again('UPDATE', [['Session-Expires', '60']])).to.deep.equal(['60;refresher=uas', undefined]);
  });

  for (const asked of ['999999999', '9'.repeat(20), '9'.repeat(400)])
    for (const method of ['INVITE', 'UPDATE', 're-INVITE'])
      it(`${method}: ${asked.length} digits are a day, as configured, and its timer runs`, () => {
        const fields: Field[] = [TIMER, ['Session-Expires', asked], ['Min-SE', asked]];
        const first = call(method === 'INVITE' ? fields : []);
        const settled = method === 'INVITE' ? first : again(method.replace('re-', ''), fields);
        expect(settled).to.deep.equal(['86400;refresher=uas', 'timer']);
        harness.settle(43_200_000);
        expect(caller.request('INVITE').first('session-expires')).to.equal('86400;refresher=uac');
        expect(caller.request('INVITE').first('min-se')).to.equal('86400');
      });

  for (const asked of ['-90', '1e3', '0x78', '120.5', ' ', 'soon'])
    it(`Session-Expires: ${JSON.stringify(asked)} is no number, and settles nothing`, () => {
      expect(call([TIMER, ['Session-Expires', asked]])).to.deep.equal([undefined, undefined]);
    });

  it('a 2xx of a member that says a thousand years: a day (§7.2)', () => {
    const member = harness.peer({ address: '10.0.0.2' });
    harness.invite('sip:m@10.0.0.2', { fields: [TIMER, ['Session-Expires', '120']] });
    harness.settle();
    member.reply(member.request('INVITE'), 200, { fields: [['Session-Expires', '31536000000;refresher=uac']] });
    harness.settle();
    harness.acknowledge(harness.owner.responses.at(-1)?.dialogId ?? '');
    harness.settle(43_199_000);
    expect(member.summary).to.deep.equal(['INVITE', 'ACK']);
    harness.settle(2000);
    expect(member.request('INVITE').first('session-expires')).to.equal('86400;refresher=uac');
  });

  it('nobody asks, and the application settles nothing: no session timer', () => {
    expect(call([TIMER])).to.deep.equal([undefined, undefined]);
  });

  it('an INVITE of ours whose 2xx has no Session-Expires: we do what we asked for (§7.2)', () => {
    const member = harness.peer({ address: '10.0.0.2' });
    harness.invite('sip:m@10.0.0.2', { fields: [TIMER, ['Session-Expires', '120']] });
    harness.settle();
    member.reply(member.request('INVITE'), 200);
    harness.settle();
    harness.acknowledge(harness.owner.responses.at(-1)?.dialogId ?? '');
    harness.settle(60_100);
    expect(member.request('INVITE').first('session-expires')).to.equal('120;refresher=uac');
  });
});
