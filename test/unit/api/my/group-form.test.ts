import { expect } from 'chai';
import { checkDraft, type GroupDraft, pressed, readDraft } from '../../../../lib/api/pages/my/group-form.js';
import { EN } from '../../../../lib/api/pages/my/words/en.js';
import { Numbers } from '../../../../lib/call/numbers.js';

const PILOT = '+37167000000';
const [A, B, C] = ['+37120000001', '+37120000002', '+37120000003'] as const;
const ADDRESS = 'sip:desk@192.0.2.1';
const numbers = new Numbers('LV');
const RULES = {
  ...{ pilot: PILOT, rings: [10, 20, 30], maxMembers: 12, present: [A, ADDRESS] },
  numberIn: (written: string) => numbers.fromUserPart(written),
};
const draft = (more: Partial<GroupDraft> = {}): GroupDraft => ({
  ...{ version: '1', members: [A, B, C], next: '', ring: '20', policy: 'linear', enabled: 'yes', ...more },
});
const mistakes = (more: Partial<GroupDraft>): (readonly [string, string])[] =>
  checkDraft(draft(more), RULES).mistakes.map(({ field, say }) => [field, say(EN.field)] as const);

describe('The form of a ring group', () => {
  it('moves, removes and adds rows, and says where the focus goes', () => {
    const press = (button: string, more: Partial<GroupDraft> = {}) => {
      const then = pressed(draft(more), button);
      return then && [then.draft.members, then.draft.next, then.focus];
    };
    expect(press('up-2')).to.deep.equal([[A, C, B], '', 'up-1']);
    expect(press('up-1')).to.deep.equal([[B, A, C], '', 'down-0']);
    expect(press('down-0')).to.deep.equal([[B, A, C], '', 'down-1']);
    expect(press('down-1')).to.deep.equal([[A, C, B], '', 'up-2']);
    expect(press('up-0')).to.deep.equal([[A, B, C], '', 'down-0']);
    expect(press('remove-0')).to.deep.equal([[B, C], '', 'member-0']);
    expect(press('remove-2')).to.deep.equal([[A, B], '', 'member-1']);
    expect(press('remove-0', { members: [A] })).to.deep.equal([[], '', 'next']);
    expect(press('add', { next: ' x ' })).to.deep.equal([[A, B, C, ' x '], '', 'next']);
    expect(press('add')).to.deep.equal([[A, B, C], '', 'next']);
    for (const none of ['up-3', 'up--1', 'up-', 'turn-1', '', 'remove-999']) expect(press(none)).to.equal(undefined);
  });

  it('what is typed wrong stays as it was typed when a button is pressed', () => {
    const typed = draft({ members: [A, 'no number', ''], next: 'half a num', ring: '', policy: 'x' });
    expect(pressed(typed, 'up-1')?.draft).to.deep.equal({ ...typed, members: ['no number', A, ''] });
  });

  it('numbers are taken as people write them, in one form; what was typed and not added counts', () => {
    const { change } = checkDraft(
      draft({ members: [A, '20 000 002', '00371 20000003'], next: '+371 (2000) 00-04' }),
      RULES,
    );
    expect(change).to.deep.equal({
      ...{ members: [A, B, C, '+37120000004'], ring: 20, policy: 'linear', enabled: true },
    });
  });

  it('each mistake is at its field, all of them at once, in the order of the fields', () => {
    const all = { members: ['', 'x', PILOT, A, A], next: '12', ring: '25', policy: '', enabled: '' };
    expect(mistakes(all)).to.deep.equal([
      ['enabled', EN.field.choose],
      ['member-0', EN.field.empty],
      ['member-1', EN.field.noNumber],
      ['member-2', EN.field.ownNumber],
      ['member-4', EN.field.twice(4)],
      ['next', EN.field.noNumber],
      ['ring', EN.field.choose],
      ['policy', EN.field.choose],
    ]);
    expect(mistakes({ members: [] })).to.deep.equal([['next', EN.field.nobody]]);
    const many = Array.from({ length: 12 }, (_, i) => `+3712000010${i}`.slice(0, 12));
    expect(mistakes({ members: [...new Set(many)].concat(A, B, C) })).to.deep.equal([['next', EN.field.tooMany(12)]]);
  });

  it('a SIP URI that an operator has put there may stay; a customer adds none', () => {
    expect(checkDraft(draft({ members: [ADDRESS, A] }), RULES).change?.members).to.deep.equal([ADDRESS, A]);
    expect(mistakes({ next: 'sip:evil@example.net' })).to.deep.equal([['next', EN.field.noNumber]]);
    expect(mistakes({ next: `${A},+37120000009` })).to.deep.equal([['next', EN.field.noNumber]]);
  });

  it('a form that is none of ours is not read', () => {
    expect(readDraft({ version: '1', member: A })).to.deep.include({ members: [A], ring: '' });
    expect(readDraft({ version: '1' })?.members).to.deep.equal([]);
    for (const none of [
      undefined,
      {},
      { version: 'x' },
      { version: '1', ring: ['10', '20'] },
      { version: '1', member: {} },
    ]) {
      expect(readDraft(none)).to.equal(undefined);
    }
  });
});
