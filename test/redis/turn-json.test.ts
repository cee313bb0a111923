import { expect } from 'chai';
import { readTurn } from '../../lib/store/turns.js';
import { fcallOn, suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const KEY = `hunt:{${PILOT}}`;
const A = '+37120000001';
const B = 'sip:anna@example.com';

describe('hunt_turn_json: the turn as the service takes it', () => {
  const redis = suiteRedis({ functions: true });
  const fcall = fcallOn(redis, KEY);
  const recent = async (): Promise<string> => (await redis.client.hget(KEY, 'recent')) ?? '';

  beforeEach(async () => {
    await fcall('hunt_set', 'members', `${A},${B}`, 'policy', 'circular', 'ring', '30');
  });

  it('is the turn that hunt_turn gives, in one text', async () => {
    await fcall('hunt_turn_json', 'first');
    const text = await fcall('hunt_turn_json', 'second');
    expect(text).to.equal(
      JSON.stringify(['circular', '30', 'BIZNESS', 'yes', '1', 2, 1, [A, B], [B, A]]).replace(/\//g, '\\/'),
    );
    expect(readTurn(PILOT, text)).to.deep.equal(readTurn(PILOT, await fcall('hunt_turn', 'second')));
    expect(await redis.client.xlen(`${KEY}:turns`)).to.equal(2);
  });

  it('says whose group it is, where somebody has said so, with and without anybody away', async () => {
    const turn = async (): Promise<unknown> => {
      const read = readTurn(PILOT, await fcall('hunt_turn_json', 'first'));
      expect(read).to.deep.equal(readTurn(PILOT, await fcall('hunt_turn', 'first')));
      return [read?.group.owner, read?.away?.map(({ member }) => member)];
    };
    expect(await turn()).to.deep.equal([undefined, undefined]);
    await fcall('hunt_set', 'owner', 'customer-7');
    expect(await turn()).to.deep.equal(['customer-7', undefined]);
    await fcall('hunt_away', A, '2h');
    expect(await turn()).to.deep.equal(['customer-7', [A]]);
    await redis.client.hset(KEY, 'owner', 'x'.repeat(1000));
    expect((readTurn(PILOT, await fcall('hunt_turn_json', 'first'))?.group.owner ?? '').length).to.equal(64);
  });

  it('says what a group wishes to be heard, where it does, and nothing that is no part of a path', async () => {
    const voices = async (): Promise<unknown> => {
      const read = readTurn(PILOT, await fcall('hunt_turn_json', 'first'));
      expect(read).to.deep.equal(readTurn(PILOT, await fcall('hunt_turn', 'first')));
      expect(read?.group.owner).to.equal(undefined);
      return read?.group.voices;
    };
    expect(await voices()).to.equal(undefined);
    await fcall(
      'hunt_set',
      'confirm',
      'yes',
      'waiting',
      'tone',
      'farewell',
      'standard',
      'language',
      'en',
      'whisper',
      'no',
    );
    expect(await voices()).to.deep.equal({ confirm: true, waiting: 'tone', farewell: 'standard', language: 'en' });
    await fcall('hunt_set', 'waiting', 'none', 'farewell', 'none', 'confirm', 'no');
    expect(await voices()).to.equal(undefined);
    for (const [field, value] of [
      ['confirm', 'maybe'],
      ['waiting', '../etc/passwd'],
      ['farewell', 'a b'],
      ['language', ''],
      ['spoken', 'x'.repeat(41)],
      ['waiting', 'shout://example.com'],
    ] as const)
      expect(await fcall('hunt_set', field, value).then(String, (refused: Error) => refused.message)).to.match(
        new RegExp(`^ERR VIRKNE ${field.toUpperCase()} ${field} `),
      );
    // Written past the functions.
    await redis.client.hset(KEY, 'waiting', '/etc/passwd', 'confirm', 'yes');
    expect(await voices()).to.deep.equal({ confirm: true, language: 'en' });
    expect(await fcall('hunt_check'))
      .to.be.an('array')
      .with.length(1);
  });

  it('is read also where nobody rings: a group that is not enabled, has no members, or is not there', async () => {
    await fcall('hunt_set', 'enabled', 'no');
    expect(readTurn(PILOT, await fcall('hunt_turn_json', '1'))).to.deep.include({ number: 0, order: [] });
    await redis.client.del(`${KEY}:members`);
    const empty = readTurn(PILOT, await fcall('hunt_turn_json', '2'));
    expect(empty).to.deep.include({ number: 0, order: [] });
    expect(empty?.group.members).to.deep.equal([]);
    await fcall('hunt_del');
    expect(readTurn(PILOT, await fcall('hunt_turn_json', '3'))).to.equal(undefined);
  });

  it('whatever an operator has written by hand stays one value', async () => {
    await redis.client.rpush(`${KEY}:members`, 'a"b\\,c\nd');
    expect(readTurn(PILOT, await fcall('hunt_turn_json', '1'))?.order[2]).to.equal('a"b\\,c\nd');
  });

  it('refuses what hunt_turn refuses', async () => {
    const error = await fcall('hunt_turn_json').catch(String);
    expect(error).to.contain('ERR VIRKNE ARGUMENTS the call id is missing: FCALL hunt_turn 1 KEY CALL');
  });

  it('calls whose ids end alike have turns of their own', async () => {
    for (const call of ['one-abcdef', 'two-abcdef', 'one-abcdef']) await fcall('hunt_turn_json', call);
    expect(await redis.client.xlen(`${KEY}:turns`)).to.equal(2);
  });

  it('remembers the last four calls, also behind whole ids that the version before had left', async () => {
    await redis.client.hset(KEY, 'recent', 'an-old-long-call-id-1 an-old-long-call-id-2 an-old-long-call-id-3');
    for (const call of ['call-000001', 'call-000002', 'call-000003', 'call-000004']) await fcall('hunt_turn', call);
    expect(await recent()).to.equal(' 000001 000002 000003 000004');
    expect(readTurn(PILOT, await fcall('hunt_turn_json', 'call-000001'))?.number).to.equal(1);
    await fcall('hunt_turn', 'call-000005');
    expect(await recent()).to.equal(' 000002 000003 000004 000005');
  });
});
