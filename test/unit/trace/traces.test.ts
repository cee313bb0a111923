import { expect } from 'chai';
import { silentMeter } from '../../../lib/base/meter.js';
import { isMessage, type KeptTrace, readTrace } from '../../../lib/trace/kept-trace.js';
import { type TraceSettings, Traces } from '../../../lib/trace/traces.js';
import { FakeClock } from '../../support/fake-clock.js';
import { glanceAt } from '../../support/glance.js';

const ID = '00000000-0000-4000-8000-000000000001';

const request = (method: string, callId: string, sequence = 1, more = ''): string =>
  `${method} sip:x SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z\r\nCall-ID: ${callId}\r\nCSeq: ${sequence} ${method}\r\n${more}\r\n`;
const response = (status: number, method: string, callId: string, sequence = 1): string =>
  `SIP/2.0 ${status} Whatever\r\nCall-ID: ${callId}\r\nCSeq: ${sequence} ${method}\r\n\r\n`;

function start(settings: Partial<TraceSettings> = {}) {
  const clock = new FakeClock();
  const kept: [string, KeptTrace][] = [];
  const traces = new Traces({
    clock,
    meter: silentMeter,
    ...{ failedShare: 1, otherShare: 0, liveCalls: 10, ...settings },
    keep: (some) => {
      for (const [call, trace] of some) kept.push([call, readTrace(trace) as KeptTrace]);
    },
  });
  return { clock, traces, kept };
}

const shown = ({ rows }: KeptTrace): string[] =>
  rows
    .filter(isMessage)
    .map(([, leg, way, status, method, , times]) => `${leg}${way}${status || ''}${method}×${times}`);

