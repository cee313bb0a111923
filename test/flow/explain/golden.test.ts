import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { ALL_END_REASONS } from '../../../lib/call/end-reasons.js';
import { REFUSED_WORDS } from '../../../lib/call/refusals.js';
import { ALL_RESULTS } from '../../../lib/call/results.js';
import { explain } from '../../../lib/explain/explain.js';
import { toText } from '../../../lib/explain/text.js';
import { LOCAL_FAILURES } from '../../../lib/sip/local-failure.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { ENDED_SCENARIOS } from './ended-scenarios.js';
import { play } from './explain-harness.js';
import { REFUSED_SCENARIOS } from './refused-scenarios.js';
import { A, SCENARIOS, type Scenario } from './scenarios.js';
import { playScripted, SCRIPTED_SCENARIOS } from './scripted-scenarios.js';

/** A node that is lost explains nothing: another one writes that record (redis/lost.test.ts). */
const PLAYED = ALL_END_REASONS.filter((word) => word !== 'node-lost');

/** `GOLDEN=write npx mocha …` writes them anew: then each is to be read. */
const FOLDER = 'test/golden';
const WRITES = process.env.GOLDEN === 'write';
/** With drachtio-srf between, it is another process that knows some things less well: only what it says of phones is compared. */
const IS_DIRECT = (process.env.WIRE_LINK ?? 'direct') === 'direct';
const SINCE = Date.UTC(2026, 0, 5, 7, 58, 11);

const FLOWS: readonly Scenario[] = [...SCENARIOS, ...REFUSED_SCENARIOS, ...ENDED_SCENARIOS];

function compare(name: string, record: CallRecord, trace: string | null, now: number): void {
  const input = { record, trace, now, traceDays: 7, busySince: new Map([[A, SINCE]]) };
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
}

const whysOf = ({ attempts }: CallRecord): string[] => attempts.map(({ why }) => why);

describe('Explanations: scenario → record → words, for every word that a record has', () => {
  for (const { name, words, refused = null, endReason = null, options, play: run } of FLOWS) {
    it(name, async () => {
      const { record, trace, harness } = await play(run, options);
      expect(whysOf(record)).to.deep.equal(words);
      expect(record).to.deep.include({ refused, endReason });
      compare(name, record, trace, harness.clock.now());
    });
  }

  for (const scenario of SCRIPTED_SCENARIOS) {
    it(scenario.name, async () => {
      const record = await playScripted(scenario);
      expect(whysOf(record)).to.deep.equal(scenario.words);
      expect(record).to.deep.include({ refused: null, endReason: scenario.endReason ?? null });
      compare(scenario.name, record, null, record.ended);
    });
  }

  it('each word has its scenario: of a phone, of a refused call, of an end that was ours, of what failed here', () => {
    const all = [...FLOWS, ...SCRIPTED_SCENARIOS];
    expect([...new Set(all.flatMap(({ words }) => words))]).to.have.members(ALL_RESULTS);
    expect(FLOWS.flatMap(({ refused }) => refused ?? [])).to.have.members(REFUSED_WORDS);
    expect([...new Set(all.flatMap(({ endReason }) => endReason ?? []))]).to.have.members(PLAYED);
    const golden = readFileSync(`${FOLDER}/local-failures.txt`, 'utf8');
    for (const failure of LOCAL_FAILURES) expect(golden).to.include(`on our side: ${failure}.`);
  });

  it('each golden file belongs to a scenario', () => {
    const names = [...FLOWS, ...SCRIPTED_SCENARIOS].map(({ name }) => `${name}.txt`);
    expect(readdirSync(FOLDER).sort()).to.deep.equal(names.sort());
  });
});
