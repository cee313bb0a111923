import { expect } from 'chai';
import { meaningOf } from '../../../lib/call/attempt-table.js';
import { HeaderRules } from '../../../lib/call/headers.js';
import { huntList } from '../../../lib/call/hunt-list.js';
import { callerUris, type MemberInviteInput, memberHeaders } from '../../../lib/call/identity.js';
import { Numbers } from '../../../lib/call/numbers.js';
import { outcomeOf, refusedCause, UNKNOWN } from '../../../lib/call/outcome.js';
import { cancelHeaders, causeIn } from '../../../lib/call/reasons.js';
import type { ResultRecord } from '../../../lib/call/results.js';
import { createTrunks } from '../../../lib/call/trunks/ordered-trunks.js';
import { CALL_SETTINGS } from '../../support/defaults.js';
import { FakeClock } from '../../support/fake-clock.js';
import { A, B, CALLER, PILOT } from './scripted-server.js';

type Attempted = Pick<ResultRecord, 'why' | 'status'>;

const numbers = new Numbers('LV');
const numberOf = (uri: string) => numbers.fromUri(uri);

describe('Numbers (RFC 3966; RFC 3261 §19.1.6)', () => {
  for (const uri of [
    'sip:+37167000000@10.0.0.1',
    'sip:+37167000000@10.0.0.1:5060;user=phone',
    'sips:0037167000000@host.example',
    'sip:67000000@10.0.0.1',
    'sip:%2B37167000000@10.0.0.1',
    'sip:+371-67.000(000)@10.0.0.1',
    'sip:+37167000000;npdi;rn=+37120@10.0.0.1;user=phone',
    'sip:67000000;phone-context=+371@10.0.0.1',
    'tel:+371-67-000-000',
    'tel:67000000;phone-context=+371',
    'tel:67000000;phone-context=operator.example',
  ]) {
    it(`${uri} is ${PILOT}`, () => expect(numbers.fromUri(uri)).to.equal(PILOT));
  }

  for (const uri of [
    'sip:112@10.0.0.1',
    'sip:harness@10.0.0.1',
    'sip:10.0.0.1',
    'sip:%ZZ@10.0.0.1',
    `sip:+${'1'.repeat(300)}@10.0.0.1`,
    'http://example',
    '',
  ]) {
    it(`${uri.slice(0, 30) || '(nothing)'} is no number`, () => expect(numbers.fromUri(uri)).to.equal(undefined));
  }

  it('a country without a numbering plan is refused when the service starts', () => {
    expect(() => new Numbers('XX')).to.throw('XX');
  });
});

describe('The plan', () => {
  it("keeps the order of the turn and skips the caller's number and the pilot", () => {
    const order = [A, CALLER, `sip:${PILOT}@host`, 'sip:desk@host', B];
    const plan = huntList({ order, pilot: PILOT, callerNumbers: [CALLER], numberOf: (m) => numberOf(m) });
    expect(plan.map(({ member }) => member)).to.deep.equal(order);
    expect(plan.map(({ skip }) => skip)).to.deep.equal([undefined, 'own-number', 'own-number', undefined, undefined]);
  });

  it('skips who is away, and says so', () => {
    const away = [{ member: B, until: 1, reason: 'lunch' }];
    const plan = huntList({ order: [A, B], away, pilot: PILOT, callerNumbers: [CALLER], numberOf: (m) => numberOf(m) });
    expect(plan.map(({ skip }) => skip)).to.deep.equal([undefined, 'away']);
  });
});

