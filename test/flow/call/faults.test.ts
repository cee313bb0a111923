/**
 * One call never costs another. A call is played once to count the places at which something that the service was given could
 * throw, and then once for each of those places. Beside it another call is up.
 */
import { expect } from 'chai';
import { type Meter, silentMeter } from '../../../lib/base/meter.js';
import type { RingingOptions } from '../../../lib/call/service.js';
import type { EngineOptions } from '../../../lib/engine/api.js';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { type RequestParts, SDP, type SipPeer } from '../../support/sip-peer.js';
import { expectEmpty } from '../../support/tables.js';
import { Tripwire } from '../../support/tripwire.js';
import { A, B, PILOT } from '../../unit/call/scripted-server.js';
import { CallHarness, type CallHarnessOptions, ENGINE } from './call-harness.js';
import { tripped, trippedEngine } from './tripped.js';

/** Places in the service, from the name of a call to its existence; the beginning of its trace is among them. */
const BEFORE_A_CALL = 7;
/** Places in the engine before the service hears of an INVITE: its id, its timer, its 100. */
const BEFORE_THE_SERVICE = 3;

/** What the phones of the damaged call do; the numbers are milliseconds after what they answer. */
interface Story {
  readonly name: string;
  readonly seconds: number;
  /** Of a member's phone, at its INVITE. */
  phone(play: Play, invite: SipMessage, member: string): void;
  /** Of the caller, at the 200. */
  answered?(play: Play, answer: SipMessage): void;
  /** Of the caller, at once. */
  calling?(play: Play, invite: SipMessage): void;
  /** Of the caller, at the 180. */
  ringing?(play: Play, ringing: SipMessage): void;
  /** The caller's INVITE. */
  readonly parts?: RequestParts;
  readonly options?: CallHarnessOptions;
}

interface Play {
  readonly harness: CallHarness;
  readonly caller: SipPeer;
  after(ms: number, action: () => void): void;
}

const RELIABLE: readonly Field[] = [
  ['Require', '100rel'],
  ['RSeq', '5'],
];

const STORIES: readonly Story[] = [
  {
    name: 'busy, then answered, hold, INFO, BYE',
    seconds: 5,
    phone: ({ harness, after }, invite, member) => {
      if (member === A) harness.trunk.reply(invite, 486);
      else {
        harness.trunk.reply(invite, 180);
        after(100, () => answer(harness, invite));
      }
    },
    answered: ({ caller, after }, answer) => {
      after(100, () => caller.inDialog('INVITE', answer, { body: `${SDP}a=sendonly\r\n` }));
      after(200, () => caller.inDialog('INFO', answer, { body: 'x' }));
      after(300, () => caller.bye(answer));
    },
  },
  {
    name: 'no answer, the next rings, CANCEL',
    seconds: 25,
    phone: ({ harness }, invite) => void harness.trunk.reply(invite, 180),
    calling: ({ caller, after }, invite) => after(22_000, () => void caller.cancel(invite, ENGINE)),
  },
  {
    name: 'no answer, CANCEL is lost, a late answer is taken, the member hangs up',
    seconds: 25,
    phone: ({ harness, after }, invite, member) => {
      harness.trunk.reply(invite, 180);
      if (member !== A) return;
      after(21_000, () => {
        const sent = answer(harness, invite);
        if (sent !== undefined) after(500, () => harness.trunk.bye(sent));
      });
    },
  },
  {
    name: 'one trunk is silent, all are busy',
    seconds: 15,
    phone: ({ harness, after }, invite, member) => {
      if (member === A) after(10, () => harness.trunk.reply(invite, 600));
    },
  },
  {
    name: 'both sessions are refreshed, the member hangs up',
    seconds: 100,
    parts: {
      fields: [
        ['Supported', 'timer'],
        ['Session-Expires', '90;refresher=uas'],
      ],
    },
    phone: ({ harness, after }, invite) => {
      const sent = harness.trunk.reply(invite, 200, { fields: [['Session-Expires', '90;refresher=uac']] });
      after(95_000, () => harness.trunk.bye(sent));
    },
  },
  {
    name: 'the caller wants reliable responses and makes no offer at first',
    seconds: 5,
    parts: { fields: [['Require', '100rel']] },
    phone: ({ harness, after }, invite) => {
      harness.trunk.reply(invite, 183, { fields: RELIABLE, body: SDP });
      after(100, () => answer(harness, invite));
    },
    ringing: ({ caller, after }, ringing) => {
      const fields: Field[] = [['RAck', `${ringing.first('rseq')} 1 INVITE`]];
      after(300, () => caller.inDialog('PRACK', ringing, { fields }));
    },
    answered: ({ caller, after }, answer) => after(300, () => caller.bye(answer)),
  },
  {
    name: 'a delayed offer, and a trunk that challenges INVITE and BYE',
    seconds: 5,
    parts: { body: '' },
    options: { group: [{ username: 'office', password: 'secret' }] },
    phone: ({ harness, after }, invite) => {
      if (!invite.has('proxy-authorization')) harness.trunk.reply(invite, 407, { fields: [CHALLENGE] });
      else after(100, () => answer(harness, invite));
    },
    answered: ({ caller, after }, answer) => after(300, () => caller.bye(answer)),
  },
];

