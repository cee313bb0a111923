import { expect } from 'chai';
import { csvLine } from '../../../lib/base/csv.js';

describe('CSV (RFC 4180)', () => {
  it('§2: CRLF behind each record; quotes where a cell has a separator, a quote or a line break, doubled within', () => {
    expect(csvLine(['a', 'b c', ''])).to.equal('a,b c,\r\n');
    expect(csvLine(['a,b', 'say "hm"', 'two\nlines', 'r\rx'])).to.equal('"a,b","say ""hm""","two\nlines","r\rx"\r\n');
  });

  it('another separator: what is quoted follows it', () => {
    expect(csvLine(['a,b', 'c;d'], ';')).to.equal('a,b;"c;d"\r\n');
    expect(csvLine(['a', 'c\td'], '\t')).to.equal('a\t"c\td"\r\n');
  });
});
