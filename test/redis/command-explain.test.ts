import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AttemptRecord } from '../../lib/store/types.js';
import { commandOn, virkne } from '../support/command.js';
import { freePort } from '../support/ports.js';
import { recordOf } from '../support/store.js';
import { recordsInto, suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const KEY = `hunt:{${PILOT}}`;
const A = '+37120000001';
const B = '+37120000002';
const CALLER = '+37120000009';
const DESK = 'sip:desk@10.0.0.1';
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const HOUR = 3_600_000;

const [ATTEMPT] = recordOf('x').attempts as [AttemptRecord];
const liveOf = (more: object): string =>
  JSON.stringify({
    ...{ node: 'one', pilot: PILOT, caller: CALLER, hidden: false, started: Date.now() - 60_000 },
    ...{ answered: null, member: DESK, ...more },
  });

describe('The command virkne: explain, next, live calls', function () {
  this.timeout(60_000);
  const redis = suiteRedis({ functions: true });
  let directory: string;
  const { command, json } = commandOn(redis);
  const add = recordsInto(redis);
  const live = (...calls: (readonly [string, string])[]): Promise<unknown> =>
    redis.client.call('FCALL', 'live_update', 1, 'records', 'one', calls.length, ...calls.flat());
  const group = (...fields: string[]): Promise<unknown> =>
    redis.client.call('FCALL', 'hunt_set', 1, KEY, 'members', `${A},${B}`, ...fields);

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'virkne-explain-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  describe('explain', () => {
    it('a call by its id, by the SIP Call-ID of any of its legs, or as the last one of its group', async () => {
      const record = { ...recordOf(ID), attempts: [{ ...ATTEMPT, callIds: [`${ID}.1`] }] };
      await add({ ...recordOf('older'), callId: 'other' }, record);
      const [first, ...others] = [
        await command('explain', ID),
        await command('explain', `caller-leg-of-${ID}`),
        await command('explain', `${ID}.1`),
        await command('explain', '--last', PILOT),
      ];
      expect(first).to.include({ code: 0, err: '' });
      for (const other of others) expect(other).to.deep.equal(first);
      expect(first?.out)
        .to.contain('+371…09 called +371…00; nobody answered')
        .and.contain('+371…01 did not answer within 30 s')
        .and.contain('─── INVITE ──►')
        .and.contain('the ladder is drawn from the record');
    });

    it('in Latvian, with whole numbers, as JSON, and from the trace where one was kept', async () => {
      await add(recordOf(ID));
      const rows = [[0, 0, '<', 0, 'INVITE', 1, 1, '']];
      const trace = JSON.stringify({ trace: 1, began: 0, of: 1, gap: 0, legs: ['a'], rows });
      await redis.client.call('FCALL', 'trace_add', 1, 'records', 60, 10, ID, trace);
      const { out } = await command('explain', ID, '--lang', 'lv', '--numbers', 'whole');
      expect(out).to.contain(`${CALLER} zvanīja uz ${PILOT}`).and.contain('soļi un ziņas kopā 1');
      const shown = await json('explain', ID);
      expect(shown).to.deep.include({ call: ID, lang: 'en', status: 480 });
      expect(shown.trace).to.include({ state: 'whole', shown: 1, of: 1 });
      expect(shown.phones).to.have.length(1);
    });

    it('as a page in a file that only its owner reads, or on stdout', async () => {
      await add(recordOf(ID));
      const file = join(directory, 'call.html');
      expect(await command('explain', ID, '--html', file)).to.include({ code: 0, out: '' });
      expect(readFileSync(file, 'utf8'))
        .to.match(/^<!doctype html>/)
        .and.contain('<svg');
      expect(statSync(file).mode & 0o777).to.equal(0o600);
      expect((await command('explain', ID, '--html', '-')).out).to.equal(readFileSync(file, 'utf8'));
      const refused = await command('explain', ID, '--html', join(directory, 'no', 'such', 'folder'));
      expect(refused).to.include({ code: 1, out: '' });
      expect(refused.err).to.contain('cannot be written: ENOENT');
    });

    it('says since when a member was on another call: from the record of that one, and from one that goes on', async () => {
      const { started } = recordOf('x');
      const taken: AttemptRecord = {
        ...ATTEMPT,
        why: 'on-a-call',
        started: null,
        ended: null,
        callIds: [],
        said: null,
      };
      const talks = { started: started - 10 * 60_000, answered: started - 9 * 60_000, ended: started + HOUR };
      const attempts = [{ ...ATTEMPT, why: 'answered', started: talks.started, ended: talks.ended }];
      // Redis writes ids of its own clock: the record of the call lies where it would have been written then.
      await add(
        { ...recordOf(ID), attempts: [taken, { ...taken, member: B }] },
        { ...recordOf('talks'), ...talks, attempts },
      );
      await live(['now', liveOf({ member: B, answered: started - 60_000 })]);
      const { phones } = await json('explain', ID);
      expect(phones.map(({ sentence }: { sentence: string }) => sentence)).to.deep.equal([
        '+371…01 was not rung: on another call since 09:50:00.',
        '+371…02 was not rung: on another call since 09:59:00.',
      ]);
    });

    it('a Call-ID that came before: the newest call, and the others named on stderr', async () => {
      await add({ ...recordOf('one'), callId: 'same' }, { ...recordOf('two'), callId: 'same', status: 486 });
      const { out, err } = await command('explain', 'same', '--json');
      expect(JSON.parse(out)).to.include({ call: 'two' });
      expect(err).to.equal('this is the newest of 2 calls; before: one\n');
    });

    it('1 not found, said so; one that goes on is to be explained later', async () => {
      await live([ID, liveOf({})]);
      for (const id of [ID, `${ID}.2`])
        expect((await command('explain', id)).err, id).to.contain(`the call to ${PILOT} goes on`);
      const none = await command('explain', 'nobody\u001b[2J');
      expect(none).to.include({ code: 1, out: '' });
      expect(none.err).to.contain('there is no call nobody').and.not.contain('\u001b');
      expect(await command('explain', '--last', PILOT)).to.deep.equal({
        ...{ code: 1, out: '', err: `virkne: no call to ${PILOT} is known\n` },
      });
    });

    it('nothing that moves a cursor comes out, whatever a peer has said', async () => {
      const said = { status: 486, phrase: 'Busy\u001b[2J\u202e', reason: null, warning: null };
      await add({ ...recordOf(ID), attempts: [{ ...ATTEMPT, why: 'busy', said }] });
      expect((await command('explain', ID)).out).to.contain('said 486 Busy\ufffd[2J\ufffd');
    });
  });

  describe('calls --live', () => {
    it('says who rings and who has it, a member that is a SIP URI too, by group, member and caller', async () => {
      await live(
        ['a', liveOf({ started: 1000 })],
        ['b', liveOf({ started: 2000, member: A, answered: 5000, pilot: '+37167000001' })],
        ['c', liveOf({ started: 3000, member: null, hidden: true })],
      );
      const calls = async (...args: string[]): Promise<string[]> =>
        (await json('calls', '--live', ...args)).map(({ call }: { call: string }) => call);
      expect(await calls()).to.deep.equal(['c', 'b', 'a']);
      expect(await calls('--limit', '2')).to.deep.equal(['c', 'b']);
      expect(await calls('--member', DESK)).to.deep.equal(['a']);
      expect(await calls('--pilot', '+37167000001')).to.deep.equal(['b']);
      // Whoever withholds his number is not found by it.
      expect(await calls('--caller', CALLER)).to.deep.equal(['b', 'a']);
      const [hidden, talking] = await json('calls', '--live');
      expect(hidden).to.include({ caller: null, answered: null, member: null });
      expect(talking).to.include({ started: '1970-01-01T00:00:02.000Z', answered: '1970-01-01T00:00:05.000Z' });
      const { out } = await command('calls', '--live');
      expect(out).to.contain(`${DESK} rings`).and.contain('withheld');
      expect((await command('calls', '--live', '--csv')).out.split('\r\n')[1]).to.equal(
        `c,${PILOT},withheld,yes,1970-01-01T00:00:03.000Z,,,one`,
      );
    });

    it('nothing is no failure; what makes no sense of calls that go on is wrong usage', async () => {
      expect(await command('calls', '--live')).to.deep.equal({ code: 0, out: '', err: 'no call goes on\n' });
      expect(await command('calls', '--live', '--json')).to.deep.equal({ code: 0, out: '[]\n', err: '' });
      for (const filter of [
        ['--since', '2h'],
        ['--until', '2h'],
        ['--before', '1-1'],
      ])
        expect(await command('calls', '--live', ...filter), filter.join(' ')).to.include({ code: 2, out: '' });
    });
  });

  describe('next', () => {
    it('in words, in both languages, with the call that a member is on', async () => {
      await group('enabled', 'yes');
      await redis.client.call('FCALL', 'member_claim', 1, `member:{${A}}:calls`, 'one', 60_000);
      // One whose lease is over is no call.
      await redis.client.zadd(`member:{${B}}:calls`, Date.now() - 1000, 'old');
      await live(['one', liveOf({ member: A, answered: Date.UTC(2026, 0, 5, 8, 0) })]);
      expect((await command('next', PILOT)).out).to.equal(
        [
          `A call to ${PILOT} would ring ${B}.`,
          `${B} would ring as number 1.`,
          `${A} would not ring: on another call since 10:00:00.`,
          '',
        ].join('\n'),
      );
      expect((await command('next', PILOT, '--lang', 'lv', '--caller', B)).out).to.equal(
        [
          `Zvanot uz ${PILOT}, nezvanītu neviens: visi tālruņi ir izlaisti.`,
          `${A} nezvanītu: citā sarunā kopš 10:00:00.`,
          `${B} nezvanītu: tas ir paša zvanītāja numurs.`,
          '',
        ].join('\n'),
      );
      await group('enabled', 'no');
      expect((await command('next', PILOT)).out).to.equal(`Nobody would ring: ${PILOT} is switched off.\n`);
    });
  });

  it('2 wrong usage, 3 Redis away, and each says of itself what it does', async () => {
    const wrong = [
      ['explain'],
      ['explain', ID, '--last', PILOT],
      ['explain', ID, '--lang', 'de'],
      ['explain', ID, '--json', '--html', 'x'],
      ['explain', ID, '--numbers', 'some'],
      ['explain', '--last', '67000000'],
      ['next', PILOT, '--lang', 'ru'],
      ['subject'],
      ['subject', 'export'],
      ['subject', 'export', '20000001'],
      ['subject', 'export', 'sip:nobody'],
      ['subject', 'erase', 'all', '--yes'],
    ];
    for (const args of wrong) expect(await command(...args), args.join(' ')).to.include({ code: 2, out: '' });
    const away = { REDIS_URL: `redis://127.0.0.1:${await freePort()}/0` };
    for (const args of [
      ['explain', ID],
      ['calls', '--live'],
      ['next', PILOT],
      ['subject', 'export', A],
      ['subject', 'erase', A],
    ])
      expect(await virkne(away, ...args), args.join(' ')).to.include({ code: 3, out: '' });
    for (const args of [['explain'], ['subject'], ['subject', 'export'], ['subject', 'erase'], ['calls'], ['next']])
      expect(await command(...args, '--help'), args.join(' ')).to.include({ code: 0, err: '' });
  });

  it('each line that the README gives for the command names one that is there', async () => {
    const lines = readFileSync('README.md', 'utf8')
      .split('\n')
      .filter((line) => /^virkne [a-z]/.test(line));
    expect(lines.length).to.be.above(10);
    for (const line of lines) {
      const [, first = '', second = ''] = line.split(/\s+/);
      const about = await command(first, '--help');
      const said = about.out.includes('\nCommands:') ? await command(first, second, '--help') : about;
      expect(said.code, line).to.equal(0);
      for (const [option] of line.matchAll(/--[a-z]+/g)) expect(said.out, `${line}: ${option}`).to.contain(option);
    }
  });
});
