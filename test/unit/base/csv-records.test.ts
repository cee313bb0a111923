import { expect } from 'chai';
import { BOM, csvLine, csvRecords } from '../../../lib/base/csv.js';

const read = (text: string): (readonly string[])[] => [...csvRecords(text)].map(({ values }) => values);

describe('CSV is read as RFC 4180 §2 writes it', () => {
  it('what csvLine writes is read again: separators, quotes, line ends and nothing at all within fields', () => {
    const rows = [
      ['a', 'b', 'c'],
      ['', '"', '""'],
      ['x,y', 'one\r\ntwo\nthree', ' z '],
      ['ā č', '', ''],
    ];
    expect(read(rows.map((row) => csvLine(row)).join(''))).to.deep.equal(rows);
    expect(read(BOM + rows.map((row) => csvLine(row)).join('')), 'with a byte order mark').to.deep.equal(rows);
  });

  it('the last line end may be missing, LF ends a line as well, and nothing is no record', () => {
    expect(read('a,b\nc,d')).to.deep.equal([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(read('')).to.deep.equal([]);
    expect(read('a,')).to.deep.equal([['a', '']]);
  });

  it('names the line on which a record begins', () => {
    expect([...csvRecords('a\r\n"b\r\nb"\r\nc')].map(({ line }) => line)).to.deep.equal([1, 2, 4]);
  });

  it('an open quote, a quote within a field and what follows a closed one are no CSV', () => {
    for (const bad of ['"a', 'a"b', '"a"b', 'a,"b"c\r\n', 'a\rb'])
      expect(() => read(bad), bad).to.throw(SyntaxError, /line 1/);
  });
});
