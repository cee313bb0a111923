import { expect } from 'chai';
import fc from 'fast-check';
import { createIds } from '../../../lib/base/ids.js';
import { createLog } from '../../../lib/base/log.js';
import { silentMeter } from '../../../lib/base/meter.js';
import type { Destination, DialogState } from '../../../lib/engine/api.js';
import { plain, type SessionState } from '../../../lib/engine/dialog/state.js';
import { createEngine } from '../../../lib/engine/engine.js';
import { OFFER_ANSWER, type OfferAnswerState } from '../../../lib/sip/offer-answer.js';
import { StubResolver, TestOwner } from '../../flow/engine/engine-harness.js';
import { ENGINE_SETTINGS } from '../../support/defaults.js';
import { FakeClock } from '../../support/fake-clock.js';
import { LoopNetwork } from '../../support/loop-network.js';

/** One char is one octet, whatever it is. */
const octets = (maxLength = 40) =>
  fc.array(fc.integer({ min: 0, max: 255 }), { maxLength }).map((codes) => String.fromCharCode(...codes));
const token = fc.stringMatching(/^[a-z0-9.-]{1,12}$/);
const number = fc.nat(2 ** 31 - 1);
const description = fc.record({
  fields: fc.array(fc.tuple(fc.constantFrom('Content-Type', 'Content-Disposition', 'MIME-Version'), octets(20)), {
    maxLength: 3,
  }),
  body: octets(),
});
const inForce = fc.record({ local: description, remote: description }, { requiredKeys: [] });
const end = { address: fc.ipV4(), port: fc.integer({ min: 1, max: 65_535 }) };

const destination = (rest: Record<string, fc.Arbitrary<unknown>> = {}): fc.Arbitrary<Destination> =>
  fc.record(
    { protocol: fc.constantFrom('udp', 'tcp'), ...end, host: token, connection: fc.object(), ...rest },
    { requiredKeys: ['protocol', 'address', 'port', ...Object.keys(rest)] as never },
  ) as fc.Arbitrary<Destination>;

const sessionOf = (exchange: fc.Arbitrary<OfferAnswerState>, more: object): fc.Arbitrary<SessionState> =>
  fc
    .tuple(
      inForce,
      fc.record({ exchange, awaitedAck: fc.integer({ min: -1 }), least: number, peerKnowsUpdate: fc.boolean() }),
      fc.option(
        fc.record({
          interval: fc.record({ seconds: fc.integer({ min: 90, max: 7200 }), weRefresh: fc.boolean() }),
          deadline: number,
        }),
        { nil: { deadline: 0 } },
      ),
      fc.record(more, { requiredKeys: [] }),
    )
    .map(([agreed, facts, timer, open]) => ({ ...agreed, ...facts, ...timer, ...open }));

const anySession = sessionOf(fc.constantFrom(...(Object.keys(OFFER_ANSWER) as OfferAnswerState[])), {
  proposed: description,
  former: inForce,
});
const atRest = sessionOf(fc.constant('stable'), {});

const dialogOf = (here: fc.Arbitrary<object>): fc.Arbitrary<DialogState> =>
  fc.record(
    {
      id: octets(),
      role: fc.constantFrom('uac', 'uas'),
      callId: octets(),
      localTag: token,
      remoteTag: token,
      local: octets(),
      remote: octets(),
      secure: fc.boolean(),
      contact: octets(),
      source: destination({ local: here }),
      phase: fc.constant('confirmed'),
      localSequence: number,
      remoteSequence: fc.integer({ min: -1 }),
      remoteTarget: octets(),
      routeSet: fc.array(octets(), { maxLength: 3 }),
      nextHop: fc.option(destination(), { nil: undefined }),
      isNextHopGuessed: fc.boolean(),
      lapsesAt: fc.integer({ min: 1 }),
    },
    {
      requiredKeys: [
        'id',
        'role',
        'callId',
        'localTag',
        'remoteTag',
        'local',
        'remote',
        'secure',
        'contact',
        'source',
        'phase',
        'localSequence',
        'remoteSequence',
        'remoteTarget',
        'routeSet',
        'isNextHopGuessed',
      ],
    },
  ) as fc.Arbitrary<unknown> as fc.Arbitrary<DialogState>;

const through = (state: DialogState): DialogState => JSON.parse(JSON.stringify(state)) as DialogState;
const LOCAL = { address: '10.0.0.1', port: 5060 };

describe('The state of a dialog (RFC 3261 §12)', () => {
  it('is the same when it has been JSON, whatever octets it has and whatever is open in its session', () => {
    fc.assert(
      fc.property(dialogOf(fc.record(end)), fc.option(anySession, { nil: undefined }), (state, session) => {
        const value = plain(state, session);
        expect(through(value)).to.deep.equal(value);
        expect(JSON.stringify(value)).not.to.contain('"connection"');
      }),
    );
  });

  it('is the same when an engine has gone on with it', async () => {
    const network = new LoopNetwork(new FakeClock());
    const clock = new FakeClock();
    const engine = createEngine({
      ...ENGINE_SETTINGS,
      transports: (['udp', 'tcp'] as const).map((protocol) => network.transport({ protocol, ...LOCAL })),
      resolver: new StubResolver(),
      clock,
      ids: createIds(),
      log: createLog('silent'),
      meter: silentMeter,
    });
    await engine.start();
    let count = 0;
    fc.assert(
      fc.property(dialogOf(fc.constant(LOCAL)), fc.option(atRest, { nil: undefined }), (state, session) => {
        const value = plain({ ...state, id: `${state.id}-${++count}`, callId: `${count}` }, session);
        engine.restore(through(value), new TestOwner());
        expect(engine.snapshot(value.id)).to.deep.equal(value);
      }),
    );
    await engine.close();
  });
});
