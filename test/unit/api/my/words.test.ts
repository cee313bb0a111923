import { expect } from 'chai';
import { EN } from '../../../../lib/api/pages/my/words/en.js';
import { LV } from '../../../../lib/api/pages/my/words/lv.js';

/** Every text of a dictionary by its place; of functions what they say of each of these counts. */
function texts(words: unknown, counts: readonly number[], place = ''): [string, string][] {
  if (typeof words === 'string') return [[place, words]];
  if (typeof words === 'function') return counts.map((count) => [`${place}(${count})`, String(words(count, count))]);
  return Object.entries(words as object).flatMap(([name, one]) => texts(one, counts, `${place}/${name}`));
}

describe('The words of the pages', () => {
  it('Latvian has three forms of a count, as Intl.PluralRules says: 0 and 11 to 19, 1 and 21, the others', () => {
    const forms = [0, 1, 2, 10, 11, 21, 22, 100, 101, 111].map((count) => LV.calls.shown(count));
    expect(forms).to.deep.equal([
      ...['0 zvanu', '1 zvans', '2 zvani', '10 zvanu', '11 zvanu', '21 zvans', '22 zvani', '100 zvanu', '101 zvans'],
      '111 zvanu',
    ]);
    expect([0, 1, 2, 21].map((count) => EN.calls.shown(count))).to.deep.equal([
      '0 calls',
      '1 call',
      '2 calls',
      '21 calls',
    ]);
    expect([1, 2, 30].map((seconds) => LV.group.seconds(seconds))).to.deep.equal([
      '1 sekunde',
      '2 sekundes',
      '30 sekunžu',
    ]);
  });

  it('both languages say the same things, each in its own words, and nothing is empty', () => {
    const [lv, en] = [texts(LV, [1, 2, 12]), texts(EN, [1, 2, 12])];
    expect(lv.map(([place]) => place)).to.deep.equal(en.map(([place]) => place));
    for (const [place, text] of [...lv, ...en]) expect([place, text.trim()]).to.not.deep.equal([place, '']);
    const same = lv.filter(([, text], i) => text === en[i]?.[1]).map(([place]) => place);
    expect(same).to.deep.equal([]);
  });
});
