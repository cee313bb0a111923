import { expect } from 'chai';
import { type DialectSettings, dialectOf } from '../../../lib/call/trunks/dialect.js';

const of = (settings: Partial<DialectSettings>, country = 'LV') =>
  dialectOf({ uri: 'sip:10.1.0.1:5060', ...settings }, { username: 'office', password: 'x' }, country);

describe('How a trunk wants numbers written', () => {
  it('is as usual unless it says something', () => {
    expect(of({})).to.equal(undefined);
  });

  for (const [format, country, number, user, phone] of [
    ['e164', 'LV', '+37120000001', '+37120000001', ';user=phone'],
    ['digits', 'LV', '+37120000001', '37120000001', ''],
    ['national', 'LV', '+37120000001', '20000001', ''],
    ['national', 'LV', '+4930123456', '004930123456', ''],
    ['national', 'DE', '+4930123456', '030123456', ''],
    ['national', 'DE', '+37120000001', '0037120000001', ''],
    ['national', 'US', '+12015550123', '2015550123', ''],
    ['national', 'US', '+37120000001', '01137120000001', ''],
    ['national', 'LV', '+999123456789', '00999123456789', ''],
  ] as const) {
    it(`${number} as ${format} of ${country} is ${user}`, () => {
      const dialect = of({ numberFormat: format }, country);
      expect([dialect?.userFor(number), dialect?.phone]).to.deep.equal([user, phone]);
    });
  }

  it('the account is the user at the domain of From, else at the host of the trunk', () => {
    expect(of({ fromDomain: 'carrier.example' })?.account).to.equal('sip:office@carrier.example');
    expect(of({ preferredIdentity: 'account' })?.account).to.equal('sip:office@10.1.0.1');
  });
});
