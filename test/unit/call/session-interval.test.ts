import { expect } from 'chai';
import { askedInterval, grantedInterval, isTooShort } from '../../../lib/call/session-interval.js';
import type { Headers } from '../../../lib/sip-server/sip-server.js';

const DAY = 86_400;
const KNOWS = { supported: '100rel, Timer' };

describe('The session interval (RFC 4028)', () => {
  it('is too short below 90 s, for a caller who understands 422 (§9)', () => {
    for (const [headers, expected] of [
      [{ 'session-expires': '89', ...KNOWS }, true],
      [{ 'session-expires': '0;refresher=uas', ...KNOWS }, true],
      [{ 'session-expires': '89', require: 'timer' }, true],
      [{ 'session-expires': '89', supported: 'a;timer' }, false],
      [{ 'session-expires': '90', ...KNOWS }, false],
      [{ 'session-expires': '60' }, false],
      [{ 'session-expires': 'soon', ...KNOWS }, false],
      [{ 'session-expires': '-60', ...KNOWS }, false],
      [{ ...KNOWS }, false],
    ] as [Headers, boolean][]) {
      expect(isTooShort(headers), JSON.stringify(headers)).to.equal(expected);
    }
  });

  for (const [what, headers, expected] of [
    ['nothing asked: ours', {}, '1800;refresher=uas'],
    ['nothing asked, and Min-SE below ours', { 'min-se': '120' }, '1800;refresher=uas'],
    ['nothing asked, and Min-SE above ours', { 'min-se': '3600;x=y' }, '3600;refresher=uas'],
    ['nothing asked, and Min-SE above a day: a day', { 'min-se': '86401' }, '86400;refresher=uas'],
    ['asked: as asked', { 'session-expires': '600' }, '600;refresher=uas'],
    ['asked for less than 90, without knowing timers: never raised', { 'session-expires': '60' }, '60;refresher=uas'],
    ['asked with Min-SE: never raised', { 'session-expires': '600', 'min-se': '900' }, '600;refresher=uas'],
    ['asked for a year: a day', { 'session-expires': '31536000' }, '86400;refresher=uas'],
    [
      'asked for a year, and not below a month: a day',
      { 'session-expires': '31536000', 'min-se': '2592000' },
      '86400;refresher=uas',
    ],
    [
      'asked for twenty digits, and not below them',
      { 'session-expires': '9'.repeat(20), 'min-se': '9'.repeat(20) },
      '86400;refresher=uas',
    ],
    ['asked for what no number holds', { 'session-expires': '9'.repeat(400) }, '86400;refresher=uas'],
    ['asked for 0: none', { 'session-expires': '0' }, undefined],
    ['malformed: ours', { 'session-expires': '60.5' }, '1800;refresher=uas'],
    ['empty: ours', { 'session-expires': '' }, '1800;refresher=uas'],
    ['Min-SE malformed: ours', { 'min-se': 'much' }, '1800;refresher=uas'],
    ['the caller refreshes', { 'session-expires': '600;refresher=UAC', ...KNOWS }, '600;refresher=uac'],
    ['we refresh', { 'session-expires': '600 ; refresher = uas', ...KNOWS }, '600;refresher=uas'],
    ['a caller without timers cannot refresh', { 'session-expires': '600;refresher=uac' }, '600;refresher=uas'],
  ] as [string, Headers, string | undefined][]) {
    it(`granted to a caller, ${what} (§9, table 2)`, () => {
      const granted = grantedInterval(headers, 1800, DAY);
      expect(granted['session-expires']).to.equal(expected);
      expect(granted.require).to.equal(headers.supported === undefined ? undefined : 'timer');
    });
  }

  it('is granted without one of ours only to a caller who asks', () => {
    expect(grantedInterval({ 'min-se': '3600', ...KNOWS }, 0, DAY)).to.deep.equal({});
    expect(grantedInterval({ 'session-expires': '600' }, 0, DAY)).to.deep.equal({
      'session-expires': '600;refresher=uas',
    });
  });

  for (const [what, headers, least, expected] of [
    ['nothing asked', {}, undefined, []],
    ['only Min-SE', { 'min-se': '600' }, undefined, []],
    ['as the caller asks', { 'session-expires': '600;refresher=uac' }, undefined, ['600', undefined]],
    ['with his Min-SE', { 'session-expires': '600', 'min-se': '300' }, undefined, ['600', '300']],
    ['not below his Min-SE', { 'session-expires': '600', 'min-se': '900' }, undefined, ['900', '900']],
    ['not below 90', { 'session-expires': '60' }, undefined, ['90', undefined]],
    ['not beyond a day', { 'session-expires': '99999999999' }, undefined, ['86400', undefined]],
    ['a Min-SE beyond a day', { 'session-expires': '600', 'min-se': '99999999999' }, undefined, ['86400', '86400']],
    ['malformed', { 'session-expires': 'x' }, undefined, []],
    ['what the member asked for', {}, 600, ['600', '600']],
    ['the larger of both', { 'session-expires': '300', 'min-se': '200' }, 600, ['600', '600']],
    ['the larger Min-SE of both', { 'session-expires': '3000', 'min-se': '900' }, 600, ['3000', '900']],
  ] as [string, Headers, number | undefined, (string | undefined)[]][]) {
    it(`asked of a member, ${what} (§4, §7.1, §7.3)`, () => {
      const { 'session-expires': expires, 'min-se': minimum } = askedInterval(headers, least, DAY);
      expect([expires, minimum]).to.deep.equal([expected[0], expected[1]]);
    });
  }
});
