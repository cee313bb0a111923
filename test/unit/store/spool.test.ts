import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
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
    dying.mark(dying.next(2), { at: 5, sender: 'one' });
    dying.done(2);
    dying.mark(dying.next(1), { at: 6, sender: 'two' });
    const next = open();
    expect(next.next(10)).to.deep.equal([{ ...record('c'), tried: { at: 6, sender: 'two' } }]);
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
    spool.mark(batch, { at: 7, sender: 'x' });
    expect(open().next(10)).to.deep.equal([{ ...record('a'), tried: { at: 7, sender: 'x' } }]);
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
});