describe('The outcome (edge cases 64 to 68)', () => {
  const busy: Attempted = { why: 'busy', status: 486 };
  const onACall: Attempted = { why: 'on-a-call', status: null };
  const noAnswer: Attempted = { why: 'no-answer', status: null };
  const unreachable: Attempted = { why: 'unreachable', status: 480 };
  const incompatible: Attempted = { why: 'failed', status: 488 };
  const unavailable: Attempted = { why: 'unreachable', status: 503 };
  for (const [name, attempts, status, cause] of [
    ['all busy', [busy, onACall], 486, 17],
    ['somebody did not answer', [busy, noAnswer, unreachable], 480, 19],
    ['all unreachable', [unreachable, unavailable], 480, 20],
    ['all incompatible', [incompatible, { why: 'failed', status: 606 }], 488, 65],
    ['all too large', [{ why: 'too-large', status: null }], 513, 127],
    ['only 503', [unavailable, unavailable], 500, 41],
    ['all declined', [{ why: 'declined', status: 603 }], 480, 21],
    ['a mixture without "no answer"', [busy, unreachable], 480, 19],
    [
      'members asked for credentials',
      [
        { why: 'failed', status: 401 },
        { why: 'failed', status: 407 },
      ],
      480,
      41,
    ],
    ['nobody to ring', [{ why: 'own-number', status: null }], 480, 20],
  ] as [string, Attempted[], number, number][]) {
    it(`${name}: ${status} with Q.850 cause ${cause}`, () => {
      const outcome = outcomeOf(attempts);
      expect(outcome.status).to.equal(status);
      expect(outcome.headers.reason).to.include(`Q.850;cause=${cause};`);
    });
  }

  it('RFC 3398 §8.2.6.1: what is refused before it is a call has the cause of its status, where that says something of the number or the way', () => {
    expect(UNKNOWN).to.deep.equal({
      status: 404,
      cause: 1,
      headers: { reason: 'Q.850;cause=1;text="Unallocated number"' },
    });
    for (const [status, cause] of [
      [404, 1],
      [482, 25],
      [483, 25],
      [420, null],
      [503, null],
    ] as const) {
      const refused = refusedCause(status);
      expect([refused.cause, causeIn(refused.headers.reason as string | undefined)], String(status)).to.deep.equal([
        cause,
        cause,
      ]);
    }
  });

  it('never is a status of a member that means nothing to the caller', () => {
    for (const status of [401, 407, 503, 600, 603, 606]) {
      for (const why of ['failed', 'declined', 'unreachable', 'busy'] as const) {
        const final = outcomeOf([{ why, status }, noAnswer]).status;
        expect(final).to.equal(480);
        expect([401, 407, 503, 600, 603, 606]).to.not.include(outcomeOf([{ why, status }]).status);
      }
    }
  });
});

describe('The Reason of a CANCEL (RFC 3326)', () => {
  it('says "completed elsewhere" only if somebody answered, and each other cause has a value of its own', () => {
    const others = ['no-answer', 'unreachable', 'forwarded', 'caller-left', 'shut-down'] as const;
    const reasons = others.map((cancelReason) => String(cancelHeaders(cancelReason).reason));
    expect(reasons.filter((reason) => /elsewhere|cause=200|cause=26/.test(reason))).to.deep.equal([]);
    expect(new Set(reasons).size).to.equal(others.length);
    expect(cancelHeaders('answered-elsewhere').reason).to.include('cause=200').and.to.include('Q.850;cause=26');
  });

  it("is the caller's own only where the caller left", () => {
    expect(cancelHeaders('caller-left', { reason: 'SIP;cause=487' }).reason).to.equal('SIP;cause=487');
    expect(cancelHeaders('no-answer', { reason: 'SIP;cause=487' }).reason).to.include('No answer');
  });
});

describe('What a response means', () => {
  const meaning = (status: number, headers: Record<string, string> = { contact: '<sip:m@h>' }) =>
    meaningOf({ status, reason: '', headers, body: '' }, undefined, CALL_SETTINGS.trunkFailures);
  for (const [name, statuses] of [
    ['trying', [100, 199, 150]],
    ['alerting', [180, 182, 183]],
    ['forwarding', [181]],
    ['answer', [200, 202, 299]],
    ['redirected', [300, 301, 302, 305, 380]],
    ['busy', [486, 600]],
    ['declined', [603, 607, 608]],
    ['unreachable', [404, 410, 480, 484, 604]],
    ['unavailable', [408, 430, 500, 502, 503, 504]],
    ['intervalTooSmall', [422]],
    ['failed', [400, 401, 403, 407, 487, 488, 501, 513, 606, 699]],
  ] as [string, number[]][]) {
    it(`${statuses.join(', ')}: ${name}`, () => {
      for (const status of statuses) expect(meaning(status), String(status)).to.equal(name);
    });
  }

  it('a 2xx without Contact cannot be kept (RFC 3261 §12.1.1)', () => {
    expect(meaning(200, {})).to.equal('unusableAnswer');
  });
});