const CHALLENGE: Field = [
  'Proxy-Authenticate',
  'Digest realm="trunk.example", nonce="n1", qop="auth", algorithm=SHA-256',
];

/** A phone that is cancelled does not answer. */
function answer(harness: CallHarness, invite: SipMessage): SipMessage | undefined {
  const isCancelled = harness.trunk.received.some(
    ({ method, callId }) => method === 'CANCEL' && callId === invite.callId,
  );
  if (isCancelled) return undefined;
  const sent = harness.trunk.reply(invite, 200);
  // RFC 3261 §13.3.1.4: again, until the ACK has come.
  const isAcknowledged = (): boolean =>
    harness.trunk.received.some(
      ({ method, callId, cseq }) => method === 'ACK' && callId === invite.callId && cseq.number === invite.cseq.number,
    );
  harness.clock.after(500, () => {
    if (!isAcknowledged()) harness.trunk.send(sent, ENGINE);
  });
  return sent;
}

/** Whether each phone's INVITE has ended: by a rejection, or by an answer and a BYE either way. */
function isQuiet(peer: SipPeer, harness: CallHarness): boolean {
  const of = `${peer.local.address}:${peer.local.port}`;
  const dialogs = new Map<string, 'silent' | 'open' | 'over'>();
  for (const { from, to, text, fate } of harness.network.trace) {
    if ((from !== of && to !== of) || fate !== 'delivered') continue;
    const callId = /\r\nCall-ID: ([^\r]*)/i.exec(text)?.[1] ?? '';
    if (text.startsWith('INVITE ') && !/\r\nTo:[^\r]*tag=/i.test(text)) dialogs.set(callId, 'silent');
    else if (/^SIP\/2.0 [12]/.test(text) && dialogs.get(callId) === 'silent') dialogs.set(callId, 'open');
    else if (/^SIP\/2.0 [3-6]/.test(text) && /\r\nCSeq: \d+ INVITE/i.test(text)) {
      if (!isAnswered(harness, callId)) dialogs.set(callId, 'over');
    } else if (text.startsWith('BYE ')) dialogs.set(callId, 'over');
  }
  return [...dialogs.values()].every((state) => state !== 'open');
}

const isAnswered = (harness: CallHarness, callId: string): boolean =>
  harness.network.trace.some(
    ({ text }) => /^SIP\/2.0 200/.test(text) && /\r\nCSeq: \d+ INVITE/i.test(text) && text.includes(callId),
  );

interface Played {
  readonly trip: Tripwire;
  readonly faults: number;
  readonly statuses: readonly number[];
}

/**
 * @param at the place that throws; 0: none
 * @param times how many places in a row do
 */
