import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { ALL_RESULTS } from '../../../lib/call/results.js';
import { explain } from '../../../lib/explain/explain.js';
import { toText } from '../../../lib/explain/text.js';
import { play } from './explain-harness.js';
import { A, SCENARIOS } from './scenarios.js';

/** `GOLDEN=write npx mocha …` writes them anew: then each is to be read. */
const FOLDER = 'test/golden';
const WRITES = process.env.GOLDEN === 'write';
/** With drachtio-srf between, it is another process that knows some things less well: only what it says of phones is compared. */
const IS_DIRECT = (process.env.WIRE_LINK ?? 'direct') === 'direct';
const SINCE = Date.UTC(2026, 0, 5, 7, 58, 11);

describe('Explanations: scenario → record → words, for every word that a record has of a phone', () => {
  for (const { name, words, options, play: run } of SCENARIOS) {
    it(name, async () => {
      const { record, trace, harness } = await play(run, options);
      expect(record.attempts.map(({ why }) => why)).to.deep.equal(words);
      const input = { record, trace, now: harness.clock.now(), traceDays: 7, busySince: new Map([[A, SINCE]]) };
      const said = (['en', 'lv'] as const).map((lang) => {
        const explanation = explain(input, { lang, timeZone: 'Europe/Riga' });
        return { explanation, text: toText(explanation) };
      });
      const shown = JSON.stringify(record, null, 2).replaceAll(record.call, 'CALL');
      const text = `${shown}\n\n${said.map((one) => one.text).join('\n\n')}\n`;
      const path = `${FOLDER}/${name}.txt`;
      if (WRITES && IS_DIRECT) {
        mkdirSync(FOLDER, { recursive: true });
        writeFileSync(path, text);
      }
      const golden = readFileSync(path, 'utf8');
      if (IS_DIRECT) expect(text).to.equal(golden);
      else for (const { explanation } of said) expect(golden).to.include(explanation.headline);
    });
  }

  it('each word has its scenario, but for those that only a drachtio-server brings about', () => {
    const played = new Set(SCENARIOS.flatMap(({ words }) => words));
    expect([...played, 'unacknowledged', 'too-large']).to.have.members(ALL_RESULTS);
  });
});
