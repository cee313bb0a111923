import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { SipMessage } from '../../../lib/sip/message.js';
import { parseMessage } from '../../../lib/sip/parse.js';
import { unsupportedValue } from '../../../lib/sip/unsupported.js';
import { defectOf } from '../../../lib/sip/validate.js';

const TOP = 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtop';
const MANDATORY: readonly Field[] = [
  ['From', '<sip:a@192.0.2.1>;tag=1'],
  ['To', '<sip:b@192.0.2.2>'],
  ['Call-ID', 'a'],
  ['CSeq', '1 OPTIONS'],
];

const judged = (fields: readonly Field[]): string | undefined => {
  const request = SipMessage.request('OPTIONS', 'sip:b@192.0.2.2', [['Via', TOP], ...MANDATORY, ...fields]);
  const defect = defectOf(parseMessage(request.text) as SipMessage);
  return defect === undefined ? undefined : `${defect.status} ${defect.reason}`;
};

/** A value of just so many bytes. */
const padded = (start: string, bytes: number, end = ''): string =>
  `${start}${'x'.repeat(bytes - start.length - end.length)}${end}`;

const HOPS = 8192;
const HALF = 4000;
const LISTS: readonly (readonly [name: string, limit: number, start: string, end: string])[] = [
  ['Via', HOPS - TOP.length, 'SIP/2.0/UDP 192.0.2.3;branch=z9hG4bK', ''],
  ['Route', HOPS, '<sip:192.0.2.3;lr>;p=', ''],
  ['Record-Route', HOPS, '<sip:192.0.2.3;lr>;p=', ''],
  ['Diversion', HOPS, '<sip:', '@192.0.2.3>'],
  ['History-Info', 2 * HOPS, '<sip:', '@192.0.2.3>;index=1'],
  ['Require', 2048, '', ''],
  ['Proxy-Require', 2048, '', ''],
  ['Supported', 2048, '', ''],
];

describe('Lists of a request have limits of their own, all their fields together', () => {
  for (const [name, limit, start, end] of LISTS) {
    it(`${name}: beyond it is 513`, () => {
      const half = Math.min(HALF, limit >> 1);
      const fields: Field[] = [];
      let left = limit;
      for (; left >= 2 * half; left -= half) fields.push([name, padded(start, half, end)]);
      fields.push([name, padded(start, left, end)]);
      expect(judged(fields)).to.equal(undefined);
      const last: Field = [name, padded(start, left + 1, end)];
      expect(judged([...fields.slice(0, -1), last])).to.equal(`513 Too much ${name.toLowerCase()}`);
    });
  }

  it('the compact forms count with the long ones', () => {
    const long = padded('SIP/2.0/UDP 192.0.2.3;branch=z9hG4bK', 5000);
    expect(judged([['v', long]])).to.equal(undefined);
    expect(
      judged([
        ['v', long],
        ['VIA', long],
      ]),
    ).to.equal('513 Too much via');
    expect(
      judged([
        ['k', 'x'.repeat(1500)],
        ['Supported', 'x'.repeat(1500)],
      ]),
    ).to.equal('513 Too much supported');
  });

  it('a response is not judged by them: it costs nobody his answered call', () => {
    const fields: Field[] = [['Via', TOP], ...MANDATORY, ['Supported', 'x'.repeat(3000)]];
    const response = parseMessage(SipMessage.response(200, 'OK', fields).text) as SipMessage;
    expect(defectOf(response)).to.equal(undefined);
  });
});

describe('Unsupported', () => {
  it('RFC 3261 §8.2.2.3: names what is not known, a few of many', () => {
    expect(unsupportedValue(['a', 'b'])).to.equal('a, b');
    const many = Array.from({ length: 1000 }, (_, i) => `option-${i}`);
    expect(unsupportedValue(many)).to.equal('option-0, option-1, option-2, option-3, option-4');
    expect(unsupportedValue(['x'.repeat(1000), 'b'])).to.equal('b');
    expect(unsupportedValue(['x'.repeat(1000)])).to.have.length(40);
  });
});
