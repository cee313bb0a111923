import { expect } from 'chai';
import { Office, PILOT } from './scripted-server.js';

describe('Intake (edge cases 4 to 7)', () => {
  for (const [name, headers, body, uri, status] of [
    ['Max-Forwards 0', { 'max-forwards': '0' }, undefined, undefined, 483],
    ['unknown Require', { require: 'timer, precondition' }, undefined, undefined, 420],
    ['unsupported body', { 'content-type': 'application/isup' }, 'x', undefined, 415],
    ['unknown scheme', {}, undefined, 'h323:x@y', 416],
    ['the pilot in Diversion', { diversion: `<sip:${PILOT}@x>` }, undefined, undefined, 482],
    ['too many diversions', { diversion: '<sip:+37120000077@x>;counter=6' }, undefined, undefined, 482],
    ['no number', {}, undefined, 'sip:office@10.0.0.1', 404],
  ] as [string, Record<string, string>, string | undefined, string | undefined, number][]) {
    it(`${name}: ${status}, and no call`, async () => {
      const office = new Office();
      const invite = await office.call(headers, body, uri);
      expect(invite.statuses).to.deep.equal([status]);
      expect(office.service.active).to.equal(0);
      expect(office.records).to.deep.equal([]);
      if (status === 420) expect(invite.header('unsupported')).to.equal('precondition');
      if (status === 415) expect(invite.header('accept')).to.include('application/sdp');
    });
  }

  it('Max-Forwards goes down by one', async () => {
    const office = new Office();
    await office.call({ 'max-forwards': '13' });
    expect(office.leg(1).header('max-forwards')).to.equal('12');
  });

  it('beyond the limit of calls: 503 with Retry-After (RFC 3261 §21.5.4)', async () => {
    const office = new Office({ settings: { maxCalls: 1 } });
    await office.call();
    expect((await office.call()).statuses).to.deep.equal([503]);
  });
});
