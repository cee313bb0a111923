import { expect } from 'chai';
import { csvRecords } from '../../../lib/base/csv.js';
import type { Consent } from '../../../lib/consent/open.js';
import { campaignOf, contactsFor, newTally } from '../../../lib/secondary-use/contacts/contacts.js';
import { NO_REGIONS } from '../../../lib/secondary-use/regions.js';
import { grant, openAt, withdraw } from '../../support/consent.js';
import { startRedis } from '../../support/redis.js';
import { PATIENT, placeOf } from '../../support/secondary-use.js';
import { suiteRedis } from '../../support/suite-redis.js';

const [ANNA, BERT, CARL, DORA] = ['+37163000001', '+37163000002', '+37167000003', '+37167000004'] as const;

describe('virkne contacts', function () {
  this.timeout(60_000);
  const redis = suiteRedis({ functions: true, appends: 'everysec' });
  let consent: Consent;
  const place = placeOf(redis);
  const regions = place.file('regions.csv', 'prefix,region\r\n+371,Latvija\r\n+37163,Kurzeme\r\n+37167,Rīga\r\n');
  const act = (request: Parameters<Consent['register']['act']>[0]) => consent.register.act(request);
  const numbers = (...all: string[]): string =>
    place.file(`${all.join('-').length}.csv`, `number\r\n${all.join('\r\n')}\r\n`);
  const everybody = numbers(ANNA, BERT, CARL, DORA);
  const list = (...args: string[]) => place.command('contacts', 'autumn', '--channel', 'sms', ...args);
  const numbersIn = (csv: string): string[] => [...csvRecords(csv)].slice(1).map(({ values }) => values[0] as string);

  beforeEach(async () => {
    consent = await openAt(redis.url, PATIENT);
  });
  afterEach(() => consent.close());
  after(() => place.remove());

  it('only who agreed, over this channel, at the moment of export; CSV by RFC 4180 and JSON hold the same', async () => {
    await act(grant(ANNA, 'offers:sms'));
    await act(grant(BERT, 'offers:email'));
    await act(grant(CARL, 'offers:sms'));
    await act(withdraw(CARL, 'offers:sms'));
    const said = await list('--from', everybody);
    expect(said).to.include({ code: 0, err: '1 may be contacted, 3 may not\n' });
    const lines = said.out.split('\r\n');
    expect(lines[0]).to.equal('number,campaign,kind,channel,region,seq,position,exported,expires');
    expect(lines).to.have.length(3);
    const last = (await redis.client.xrevrange('consent:outbox', '+', '-', 'COUNT', 1))[0]?.[0];
    const [contact] = JSON.parse((await list('--from', everybody, '--json')).out);
    expect(contact).to.include({
      number: ANNA,
      campaign: 'autumn',
      kind: 'autumn',
      channel: 'sms',
      seq: 1,
      position: last,
    });
    expect(Date.parse(contact.expires) - Date.parse(contact.exported)).to.equal(24 * 3_600_000);
    expect(
      (await place.asked(consent.persons.sid(BERT, 0))).map(({ use, channel, verdict }) => [use, channel, verdict]),
    ).to.deep.equal([
      ...[
        ['list for autumn', 'sms', 'PENDING'],
        ['list for autumn', 'sms', 'PENDING'],
      ],
    ]);
  });

  it('asks for the numbers of all groups where no file is given, and for nobody twice', async () => {
    for (const pilot of [ANNA, CARL])
      await redis.client.call('FCALL', 'hunt_set', 1, `hunt:{${pilot}}`, 'members', DORA);
    for (const pilot of [ANNA, BERT, CARL]) await act(grant(pilot, 'offers:sms'));
    expect(numbersIn((await list()).out)).to.deep.equal([ANNA, CARL]);
    expect(numbersIn((await list('--from', numbers(ANNA, '63000001', `00${ANNA.slice(1)}`))).out)).to.deep.equal([
      ANNA,
    ]);
  });

  it('33. withdrawn between list and send: the re-check leaves him out, and whoever agrees still stays', async () => {
    for (const number of [ANNA, BERT, CARL]) await act(grant(number, 'offers:sms'));
    const file = place.file('list.csv', (await list('--from', everybody)).out);
    await act(withdraw(BERT));
    await act({ act: 'restrict', number: CARL, method: 'web' });
    const again = await list('--recheck', file);
    expect(again).to.include({ code: 0, err: '1 may be contacted, 2 may not\n' });
    expect(numbersIn(again.out)).to.deep.equal([ANNA]);
    expect((await place.asked(consent.persons.sid(ANNA, 0)))[0]).to.include({ use: 're-check for autumn' });
    // The list of the re-check can be checked again.
    expect(numbersIn((await list('--recheck', place.file('again.csv', again.out))).out)).to.deep.equal([ANNA]);
  });

  it('a list that has expired, of another campaign, or that is none is refused before anything is written', async () => {
    await act(grant(ANNA, 'offers:sms'));
    const { out } = await list('--from', everybody, '--hours', '1');
    const [contact] = JSON.parse((await list('--from', everybody, '--json', '--hours', '1')).out);
    const year = contact.expires.slice(0, 4);
    const past = place.file(
      'past.csv',
      out.replace(/,(\d{4})(-[^,]+)\r\n$/, (_, __, rest) => `,${Number(year) - 1}${rest}\r\n`),
    );
    const refused = async (file: string, campaign = 'autumn'): Promise<string> => {
      const said = await place.command('contacts', campaign, '--channel', 'sms', '--recheck', file);
      expect([said.code, said.out]).to.deep.equal([1, '']);
      return said.err;
    };
    expect(await refused(past)).to.contain('LIST_EXPIRED');
    expect(await refused(place.file('own.csv', out), 'winter'))
      .to.contain('LIST_INVALID')
      .and.contain('line 2');
    expect(await refused(place.file('odd.csv', out.replace(ANNA, 'nobody')))).to.contain('line 2: has no number');
    expect(await refused(place.file('cut.csv', out.replace(/,[^,]*\r\n$/, '\r\n')))).to.contain(
      'line 2: has 8 of 9 fields',
    );
    expect(await refused(place.file('no.csv', 'x'))).to.contain('must name the column number');
    expect(await refused('/nowhere')).to.contain('LIST_INVALID');
  });

  it('what a customer is not interested in is no longer sent, until he says otherwise; other kinds are', async () => {
    await act(grant(ANNA, 'offers:sms'));
    expect((await place.command('interest', ANNA, 'new-phones', 'no')).code).to.equal(0);
    const phones = async (kind: string) => numbersIn((await list('--from', everybody, '--kind', kind)).out);
    expect(await phones('new-phones')).to.deep.equal([]);
    expect(await phones('new-lines')).to.deep.equal([ANNA]);
    // Given again, the consent does not bring back what nobody wanted.
    await act(withdraw(ANNA));
    await act(grant(ANNA, 'offers:sms'));
    expect(await phones('new-phones')).to.deep.equal([]);
    expect((await consent.register.export(ANNA)).interests['new-phones']).to.contain('"interested":false');
    await place.command('interest', ANNA, 'new-phones', 'yes');
    expect(await phones('new-phones')).to.deep.equal([ANNA]);
    expect((await place.command('interest', ANNA, 'x'.repeat(99), 'no')).err).to.contain('NAME_INVALID');
    await place.command('interest', ANNA, 'new-phones', 'no');
    await act({ act: 'erase', number: ANNA, method: 'web' });
    expect(await redis.client.keys('*:interests')).to.deep.equal([]);
  });

  it('a disinterest between list and send is heeded as well', async () => {
    await act(grant(ANNA, 'offers:sms'));
    const file = place.file('interest.csv', (await list('--from', everybody)).out);
    await place.command('interest', ANNA, 'autumn', 'no');
    expect(numbersIn((await list('--recheck', file)).out)).to.deep.equal([]);
  });

  it('a region needs the consent `location` as well, and the longest prefix says where a number is', async () => {
    for (const number of [ANNA, BERT, CARL]) await act(grant(number, 'offers:sms'));
    for (const number of [ANNA, CARL]) await act(grant(number, 'location:data'));
    const there = (region: string) => list('--from', everybody, '--region', region, '--regions', regions);
    const kurzeme = (await there('Kurzeme')).out;
    expect(numbersIn(kurzeme)).to.deep.equal([ANNA]);
    expect(numbersIn((await there('Rīga')).out)).to.deep.equal([CARL]);
    expect((await place.asked(consent.persons.sid(BERT, 0)))[0]).to.include({
      purpose: 'location',
      verdict: 'PENDING',
    });
    await act(withdraw(ANNA, 'location:data'));
    const file = place.file('kurzeme.csv', kurzeme);
    expect(numbersIn((await list('--recheck', file, '--regions', regions)).out)).to.deep.equal([]);
    expect((await list('--recheck', file)).code, 'nobody says where they are').to.equal(2);
    expect((await there('Vidzeme')).code).to.equal(2);
    expect((await list('--from', everybody, '--region', 'Rīga')).code).to.equal(2);
  });

  it('bad input: an unknown channel lists nobody; names that are numbers, and files that are none, are refused', async () => {
    await act(grant(ANNA, 'offers:sms'));
    const said = await place.command('contacts', 'autumn', '--channel', 'fax', '--from', everybody);
    expect([said.code, numbersIn(said.out)]).to.deep.equal([0, []]);
    expect((await place.command('contacts', 'autumn', '--from', everybody)).code).to.equal(2);
    for (const name of ['=cmd', 'a'.repeat(41), 'c-37120000001', '<script>'])
      expect((await place.command('contacts', name, '--channel', 'sms', '--from', everybody)).err).to.contain(
        'NAME_INVALID',
      );
    expect((await list('--from', numbers(ANNA, 'x'))).err).to.contain('line 3: has no number');
    const formula = place.file('formula.csv', 'prefix,region\r\n+371,=1+1\r\n');
    expect((await list('--from', everybody, '--regions', formula)).err).to.contain('a region begins with a letter');
  });

  it('the register away: no list, exit status 3; lost while a list is made, it ends with an error and is not taken for whole', async () => {
    expect((await place.away('contacts', 'autumn', '--channel', 'sms', '--from', everybody)).code).to.equal(3);
    const lost = await startRedis();
    const other = await openAt(lost.url, PATIENT);
    try {
      for (const number of [ANNA, BERT]) await other.register.act(grant(number, 'offers:sms'));
      const campaign = campaignOf({ name: 'autumn', channel: 'sms' });
      const found = contactsFor(other, NO_REGIONS, campaign, [ANNA, BERT], 1, newTally());
      expect((await found.next()).value).to.include({ number: ANNA });
      await lost.kill();
      const failure = await found.next().then(
        () => 'taken',
        (thrown: unknown) => (thrown as { code: string }).code,
      );
      expect(failure).to.equal('STORE_UNAVAILABLE');
    } finally {
      other.close();
      await lost.stop();
    }
  });
});
