import { expect } from 'chai';
import type { TrunkSettings } from '../../../lib/call/trunks/trunk-group.js';
import type { Headers } from '../../../lib/sip-server/sip-server.js';
import { KNOWN, ONE, TrunkGroupHarness, trunk } from './trunk-group-harness.js';

const registering = (more: Partial<TrunkSettings> = {}): TrunkGroupHarness => {
  const harness = new TrunkGroupHarness([trunk(ONE, { ...KNOWN, register: true, ...more })], {
    pings: { pingSeconds: 0 },
  });
  harness.trunks.start();
  return harness;
};

/** After how many seconds the next REGISTER goes out; `LINE` stands for our Contact's own. */
function nextAfter(harness: TrunkGroupHarness, headers: Headers): number {
  const register = harness.take('REGISTER');
  const line = /line=(\w+)/.exec(register.header('contact'))?.[1] ?? '';
  register.reply(
    200,
    Object.fromEntries(Object.entries(headers).map(([key, text]) => [key, text.replace('LINE', line)])),
  );
  const from = harness.clock.now();
  while (harness.server.sent.length === 0) harness.clock.advance(50);
  return (harness.clock.now() - from) / 1000;
}

describe('What a 2xx to REGISTER says of our Contact (RFC 3261 §10.2.4)', () => {
  for (const [what, headers, seconds] of [
    ['the only one, rewritten to the address of a NAT', { contact: '<sip:office@203.0.113.7:40001>;expires=8' }, 8],
    ['the only one, of another user', { contact: '<sip:+37167000000@sbc.example>;expires=8', expires: '3600' }, 8],
    [
      'one of our user among others',
      { contact: '<sip:desk@h>;expires=3600, <sip:office@203.0.113.7:40001;transport=tcp>;expires=8' },
      8,
    ],
    [
      'its line, whatever others of our user say',
      { contact: '<sip:office@h>;expires=8, <sip:x@y;line=LINE>;expires=80' },
      80,
    ],
    ['without brackets', { contact: 'sip:office@203.0.113.7;line=LINE;expires=8' }, 8],
    [
      'several of our user, rewritten: the first to lapse',
      { contact: '<sip:office@a>;expires=3600, <sip:office@b>;expires=8' },
      8,
    ],
    [
      'one that is going away beside one that stays',
      { contact: '<sip:office@a>;expires=0, <sip:office@b>;expires=8' },
      8,
    ],
    ['without an expires: the Expires header counts', { contact: '<sip:office@203.0.113.7>', expires: '8' }, 8],
    [
      'with one that is malformed: the Expires header does not count either',
      { contact: '<sip:office@h>;expires=soon', expires: '8' },
      3600,
    ],
    ['no Contact at all', { expires: '8' }, 8],
    ['nothing at all: as we asked', {}, 3600],
  ] as const) {
    it(`${what}: refreshed half of ${seconds} s later`, () => {
      const harness = registering();
      expect(nextAfter(harness, headers)).to.be.within(seconds * 0.45, seconds * 0.5 + 0.1);
      expect(harness.gauge('trunks_registered')).to.equal(1);
      expect(harness.lines).to.deep.equal(['registered at the trunk']);
    });
  }

  for (const [what, headers] of [
    ['our line with expires=0', { contact: '<sip:office@h;line=LINE>;expires=0, <sip:office@i>;expires=60' }],
    ['the only one with expires=0', { contact: '<sip:office@203.0.113.7>;expires=0' }],
    ['Expires: 0', { contact: '<sip:office@203.0.113.7>', expires: '0' }],
    ['Expires: 0 without Contact', { expires: '0' }],
    [
      "only others', of our user as well",
      { contact: '<sip:desk@h>;expires=60, <sip:office@i;line=theirs>;expires=60' },
    ],
  ] as const) {
    it(`${what}: not registered, and asked again soon, less and less often`, () => {
      const harness = registering();
      const waits = [1, 2, 3].map(() => nextAfter(harness, headers));
      expect(waits).to.deep.equal([1.5, 3, 6]);
      expect(harness.gauge('trunks_registered')).to.equal(0);
      expect(harness.lines).to.deep.equal([]);
      expect(nextAfter(harness, { expires: '100' })).to.be.within(45, 50.1);
      expect(harness.lines).to.deep.equal(['registered at the trunk']);
    });
  }

  it('a binding that a refresh does not find any more is said to be lost, and found again', () => {
    const harness = registering();
    nextAfter(harness, { contact: '<sip:office@h;line=LINE>;expires=60' });
    expect(nextAfter(harness, { contact: '<sip:office@h;line=LINE>;expires=0' })).to.equal(1.5);
    expect(harness.gauge('trunks_registered')).to.equal(0);
    nextAfter(harness, { contact: '<sip:office@h;line=LINE>;expires=60' });
    expect(harness.lines).to.deep.equal([
      'registered at the trunk',
      'not registered at the trunk',
      'registered at the trunk',
    ]);
  });

  it('a REGISTER says that a Path is welcome (RFC 3327 §5.1)', () => {
    expect(registering().take('REGISTER').header('supported')).to.equal('path');
  });

  it('a call to a Contact that was rewritten comes because of it, whatever its user', () => {
    const harness = registering();
    harness.take('REGISTER').reply(200, { contact: '<sip:+37167000000@203.0.113.7:40001>;expires=60' });
    const isToContact = (uri: string): boolean => harness.trunks.arrival(uri, '').isToContact;
    expect(isToContact('sip:+37167000000@203.0.113.7:40001;transport=udp')).to.equal(true);
    expect(isToContact('sip:+37167000000@203.0.113.7:40002')).to.equal(false);
    expect(isToContact('sip:+37167000001@203.0.113.7:40001')).to.equal(false);
  });
});
