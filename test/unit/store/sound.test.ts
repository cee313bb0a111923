import { expect } from 'chai';
import { isMember, soundTurn } from '../../../lib/store/sound.js';
import type { Group, Turn } from '../../../lib/store/types.js';

const A = '+37120000001';
const B = 'sip:anna@example.com';

const turnOf = (members: readonly string[], group: Partial<Record<keyof Group, unknown>> = {}): Turn =>
  ({
    group: {
      pilot: '+37167000000',
      policy: 'linear',
      ring: 20,
      plan: 'BIZNESS',
      enabled: true,
      version: 1,
      members,
      ...group,
    },
    number: 1,
    order: [...members].reverse(),
  }) as Turn;

describe('What Redis holds is not trusted', () => {
  for (const member of [
    A,
    B,
    'sips:a@b',
    'sip:10.0.0.1:5060;transport=tcp',
    'sip:+371;ext=1@h',
    'sip:a@[2001:db8::1]:5060',
  ])
    it(`${member} is a member`, () => {
      expect(isMember(member)).to.equal(true);
    });

  for (const member of [
    '+37120000001@203.0.113.66:5060;x=',
    '+371200000010000000',
    '+0712000000',
    '20000001',
    '',
    'tel:+37120000001',
    'sip:',
    'sip:@h',
    'sip:a@',
    'sip:a@b@c',
    'sip:a@h?Route=%3Csip:x%3E',
    'sip:a@h;x=<sip:y>',
    'sip:a@h>, <sip:y',
    'sip:a@h\r\nRoute: <sip:x>',
    'sip:a@h\u0000',
    'sip:a@h\u0085',
    'sip:a@h\u00a0x',
    'sip:a@h:99999999',
    'sip:"a"@h',
    `sip:${'a'.repeat(300)}@h`,
    7,
    null,
    [A],
  ])
    it(`${JSON.stringify(member)} is none`, () => {
      expect(isMember(member)).to.equal(false);
    });

  it('a turn that is sound is given as it is', () => {
    const turn = turnOf([A, B]);
    expect(soundTurn(turn, expect.fail)).to.equal(turn);
  });

  it('a member that is none is left out of the group and of the order, and the rest stays', () => {
    const refused: string[] = [];
    const turn = soundTurn(turnOf([A, '+37120000002@203.0.113.66;x=', B]), (what) => refused.push(what));
    expect([turn.group.members, turn.order]).to.deep.equal([
      [A, B],
      [B, A],
    ]);
    expect(refused).to.deep.equal(['member 2 is neither E.164 nor a SIP URI']);
  });

  it('of 50,000 members the first twelve are rung', () => {
    const members = Array.from({ length: 50_000 }, (_, i) => `+371${20_000_000 + i}`);
    const refused: string[] = [];
    const turn = soundTurn(turnOf(members), (what) => refused.push(what));
    expect(turn.order).to.deep.equal(members.slice(0, 12).reverse());
    expect(refused).to.deep.equal(['there are more members than 12']);
  });

  for (const ring of [1e308, Number.POSITIVE_INFINITY, Number.NaN, -20, 0, 2.5, 181])
    it(`ring ${ring}: 20 s`, () => {
      const refused: string[] = [];
      expect(soundTurn(turnOf([A], { ring }), (what) => refused.push(what)).group.ring).to.equal(20);
      expect(refused).to.deep.equal(['ring is not 1 to 180 seconds']);
    });

  it('policy, plan and version that are none: the defaults, and 0', () => {
    const refused: string[] = [];
    const { group } = soundTurn(turnOf([A], { policy: '__proto__', plan: 'X', version: Number.NaN }), (what) =>
      refused.push(what),
    );
    expect([group.policy, group.plan, group.version]).to.deep.equal(['linear', 'BIZNESS', 0]);
    expect(refused).to.deep.equal(['policy is not known', 'plan is not known', 'version is no number']);
  });
});
