import { expect } from 'chai';
import fc from 'fast-check';
import { csvOf } from '../../../lib/charges/csv.js';
import { type Correction, documentOf, jsonOf, type Line } from '../../../lib/charges/document.js';
import type { Fee } from '../../../lib/charges/fees.js';
import { amountOf, overlaps } from '../../../lib/charges/prices.js';

const ABOUT = { name: '2026-11', timeZone: 'Europe/Riga' };

const fee = (more: Partial<Fee> = {}): Fee =>
  ({
    ...{
      kind: 'fee',
      group: '+37167000000',
      owner: 'C-1',
      plan: 'BIZNESS',
      price: 'BIZNESS@2026-01-01',
      coversPlan: false,
    },
    ...{ cents: 300, from: '2026-11-01', to: '2026-11-30', days: 30, reason: 'active on 30 days' },
    ...more,
  }) as Fee;
const bundle = (more: Partial<Fee> = {}): Fee =>
  fee({ plan: 'VIRTUALAIS', price: 'VIRTUALAIS@2026-01-01', coversPlan: true, cents: 440, ...more });
const correction = (more: Partial<Correction> = {}): Correction =>
  ({
    ...{ kind: 'correction', of: '2026-10', group: '+37167000000', owner: 'C-1', cents: -300, reason: 'never used' },
    ...more,
  }) as Correction;

async function* each<Value>(values: readonly Value[]): AsyncGenerator<Value> {
  yield* values;
}
async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}
const pieces = (lines: readonly Line[]): AsyncGenerator<string> => documentOf(ABOUT, 'EUR', each(lines));
const json = (lines: readonly Line[]): Promise<string> => textOf(jsonOf(pieces(lines)));
const csv = async (lines: readonly Line[], options = {}): Promise<string> => textOf(csvOf(pieces(lines), options));

/** RFC 4180, read by the letter of its grammar. */
function readCsv(text: string, separator = ','): string[][] {
  const rows: string[][] = [[]];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (quoted && char === '"' && text[i + 1] === '"') field += text[++i];
    else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === separator || text.startsWith('\r\n', i))) {
      (rows.at(-1) as string[]).push(field);
      field = '';
      if (char === '\r') {
        rows.push([]);
        i += 1;
      }
    } else field += char;
  }
  return rows.slice(0, -1);
}

describe('Monthly charges: the document', () => {
  it('is JSON with a line of text for each line, and says month, zone, currency, and that VAT is not in it', async () => {
    const lines = [fee(), bundle(), correction()];
    const text = await json(lines);
    expect(text.split('\n')).to.have.length(lines.length + 3);
    expect(JSON.parse(text)).to.deep.equal({
      ...{ schema: 1, month: '2026-11', timeZone: 'Europe/Riga', currency: 'EUR', vat: 'excluded', lines },
      fees: [
        { price: 'BIZNESS@2026-01-01', cents: 300, count: 1, sum: 300 },
        { price: 'VIRTUALAIS@2026-01-01', cents: 440, count: 1, sum: 440 },
      ],
      corrections: { count: 1, sum: -300 },
      total: 440,
    });
  });

  it('of a month without any group is one too', async () => {
    expect(JSON.parse(await json([]))).to.deep.include({ lines: [], fees: [], total: 0 });
    expect(readCsv(await csv([]))).to.have.length(1);
  });

  it('groups × price = total, for any number of lines, and the same bytes each time', async () => {
    const line = fc.oneof(
      fc.constant(fee()),
      fc.constant(bundle()),
      fc
        .integer({ min: -1000, max: 1000 })
        .filter((cents) => cents !== 0)
        .map((cents) => correction({ cents })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { size: 'max', maxLength: 1700 }), async (lines) => {
        const text = await json(lines);
        expect(await json(lines)).to.equal(text);
        const document = JSON.parse(text);
        expect(document.lines).to.deep.equal(lines);
        const count = (price: number): number =>
          lines.filter(({ kind, cents }) => kind === 'fee' && cents === price).length;
        const corrected = lines.reduce((sum, one) => (one.kind === 'correction' ? sum + one.cents : sum), 0);
        expect(document.total).to.equal(count(300) * 300 + count(440) * 440 + corrected);
      }),
      { numRuns: 20 },
    );
  }).timeout(30_000);

  it('a charge of nothing, or of a fraction of a cent, is never written', async () => {
    for (const cents of [0, 0.5, Number.NaN, 2 ** 53]) {
      expect(await json([fee({ cents })]).catch(String), String(cents)).to.contain(`a charge of ${cents} cents`);
    }
    expect(await json([fee(), fee({ cents: 350 })]).catch(String)).to.contain(
      '2 fees of BIZNESS@2026-01-01 are not 650 cents',
    );
  });

  it('as CSV by RFC 4180: what has separators, quotes or ends of line is quoted; amounts in euros', async () => {
    const reason = 'paid "twice", in May;\r\nby anna';
    const [head, ...rows] = readCsv(
      await csv([fee({ owner: null }), bundle({ owner: 'Jānis, SIA' }), correction({ reason })]),
    );
    const row = (index: number): Record<string, string> =>
      Object.fromEntries((rows[index] ?? []).map((value, at) => [head?.[at] ?? '', value]));
    expect(rows).to.have.length(3);
    expect(row(0)).to.include({
      month: '2026-11',
      kind: 'fee',
      owner: '',
      cents: '300',
      amount: '3.00',
      currency: 'EUR',
      days: '30',
    });
    expect(row(1)).to.include({
      owner: 'Jānis, SIA',
      amount: '4.40',
      coversPlan: 'true',
      price: 'VIRTUALAIS@2026-01-01',
    });
    expect(row(2)).to.include({ kind: 'correction', of: '2026-10', amount: '-3.00', reason, plan: '', days: '' });
  });

  it('for Excel with a byte order mark and semicolons', async () => {
    const text = await csv([fee()], { bom: true, separator: ';' });
    expect(text.startsWith('\ufeffmonth;kind;group;')).to.equal(true);
    expect(readCsv(text.slice(1), ';')[1]).to.include('3.00');
  });
});

describe('Money and prices', () => {
  it('an amount is written from its digits', () => {
    for (const [cents, text] of [
      [1, '0.01'],
      [10, '0.10'],
      [300, '3.00'],
      [440, '4.40'],
      [-300, '-3.00'],
      [-5, '-0.05'],
      [123456789, '1234567.89'],
    ] as const) {
      expect(amountOf(cents)).to.equal(text);
    }
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (cents) => {
        expect(amountOf(cents)).to.match(/^-?\d+\.\d\d$/);
        expect(Number(amountOf(cents).replace('.', ''))).to.equal(cents === 0 ? 0 : cents);
      }),
    );
  });

  it('two prices of a plan do not overlap, be it on one day', () => {
    const price = (from: string, to?: string) => ({ plan: 'BIZNESS', cents: 1, from, to });
    const pairs = (...prices: ReturnType<typeof price>[]) => overlaps({ prices });
    expect(pairs(price('2026-01-01', '2026-06-30'), price('2026-07-01'))).to.deep.equal([]);
    expect(pairs(price('2026-01-01', '2026-07-01'), price('2026-07-01'))).to.deep.equal([[1, 0]]);
    expect(pairs(price('2026-01-01'), price('2025-01-01'))).to.deep.equal([[1, 0]]);
    expect(pairs(price('2026-01-01'), { ...price('2026-01-01'), plan: 'VIRTUALAIS' })).to.deep.equal([]);
  });
});