async function play(story: Story, at: number, times = 1, where: 'service' | 'engine' = 'service'): Promise<Played> {
  const trip = new Tripwire(at, times);
  const counts = new Map<string, number>();
  const meter: Meter = { ...silentMeter, count: (name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1) };
  const isService = where === 'service';
  const around = (options: RingingOptions): RingingOptions =>
    isService ? tripped({ ...options, meter }, trip) : { ...options, meter };
  const aroundEngine = (options: EngineOptions): EngineOptions =>
    isService ? options : trippedEngine({ ...options, meter }, trip);
  const harness = new CallHarness({ ...story.options, link: 'direct', around, aroundEngine });
  await harness.start();

  // The call beside it.
  const healthy = harness.peer('10.0.0.8', { user: '+37126000008' });
  healthy.invite(ENGINE, { uri: `sip:${PILOT}@10.0.0.1` });
  await harness.pass(0);
  if (story.options?.group !== undefined) await harness.reply(407, harness.trunk, 'INVITE', [CHALLENGE]);
  await harness.reply(200);
  const up = healthy.response(200, 'INVITE');

  const stage: Play = { harness, caller: harness.caller, after: (ms, action) => void harness.clock.after(ms, action) };
  harness.trunk.on('INVITE', (invite) => {
    if (invite.toTag !== '') harness.trunk.reply(invite, 200);
    else story.phone(stage, invite, invite.uri.includes(A) ? A : B);
  });
  harness.trunk.on('INFO', (info) => void harness.trunk.reply(info, 200));
  let answered = false;
  harness.caller.on('200', (answer) => {
    if (answer.cseq.method !== 'INVITE' || answered) return;
    answered = true;
    story.answered?.(stage, answer);
  });
  if (story.name.includes('CANCEL is lost')) {
    harness.network.rule({ when: ({ text }) => text.startsWith('CANCEL '), drop: true, times: 1 });
  }
  harness.caller.on('INVITE', (refresh) => void harness.caller.reply(refresh, 200));
  harness.caller.on('180', (ringing) => story.ringing?.(stage, ringing));
  trip.isArmed = true;
  const invite = harness.caller.invite(ENGINE, { uri: `sip:${PILOT}@10.0.0.1`, ...story.parts });
  story.calling?.(stage, invite);
  await harness.pass(story.seconds * 1000);
  trip.isArmed = false;

  const about = `${story.name}, at ${at}: ${trip.place}`;
  expect(counts.get('invariant_violations_total'), about).to.equal(undefined);
  const faults = (counts.get('call_faults_total') ?? 0) + (counts.get('request_faults_total') ?? 0);
  await harness.pass(200_000);

  // The call beside it is up, and ends as calls do.
  healthy.inDialog('INFO', up, { body: 'still there' });
  await harness.pass(0);
  expect(healthy.response(200, 'INFO').status, about).to.equal(200);
  healthy.bye(up);
  await harness.pass(0);
  const beside = harness.records.filter(({ caller }) => caller === '+37126000008');
  expect(beside, about).to.have.length(1);
  expect(beside[0], about).to.include({ status: 200, released: 'caller' });

  // The damaged one is over, for everybody, and was written down once; one that was no call yet may be, as refused.
  const others = harness.records.filter(({ caller }) => caller !== '+37126000008');
  const damaged = others.filter(({ refused }) => refused === null);
  const refused = others.filter((record) => record.refused !== null);
  const named = (): boolean => trip.passed.slice(0, Math.max(0, at - BEFORE_A_CALL)).includes('ids.uuid');
  const isCall = at === 0 || (isService ? named() : at > BEFORE_THE_SERVICE);
  expect(damaged.length, `records, ${about}`).to.equal(isCall ? 1 : 0);
  if (!isCall) expect(harness.caller.summary, about).to.include('500 INVITE');
  expect(refused.length, `refused, ${about}`).to.be.at.most(isCall ? 0 : 1);
  for (const one of refused) expect(one, about).to.include({ refused: 'fault', status: 500 });
  expect(isQuiet(harness.caller, harness), `caller, ${about}`).to.equal(true);
  expect(isQuiet(harness.trunk, harness), `phones, ${about}`).to.equal(true);
  if (counts.get('call_faults_total') === 1 && damaged[0]?.answered === null && damaged[0].status >= 500) {
    expect(damaged[0].released, about).to.equal('system');
  }
  await harness.pass(70_000);
  expectEmpty({ ...harness.service.tables, ...harness.engine.tables, bytes: harness.budget.used }, about);
  for (const member of harness.store.claimed) expect(harness.store.released, `claims, ${about}`).to.include(member);
  await harness.stop();
  return { trip, faults, statuses: damaged.map(({ status }) => status) };
}

describe('A fault in the engine', () => {
  for (const story of STORIES) {
    it(`ends that call and nothing else, wherever it happens: ${story.name}`, async () => {
      const { trip } = await play(story, 0, 1, 'engine');
      for (let at = 1; at <= trip.passed.length; at++) await play(story, at, 1, 'engine');
    }).timeout(120_000);
  }
});

describe('A fault in one call of the service', () => {
  for (const story of STORIES) {
    it(`ends that call and nothing else, wherever it happens: ${story.name}`, async () => {
      const { trip } = await play(story, 0);
      expect(trip.passed.length).to.be.above(50);
      let faults = 0;
      for (let at = 1; at <= trip.passed.length; at++) faults += (await play(story, at)).faults;
      expect(faults).to.be.above(trip.passed.length * 0.7);
    }).timeout(120_000);

    it(`and so when its ending is disturbed by further faults: ${story.name}`, async () => {
      const { trip } = await play(story, 0);
      for (let at = 1; at <= trip.passed.length; at += 2) await play(story, at, 3);
    }).timeout(120_000);
  }
});
