import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { silentMeter } from '../../../lib/base/meter.js';
import { Spool, type SpoolEntry } from '../../../lib/store/records/spool.js';
import { decodeLine, encodeLine } from '../../../lib/store/records/spool-line.js';
import { FakeClock } from '../../support/fake-clock.js';

describe('The spool: what Redis has not got yet', () => {
  let directory: string;
  let counted: Map<string, number>;
  const open = (more: object = {}): Spool =>
    new Spool({
      fileBytes: 4 * 1024 * 1024,
      files: 256,
      directory,
      clock: new FakeClock(),
      log: pino({ level: 'silent' }),
      meter: {
        ...silentMeter,
        count: (name, _labels, by = 1) => void counted.set(name, (counted.get(name) ?? 0) + by),
      },
      ...more,
    });
  const turn = (call: string): SpoolEntry => ({
    kind: 'turn',
    turn: { pilot: '+37167000000', call, start: '+37120000001', at: 1, since: 1 },
  });
  const record = (call: string): SpoolEntry =>
    ({ kind: 'record', record: { call }, tried: null }) as unknown as SpoolEntry;
  const callOf = (entry: SpoolEntry): string => (entry.kind === 'turn' ? entry.turn.call : entry.record.call);
  const drain = (spool: Spool, limit = 100): string[] => {
    const calls: string[] = [];
    for (let batch = spool.next(limit); batch.length > 0; batch = spool.next(limit)) {
      calls.push(...batch.map(callOf));
      spool.done(batch.length);
    }
    return calls;
  };
  const onlyFile = (): string => join(directory, readdirSync(directory)[0] as string);

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'virkne-spool-'));
    counted = new Map();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('a line begins with its CRC-32, which has the check value of ISO 3309', () => {
    expect(encodeLine(123456789)).to.equal('cbf43926 123456789\n');
  });

  it('a line of which one character changed is not read', () => {
    const line = encodeLine({ call: 'ā' }).trimEnd();
    expect(decodeLine(line)).to.deep.equal({ call: 'ā' });
    for (let i = 0; i < line.length; i++)
      expect(decodeLine(`${line.slice(0, i)}~${line.slice(i + 1)}`)).to.equal(undefined);
  });

  it('gives entries back in order, and leaves no file behind', () => {
    const spool = open();
    spool.add([turn('a'), turn('b'), record('c'), turn('d')]);
    expect(drain(spool, 2)).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(spool.empty).to.equal(true);
    expect(readdirSync(directory)).to.deep.equal([]);
  });

  it('outlives the process that dies without a word', () => {
    open().add([turn('a'), turn('b')]);
    expect(drain(open())).to.deep.equal(['a', 'b']);
  });

  it('what is added while it is being replayed comes after', () => {
    const spool = open();
    spool.add([turn('a'), turn('b')]);
    spool.next(1);
    spool.add([turn('c')]);
    spool.done(1);
    expect(drain(spool)).to.deep.equal(['b', 'c']);
  });

  it('after a crash in the middle of a replay, what was done is not given again and what was tried is in doubt', () => {
    const dying = open();
    dying.add(['a', 'b', 'c', 'd'].map(record));
    dying.mark(dying.next(2), { sender: 'one' });
    dying.done(2);
    dying.mark(dying.next(1), { sender: 'two' });
    const next = open();
    expect(next.next(10)).to.deep.equal([{ ...record('c'), tried: { sender: 'two' } }]);
    next.done(1);
    expect(next.next(10)).to.deep.equal([record('d')]);
  });

  it('tolerates a torn last line, and what is written behind it is whole', () => {
    open().add([record('a'), record('b')]);
    const path = onlyFile();
    truncateSync(path, readFileSync(path).length - 5);
    const spool = open();
    const batch = spool.next(10);
    expect(batch.map(callOf)).to.deep.equal(['a']);
    spool.mark(batch, { sender: 'x' });
    expect(open().next(10)).to.deep.equal([{ ...record('a'), tried: { sender: 'x' } }]);
    expect(counted.get('spool_damaged_total')).to.be.greaterThan(0);
  });

  it('skips and counts a damaged line in the middle', () => {
    open().add([turn('a')]);
    appendFileSync(onlyFile(), 'rubbish\n');
    writeFileSync(onlyFile(), readFileSync(onlyFile(), 'utf8') + encodeLine(turn('b')));
    expect(drain(open())).to.deep.equal(['a', 'b']);
    expect(counted.get('spool_damaged_total')).to.equal(1);
  });

  it('begins a new file at the given size, and reads them oldest first', () => {
    const spool = open({ fileBytes: 200 });
    for (const call of 'abcdefghij') spool.add([turn(call)]);
    expect(readdirSync(directory).length).to.be.greaterThan(3);
    expect(drain(open()).join('')).to.equal('abcdefghij');
  });

  it('holds what the disk refuses in memory, a bounded number, and counts what is lost', () => {
    const spool = open({ fileBytes: 1, files: 1 });
    spool.add([turn('disk')]);
    for (let i = 0; i < 101; i++) spool.add(Array.from({ length: 100 }, (_, n) => turn(`${i}-${n}`)));
    expect(counted.get('spool_lost_total')).to.equal(100);
    expect(drain(spool).length).to.equal(10_001);
  });

  /** The kernel then writes what fits, and refuses the rest: as a full disk. */
  const withDiskFullAt = <Result>(bytes: number, action: () => Result): Result => {
    const limit = (soft: string): unknown =>
      execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${soft}:`]);
    limit(String(bytes));
    try {
      return action();
    } finally {
      limit('unlimited');
    }
  };
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  const calls = (count: number): string[] => Array.from({ length: count }, (_, i) => `call-${i}`);

  it('what a full disk took of a line is cut off again: nothing is there twice once there is room, nothing is damaged', () => {
    for (const bytes of [0, 1, 150, 153, 154, 400, 1000]) {
      const spool = open();
      withDiskFullAt(bytes, () => spool.add(calls(10).map(turn)));
      expect(spool.problem).to.contain('EFBIG');
      spool.add([turn('later')]);
      expect(spool.problem).to.equal(undefined);
      expect(
        readFileSync(onlyFile(), 'utf8')
          .split('\n')
          .filter((line) => line !== ''),
      ).to.have.length(11);
      expect(drain(spool)).to.deep.equal([...calls(10), 'later']);
    }
    expect(counted.get('spool_damaged_total')).to.equal(undefined);
  });

  it('a file is replayed although the disk takes no mark, then what memory holds, and no descriptor is left open', async () => {
    open().add([record('disk')]);
    const spool = open();
    const before = descriptors();
    withDiskFullAt(0, () => {
      for (let i = 0; i < 5; i++) spool.add([record(`held-${i}`)]);
      expect(spool.held).to.equal(5);
      const batch = spool.next(10);
      spool.mark(batch, { sender: 's' });
      spool.giveBack();
      expect(spool.next(10).map(callOf)).to.deep.equal(['disk']);
      expect(drain(spool)).to.deep.equal(['disk', ...[0, 1, 2, 3, 4].map((i) => `held-${i}`)]);
    });
    while (descriptors() > before) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(spool.empty).to.equal(true);
  });

  it('what was given back goes to the disk as soon as that takes it, with what is in doubt still in doubt', () => {
    const spool = open();
    withDiskFullAt(0, () => spool.add([record('a'), record('b')]));
    spool.mark(spool.next(1), { sender: 'first' });
    spool.giveBack();
    expect(spool.held).to.equal(0);
    expect(open().next(10)).to.deep.equal([{ ...record('a'), tried: { sender: 'first' } }]);
  });

  it('a directory that cannot be written is no reason not to start: it is told at once, and entries go from memory', () => {
    writeFileSync(join(directory, 'file'), '');
    const lines: string[] = [];
    const clock = new FakeClock();
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    const spool = open({ directory: join(directory, 'file', 'spool'), log, clock });
    expect(spool.problem).to.contain('ENOTDIR');
    spool.add([turn('a')]);
    clock.advance(5000);
    expect(lines.map((line) => JSON.parse(line).msg)).to.deep.equal(['The spool cannot be written']);
    expect(drain(spool)).to.deep.equal(['a']);
    rmSync(join(directory, 'file'));
    clock.advance(1000);
    expect(spool.problem).to.equal(undefined);
    expect(lines.length).to.equal(2);
  });

  it('a file that cannot be read is set aside, and what is behind it is given', () => {
    mkdirSync(join(directory, 'spool-0000000001.jsonl'));
    writeFileSync(join(directory, 'spool-0000000002.jsonl'), encodeLine(turn('behind')));
    const spool = open();
    expect(drain(spool)).to.deep.equal(['behind']);
    expect(spool.empty).to.equal(true);
    expect(readdirSync(directory)).to.deep.equal(['spool-0000000001.jsonl.unreadable']);
    expect(counted.get('spool_unreadable_total')).to.equal(1);
    open().add([turn('next')]);
    expect(readdirSync(directory)).to.include('spool-0000000002.jsonl');
  });

  it('a damaged line costs itself, no other record: whatever byte of the file is lost', () => {
    const dying = open();
    dying.add(['a', 'b', 'c', 'd'].map(record));
    dying.mark(dying.next(2), { sender: 'one' });
    dying.done(2);
    dying.mark(dying.next(1), { sender: 'two' });
    const [path, whole] = [onlyFile(), readFileSync(onlyFile())];
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = bytes[at] === 10 ? 32 : 10;
      writeFileSync(path, bytes);
      const lines = whole.toString('latin1').split('\n');
      const left = ['c', 'd'].filter((call) => {
        const line = lines.findIndex((text) => text.includes(`"call":"${call}"`));
        const begin = lines.slice(0, line).join('\n').length;
        return at < begin || at > begin + (lines[line] ?? '').length + 1;
      });
      const given: SpoolEntry[] = [];
      const spool = open();
      for (let batch = spool.next(9); batch.length > 0; batch = spool.next(9)) {
        given.push(...batch);
        spool.done(batch.length);
      }
      expect(given.map(callOf), `byte ${at}`).to.include.members(left);
      const blind = given.filter((entry) => entry.kind === 'record' && entry.tried === null).map(callOf);
      expect(
        blind.filter((call) => call !== 'd'),
        `byte ${at}: sent before, and not looked for`,
      ).to.deep.equal([]);
    }
  });
});
