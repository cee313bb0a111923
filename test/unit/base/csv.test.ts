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

  it('what a spreadsheet would compute is text: a caller may call himself so', () => {
    for (const formula of ['=1+1', '=HYPERLINK(x)', '@SUM(1)', "+1+cmd|' /C calc'!A0", '-2+3+cmd|x', '\t=1'])
      expect(csvLine([formula]), formula).to.equal(`'${formula}\r\n`);
  });

  it('a number with its plus, and members behind one another, stay as they are', () => {
    for (const text of [
      '+37167000000',
      '+371…09',
      '-300',
      '-3.00',
      '+37120000001 busy; sip:anna@10.0.0.1 answered',
      '1764100000000-0',
    ])
      expect(csvLine([text]), text).to.equal(`${text}\r\n`);
  });
});
