import { expect } from 'chai';
import type { Rule } from '../../support/loop-network.js';
import { expectEmpty } from '../../support/tables.js';
import { A, B } from '../../unit/call/scripted-server.js';
import type { CallHarness } from './call-harness.js';
import { type Phone, wireWithPhones } from './phones.js';

interface Parts {
  readonly harness: CallHarness;
  readonly caller: Phone;
  readonly member: Phone;
}

/** What the call comes to, however it went. */
interface Story {
  readonly status: number;
  readonly by: string | null;
  readonly released: string | null;
  readonly whys: readonly string[];
}

interface Scenario {
  readonly name: string;
  readonly story: Story;
  play(parts: Parts): void;
}

/** The first member rings in vain, the second answers. */
function ringTwo({ harness, member }: Parts): void {
  let called = 0;
  member.whenCalled = (invite) => {
    const answers = ++called === 2;
    harness.clock.after(200, () => member.reply(invite, 180));
    if (answers) harness.clock.after(2000, () => member.reply(invite, 200));
  };
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'the first rings in vain, the second answers, the caller hangs up',
    story: { status: 200, by: B, released: 'caller', whys: ['no-answer', 'answered'] },
    play(parts) {
      ringTwo(parts);
      parts.caller.whenAnswered = () => parts.harness.clock.after(5000, () => parts.caller.hangUp());
      parts.caller.call();
    },
  },
  {
    name: 'the first is busy, the second answers and hangs up',
    story: { status: 200, by: B, released: 'callee', whys: ['busy', 'answered'] },
    play({ harness, caller, member }) {
      let called = 0;
      member.whenCalled = (invite) => {
        if (++called === 1) return member.reply(invite, 486);
        member.reply(invite, 180);
        harness.clock.after(2000, () => member.reply(invite, 200));
      };
      member.whenAnswered = () => harness.clock.after(5000, () => member.hangUp());
      caller.call();
    },
  },
  {
    name: 'the caller gives up while the first rings',
    story: { status: 487, by: null, released: null, whys: ['caller-left', 'not-needed'] },
    play({ harness, caller, member }) {
      member.whenCalled = (invite) => harness.clock.after(200, () => member.reply(invite, 180));
      harness.clock.after(9000, () => caller.cancel());
      caller.call();
    },
  },
  {
    name: 'nobody answers',
    story: { status: 480, by: null, released: null, whys: ['no-answer', 'no-answer'] },
    play({ harness, caller, member }) {
      member.whenCalled = (invite) => harness.clock.after(200, () => member.reply(invite, 180));
      caller.call();
    },
  },
];

/** Plays one call under a rule of the network, and checks that it ended as it should and left nothing behind. */
async function play(scenario: Scenario, rule: Rule): Promise<Parts> {
  const parts = await wireWithPhones({ members: [A, B], delay: 10 });
  const { harness, caller, member } = parts;
  const before = harness.clock.pending;
  harness.network.rule(rule);
  scenario.play(parts);
  await harness.pass(180_000);
  const [record, ...more] = harness.records;
  expect(more, 'further records').to.deep.equal([]);
  expect(
    record && { status: record.status, by: record.by, released: record.released, whys: harness.whys },
  ).to.deep.equal(scenario.story);
  for (const [name, { tables }] of Object.entries({
    service: harness.service,
    ours: harness.engine,
    caller: caller.engine,
    member: member.engine,
  })) {
    expectEmpty(tables, name);
  }
  expect(harness.clock.pending, 'timers').to.equal(before);
  expect(harness.store.released.toSorted(), 'claims given back').to.deep.equal(harness.store.claimed.toSorted());
  await harness.stop();
  return parts;
}

/** The lines that were sent, for the message of a failure. */
const ladder = ({ harness }: Parts): string[] =>
  harness.network.trace.map(({ from, to, line }) => `${from} ${to} ${line}`);

const RINGS = '10.1.0.1:5060 10.0.0.1:5060 SIP/2.0 180';

/** Nothing but 100 came of a member whose 180 is lost: as far as we know it never rang, and it did not answer. */
function withoutLine(story: Story, lines: readonly string[], lost: number): Story {
  if (!lines[lost]?.startsWith(RINGS)) return story;
  const attempt = lines.slice(0, lost).filter((line) => line.startsWith(RINGS)).length;
  const whys = story.whys.map((why, n) => (n === attempt && why === 'no-answer' ? 'unreachable' : why));
  return { ...story, whys };
}

describe('A whole call on a bad network', function () {
  this.timeout(30_000);

  for (const scenario of SCENARIOS) {
    it(`every datagram comes twice: ${scenario.name}`, async () => {
      const { caller, member } = await play(scenario, { duplicate: 1 });
      const invites = member.heard.filter((event) => event === 'new INVITE');
      expect(invites).to.have.length(scenario.story.whys.filter((why) => why !== 'not-needed').length);
      expect(caller.heard.filter((event) => / INVITE$/.test(event) && !event.startsWith('180'))).to.have.length(1);
    });

    it(`any one datagram is lost: ${scenario.name}`, async () => {
      const whole = ladder(await play(scenario, { when: () => false }));
      for (let k = 1; k <= whole.length; k++) {
        let sent = 0;
        try {
          const story = withoutLine(scenario.story, whole, k - 1);
          const { harness } = await play({ ...scenario, story }, { drop: true, when: () => ++sent === k });
          expect(harness.network.trace.filter(({ fate }) => fate === 'dropped')).to.have.length(1);
        } catch (thrown) {
          throw new Error(`lost: ${whole[k - 1]}\n${String(thrown)}`, { cause: thrown });
        }
      }
    });

    it(`every datagram is lost the first time it is sent: ${scenario.name}`, async () => {
      const { harness } = await play(scenario, { drop: true, when: ({ count }) => count === 1 });
      expect(harness.network.trace.filter(({ fate }) => fate === 'dropped').length).to.be.greaterThan(10);
    });

    it(`each datagram comes late, behind the next one: ${scenario.name}`, async () => {
      const whole = ladder(await play(scenario, { when: () => false }));
      for (let k = 1; k <= whole.length; k++) {
        let sent = 0;
        try {
          await play(scenario, { delay: 700, when: () => ++sent === k });
        } catch (thrown) {
          throw new Error(`late: ${whole[k - 1]}\n${String(thrown)}`, { cause: thrown });
        }
      }
    });
  }
});

describe('Whole calls in a storm', function () {
  this.timeout(30_000);

  it('a third of all datagrams lost, doubled or late: each call has one record, and nothing is left of it', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const roll = dice(seed);
      const scenario = SCENARIOS[seed % SCENARIOS.length] as Scenario;
      const parts = await wireWithPhones({ members: [A, B], delay: 10 });
      const { harness, caller, member } = parts;
      const before = harness.clock.pending;
      harness.network.rule({ drop: true, when: () => roll() < 0.11 });
      harness.network.rule({ duplicate: 1, when: () => roll() < 0.11 });
      harness.network.rule({ delay: 800, when: () => roll() < 0.11 });
      scenario.play(parts);
      await harness.pass(400_000);
      const about = `seed ${seed}: ${scenario.name}`;
      expect(harness.records, about).to.have.length(1);
      for (const { tables } of [harness.service, harness.engine, caller.engine, member.engine])
        expectEmpty(tables, about);
      expect(harness.clock.pending, about).to.equal(before);
      expect(harness.store.released.toSorted(), about).to.deep.equal(harness.store.claimed.toSorted());
      await harness.stop();
    }
  });
});

/** From 0 to below 1, the same for the same seed. */
function dice(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