describe('Identity (edge cases 4, 78 to 81)', () => {
  const input: MemberInviteInput = {
    received: {
      from: '"Alice, A." <sip:+37126000009@192.0.2.1>;tag=a1',
      'p-asserted-identity': '<tel:+37126000009>',
      identity: 'aaa.bbb.ccc;info=<https://a/x,y>,ddd.eee.fff;info=<https://b>',
      'content-type': 'application/sdp',
      subject: 'hello',
      via: 'SIP/2.0/UDP x',
      route: '<sip:x>',
      contact: '<sip:alice@192.0.2.1>',
      'call-id': 'c1',
      authorization: 'Digest x',
      supported: '100rel',
      'record-route': '<sip:x>',
    },
    longestSession: 86_400,
    maxForwards: 69,
    pilot: PILOT,
    domain: 'operator.example',
    numberOf,
    memberUri: `sip:${A}@t`,
    trusted: true,
    position: 1,
    previous: undefined,
    least: undefined,
    askForNoVoicemail: true,
    correlates: false,
    rules: new HeaderRules(CALL_SETTINGS.headers),
  };

  it('From with its display name, PAI and other end-to-end headers are kept, the tag and the hop are not', () => {
    const headers = memberHeaders(input);
    expect(headers).to.include({
      from: '"Alice, A." <sip:+37126000009@192.0.2.1>',
      'p-asserted-identity': '<tel:+37126000009>',
      'content-type': 'application/sdp',
      subject: 'hello',
      'max-forwards': '69',
      supported: 'timer',
      'reject-contact': '*;actor="msg-taker"',
    });
    for (const name of ['via', 'route', 'contact', 'call-id', 'authorization', 'record-route']) {
      expect(headers, name).to.not.have.property(name);
    }
  });

  it('several signatures go out as several Identity fields (RFC 8224 §4)', () => {
    expect(memberHeaders(input).identity).to.deep.equal([
      'aaa.bbb.ccc;info=<https://a/x,y>',
      'ddd.eee.fff;info=<https://b>',
    ]);
  });

  it('Privacy: id withholds the identity outside the trust domain only (RFC 3325 §7)', () => {
    const received = { ...input.received, privacy: 'id' };
    const outside = memberHeaders({ ...input, received, trusted: false });
    expect(outside.from).to.equal('"Anonymous" <sip:anonymous@anonymous.invalid>');
    expect(outside).to.not.have.property('p-asserted-identity');
    expect(outside).to.not.have.property('identity');
    expect(memberHeaders({ ...input, received }).from).to.include('Alice');
    expect(memberHeaders({ ...input, received }))
      .to.include({ privacy: 'id' })
      .and.to.have.property('p-asserted-identity');
  });

  it('the caller is who the network asserts, else who From says', () => {
    expect(callerUris(input.received)).to.deep.equal(['tel:+37126000009']);
    expect(callerUris({ from: '<sip:bob@x>;tag=1' })).to.deep.equal(['sip:bob@x']);
    expect(callerUris({})).to.deep.equal(['']);
    const both = { from: '<sip:bob@x>;tag=1', 'p-asserted-identity': '"A, B" <sip:alice@x>, <tel:+37126000009>' };
    expect(callerUris(both)).to.deep.equal(['sip:alice@x', 'tel:+37126000009']);
  });
});

describe('Trunks', () => {
  const uris = ['sip:10.1.0.1:5060', 'sip:10.1.0.2;transport=tcp'];

  it('a number goes to each trunk in order, a SIP URI to itself', () => {
    const trunks = createTrunks(uris, 1000, new FakeClock());
    expect(trunks.candidates(A).map(({ uri }) => uri)).to.deep.equal([
      `sip:${A}@10.1.0.1:5060;user=phone`,
      `sip:${A}@10.1.0.2;transport=tcp;user=phone`,
    ]);
    expect(trunks.candidates('sip:desk@h')).to.deep.equal([
      { uri: 'sip:desk@h', trunk: undefined, name: 'h', correlates: true, trusted: false },
    ]);
  });

  it('a trunk that failed comes behind the others for the interval, or until it works', () => {
    const clock = new FakeClock();
    const trunks = createTrunks(uris, 1000, clock);
    const first = () => trunks.candidates(A)[0]?.trunk;
    trunks.failed(uris[0] as string);
    expect(first()).to.equal(uris[1]);
    clock.advance(1000);
    expect(first()).to.equal(uris[0]);
    trunks.failed(uris[0] as string);
    clock.advance(999);
    expect(first()).to.equal(uris[1]);
    trunks.works(uris[0] as string);
    expect(first()).to.equal(uris[0]);
  });
});
