import { expect } from 'chai';
import { FreeSwitchDouble } from '../support/freeswitch-double/double.js';
import type { Faults } from '../support/freeswitch-double/faults.js';
import { eventually, type MediaSide, openMediaSide } from './media-side.js';

/** What is wrong with a server from the start, and no longer. */
interface Wrong {
  readonly what: string;
  readonly reason: RegExp;
  readonly media?: object;
  readonly begin: (double: FreeSwitchDouble) => unknown;
  readonly end?: (double: FreeSwitchDouble) => unknown;
}

/** What was seen while it was wrong, and what was told until the server was used. */
interface Tried {
  readonly isUp: boolean;
  readonly degraded: readonly string[];
  readonly told: readonly Record<string, unknown>[];
}

describe('Steps by which a media server is joined (on a double of FreeSWITCH)', () => {
  const faulty =
    (faults: Partial<Faults>): Wrong['begin'] =>
    (double) => {
      Object.assign(double.faults, faults);
    };
  /** Until the trial of an endpoint is given up: one that does not reach us is noticed by that alone. */
  const short = { timeoutMs: 500 };
  const STEPS: readonly Wrong[] = [
    { what: 'the access list refuses', begin: faulty({ rude: true }), reason: /^access list: / },
    {
      ...{ what: 'it answers nothing', begin: faulty({ deaf: true }), media: short },
      reason: /^connection: it does not answer/,
    },
    {
      what: 'there is no such profile',
      begin: faulty({ noProfile: true }),
      reason: /^profile: sofia has none .* drachtio_mrf/,
    },
    { what: '3pcc is off', begin: faulty({ inviteStatus: 480 }), reason: /^endpoint: 480 or 503/ },
    { what: 'calls must authenticate', begin: faulty({ inviteStatus: 407 }), reason: /^endpoint: refused/ },
    { what: 'no codec or no port is free', begin: faulty({ inviteStatus: 488 }), reason: /^endpoint: 488/ },
    { what: 'it is full', begin: faulty({ inviteStatus: 503 }), reason: /^endpoint: 480 or 503/ },
    {
      ...{ what: 'it does not reach us', begin: faulty({ noDialOut: true }), media: short },
      reason: /^endpoint: .*media\.listenAddress/,
    },
    {
      what: 'the password is wrong (not tried four times a second for ever)',
      begin: (double) => {
        double.password = 'another';
      },
      end: (double) => {
        double.password = 'ClueCon';
      },
      reason: /^password: refused$/,
    },
    {
      what: 'it is not there',
      begin: (double) => double.kill(),
      end: (double) => double.start(),
      reason: /ECONNREFUSED/,
    },
  ];
  const doubles: FreeSwitchDouble[] = [];
  const sides: MediaSide[] = [];
  const tried = new Map<Wrong, Promise<Tried>>();

  // All at once: each waits for a retry.
  before(() => {
    for (const step of STEPS) tried.set(step, trial(step));
  });
  after(async () => {
    await Promise.allSettled(tried.values());
    for (const side of sides) await side.close();
    for (const double of doubles) await double.kill();
  });

  async function trial({ begin, end = (double) => double.renew(), media }: Wrong): Promise<Tried> {
    const double = await new FreeSwitchDouble().start();
    doubles.push(double);
    const { url } = double;
    await begin(double);
    const side = await openMediaSide([url], { timeoutMs: 5000, ...media });
    sides.push(side);
    const { lines, pool } = side;
    await eventually('it is said', () => lines.some(({ code }) => code === 'MEDIA_UNAVAILABLE'));
    const { isUp, degraded } = pool;
    await end(double);
    await side.untilUp();
    return { isUp, degraded, told: lines.filter(({ code }) => code === 'MEDIA_UNAVAILABLE') };
  }

  for (const step of STEPS) {
    it(`${step.what}: the failing step is named once, and the server is used as soon as that is over`, async () => {
      const { isUp, degraded, told } = (await tried.get(step)) as Tried;
      expect(isUp).to.equal(false);
      expect(degraded.join()).to.contain('no server is up');
      expect(told.length).to.equal(1);
      expect(told[0]?.reason).to.match(step.reason);
    });
  }
});