describe('Traces of calls', () => {
  it('a call has the messages of its legs in the order of the wire, from the INVITE that was before it, repetitions counted', () => {
    const { clock, traces, kept } = start();
    traces.received(glanceAt(request('INVITE', 'theirs')));
    traces.sent(glanceAt(response(100, 'INVITE', 'theirs')));
    traces.received(glanceAt(request('INVITE', 'theirs')));
    traces.begin(ID, 'theirs');
    traces.sent(glanceAt(request('INVITE', `${ID}.1`)));
    traces.sent(glanceAt(request('INVITE', `${ID}.1`)));
    traces.received(glanceAt(response(486, 'INVITE', `${ID}.1`)));
    traces.sent(glanceAt(request('ACK', `${ID}.1`)));
    traces.sent(glanceAt(response(486, 'INVITE', 'theirs')));
    traces.ended(ID, { answered: null, released: null });
    traces.forget(ID);
    traces.received(glanceAt(request('ACK', 'theirs'))); // the last word comes a moment later
    expect(kept).to.deep.equal([]);
    clock.advance(1000);
    const [[call, trace] = ['', undefined]] = kept;
    expect(call).to.equal(ID);
    expect(shown(trace as KeptTrace)).to.deep.equal([
      ...['0<INVITE×2', '0>100INVITE×1', '1>INVITE×2', '1<486INVITE×1', '1>ACK×1', '0>486INVITE×1', '0<ACK×1'],
    ]);
    expect(trace?.legs).to.deep.equal(['theirs', `${ID}.1`]);
    expect(traces.tables).to.deep.equal({ tracedCalls: 0, tracedLegs: 0 });
    expect(clock.pending).to.equal(0);
  });

  it('all failed calls are kept and every hundredth of the others, by default; never more than the share', () => {
    for (const [otherShare, expected] of [
      [0.01, 10],
      [0, 0],
      [1, 1000],
      [0.5, 500],
    ] as const) {
      const { clock, traces, kept } = start({ otherShare });
      for (let i = 0; i < 1000; i++) {
        traces.begin(`${i}`, `c${i}`);
        traces.ended(`${i}`, { answered: 1, released: 'caller' });
        traces.forget(`${i}`);
        clock.advance(1000);
      }
      expect(kept, String(otherShare)).to.have.length(expected);
    }
    const { clock, traces, kept } = start();
    for (const [call, answered, released] of [
      ['unanswered', null, null],
      ['by us', 1, 'system'],
      ['good', 1, 'callee'],
    ] as const) {
      traces.begin(call, call);
      traces.ended(call, { answered, released });
      traces.forget(call);
    }
    traces.begin('fault', 'fault');
    traces.forget('fault'); // before there is a record of it
    clock.advance(1000);
    expect(kept.map(([call]) => call)).to.deep.equal(['unanswered', 'by us', 'fault']);
  });

  it('is bounded: calls at once, in one go, INVITEs that become no call', () => {
    const { clock, traces, kept } = start({ liveCalls: 200 });
    for (let i = 0; i < 5000; i++) traces.received(glanceAt(request('INVITE', `stray ${i}`)));
    for (let i = 0; i < 300; i++) traces.begin(`${i}`, `c${i}`);
    expect(traces.tables).to.deep.equal({ tracedCalls: 200, tracedLegs: 200 });
    for (let i = 0; i < 300; i++) {
      traces.ended(`${i}`, undefined);
      traces.forget(`${i}`);
    }
    clock.advance(1000);
    expect(kept).to.have.length(100);
    expect(traces.tables).to.deep.equal({ tracedCalls: 0, tracedLegs: 0 });
  });

  it('an INVITE that is no call yet gives its place to the five hundredth after it, and has none any more as a call', () => {
    const { clock, traces, kept } = start({ liveCalls: 1000 });
    traces.received(glanceAt(request('INVITE', 'lost')));
    traces.received(glanceAt(request('INVITE', 'call')));
    traces.begin(ID, 'call');
    for (let i = 0; i < 500; i++) traces.received(glanceAt(request('INVITE', `stray ${i}`)));
    expect(traces.tables).to.deep.equal({ tracedCalls: 1, tracedLegs: 1 });
    traces.sent(glanceAt(response(200, 'INVITE', 'call')));
    traces.sent(glanceAt(response(404, 'INVITE', 'lost'))); // nobody knows it
    traces.sent(glanceAt(response(404, 'INVITE', 'stray 0')));
    traces.begin('first stray', 'stray 0');
    for (const call of [ID, 'first stray']) {
      traces.ended(call, undefined);
      traces.forget(call);
    }
    clock.advance(1000);
    expect(kept.map(([, trace]) => shown(trace))).to.deep.equal([
      ['0<INVITE×1', '0>200INVITE×1'],
      ['0<INVITE×1', '0>404INVITE×1'],
    ]);
    expect(traces.tables).to.deep.equal({ tracedCalls: 0, tracedLegs: 0 });
  });

  it('holds no secret and no number: neither credentials, nor keys of SDP, nor who it is', () => {
    const { clock, traces, kept } = start();
    const secret = 'Authorization: Digest username="+37120000001",response="5ec4e7"\r\nFrom: <sip:+37120000001@x>\r\n';
    const body = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:5ec4e7';
    traces.received(glanceAt(`${request('INVITE', 'theirs', 1, secret)}${body}`));
    traces.begin(ID, 'theirs');
    traces.ended(ID, undefined);
    traces.forget(ID);
    clock.advance(1000);
    const text = JSON.stringify(kept);
    expect(text).to.not.match(/5ec4e7|3712|Digest|crypto/);
    expect(kept[0]?.[1].rows).to.deep.equal([[0, 0, '<', 0, 'INVITE', 1, 1, 'body']]);
  });

  it('a Call-ID that comes again belongs to the later call, and the end of the first leaves it alone', () => {
    const { traces } = start();
    traces.begin('first', 'same');
    traces.begin('second', 'same');
    traces.ended('first', { answered: 1, released: 'caller' });
    traces.forget('first');
    expect(traces.tables).to.deep.equal({ tracedCalls: 1, tracedLegs: 1 });
    traces.ended('second', { answered: 1, released: 'caller' });
    traces.forget('second');
    expect(traces.tables).to.deep.equal({ tracedCalls: 0, tracedLegs: 0 });
  });

  it('a method that a peer has made up stands there as it came, however many others have been before', () => {
    const { clock, traces, kept } = start({ failedShare: 1, liveCalls: 1 });
    for (let i = 0; i < 1100; i++) {
      traces.begin(ID, 'theirs');
      traces.received(glanceAt(request(`MADE-UP-${i}`, 'theirs')));
      traces.ended(ID, undefined);
      traces.forget(ID);
      clock.advance(1000);
    }
    expect(kept).to.have.length(1100);
    expect(shown(kept[1099]?.[1] as KeptTrace)).to.deep.equal(['0<MADE-UP-1099×1']);
  });

  it('what is no trace, or one of another form, is none', () => {
    for (const text of [
      '',
      '[]',
      'null',
      '{"trace":2}',
      '{"trace":1,"began":1,"of":1,"gap":0,"legs":[],"rows":[[1,"x"]]}',
    ])
      expect(readTrace(text), text).to.equal(undefined);
  });
});
