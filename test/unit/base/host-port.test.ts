import { expect } from 'chai';
import { parseHostPort } from '../../../lib/base/host-port.js';

describe('host:port', () => {
  it('is a name or an address, IPv6 in brackets, and may lack the port', () => {
    expect(parseHostPort('sip.example.lv:5062')).to.deep.equal({ host: 'sip.example.lv', port: 5062 });
    expect(parseHostPort('[2001:db8::1]:0')).to.deep.equal({ host: '2001:db8::1', port: 0 });
    expect(parseHostPort('10.1.0.1')).to.deep.equal({ host: '10.1.0.1', port: undefined });
  });

  for (const text of [
    '',
    ':80',
    'h:',
    'h:65536',
    '::1',
    '::1:80',
    '[::g]:80',
    '[10.1.0.1]:80',
    '10.1.0:80',
    '999.0.0.1:80',
    'a b:80',
    'u@h:80',
  ]) {
    it(`is not "${text}"`, () => expect(parseHostPort(text)).to.equal(undefined));
  }
});
