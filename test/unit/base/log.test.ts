import { expect } from 'chai';
import { createLog } from '../../../lib/base/log.js';
import { LogQueue } from '../../../lib/base/log-queue.js';
import { FakeClock } from '../../support/fake-clock.js';

/** A log, and the lines that it has written. */
function logged(secrets: readonly string[] = []) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const output = { stream: { write: (line: string) => void lines.push(line) }, close: () => {} };
  const log = createLog('info', output, { clock, secrets });
  return { clock, lines, log, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

describe('Lines of the log', () => {
  it('a value of a peer is cut, wherever it stands, and says how long it was', () => {
    const { log, lines, last } = logged();
    log.info({ sipCallId: 'x'.repeat(7_000), in: { a: ['y'.repeat(7_000)] }, ['k'.repeat(9_000)]: 1 }, 'call ended');
    expect(lines[0]?.length).to.be.below(1_200);
    expect(last().sipCallId).to.equal(`${'x'.repeat(256)}… (7000)`);
    expect(last()).to.include({ level: 'info', msg: 'call ended' });
  });

  it('long lists, deep and circular objects are cut, too', () => {
    const { log, lines } = logged();
    const circle: Record<string, unknown> = { many: Array(10_000).fill('x'.repeat(200)) };
    circle.again = circle;
    log.warn(circle, 'odd');
    expect(lines[0]?.length).to.be.below(60_000);
  });

  it('control characters of C1, DEL, and those that turn the direction of writing are escaped; letters stay', () => {
    const { log, lines, last } = logged();
    const hostile = 'a\x9b31m\x7f\x85\u202e\x1b[2Jž';
    log.info({ caller: hostile, 'k\x9b': 1 }, `m\x9b`);
    expect(lines[0]).to.match(/^[\x20-\x7ež]*\n$/);
    expect(last()).to.deep.include({ caller: hostile, msg: 'm\x9b', 'k\x9b': 1 });
  });

  it('of an error of a library only what it says is told, with its cause; what hangs on it is not', () => {
    const { log, lines, last } = logged();
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const thrown = Object.assign(new Error('WRONGPASS', { cause }), { command: { name: 'auth', args: ['hunter2'] } });
    log.error({ err: thrown }, 'failed');
    expect(lines[0]).to.not.contain('hunter2');
    const err = last().err as { message: string; stack: string; cause: object };
    expect(err.message).to.equal('WRONGPASS');
    expect(err.stack).to.contain('log.test');
    expect(err.cause).to.include({ message: 'refused', code: 'ECONNREFUSED' });
    log.error(thrown);
    expect(last().err).to.include({ message: 'WRONGPASS' });
  });

  it('a secret of the configuration is in no line, plain, escaped or encoded', () => {
    const { log, lines } = logged(['pa"ss@wörd/1', 'x']);
    log.error(
      { err: new Error('connect redis://:pa"ss@wörd/1@h failed'), url: 'redis://:pa%22ss%40w%C3%B6rd%2F1@h' },
      'pa"ss@wörd/1',
    );
    expect(lines[0]).to.not.match(/ss(@|%40)w/);
    expect(JSON.parse(lines[0] ?? '')).to.include({ msg: '***', url: 'redis://:***@h' });
  });

  describe('what peers can call forth', () => {
    it('ten lines of a kind at once, then one a second with a count of those left out; other kinds and fatal lines are not touched', () => {
      const { log, lines, clock } = logged();
      for (let i = 0; i < 1_000; i++) log.warn({ i }, 'a wrong secret');
      expect(lines).to.have.length(10);
      log.warn('another kind');
      for (let i = 0; i < 20; i++) log.fatal('the end');
      expect(lines).to.have.length(31);
      clock.advance(1_000);
      expect(JSON.parse(lines[31] ?? '')).to.include({ msg: 'a wrong secret', swallowed: 990, i: 10 });
      for (let second = 0; second < 60; second++) {
        for (let i = 0; i < 1_000; i++) log.warn('a wrong secret');
        clock.advance(1_000);
      }
      expect(lines.length).to.be.within(32 + 58, 32 + 62);
      const counted = lines.slice(31).map((line) => JSON.parse(line) as { swallowed?: number });
      expect(counted.reduce((sum, { swallowed = 1 }) => sum + swallowed, 0)).to.equal(990 + 60_000);
    });

    it('lines that tell of calls are all written', () => {
      const { log, lines } = logged();
      for (let i = 0; i < 1_000; i++) log.info({ i }, 'call ended');
      expect(lines).to.have.length(1_000);
    });

    it('after a while of silence it is ten at once again, and no timer is left', () => {
      const { log, lines, clock } = logged();
      for (let i = 0; i < 100; i++) log.error('odd');
      clock.advance(20_000);
      expect(clock.pending).to.equal(0);
      lines.length = 0;
      for (let i = 0; i < 10; i++) log.error('odd');
      expect(lines).to.have.length(10);
    });

    it('kinds without number are told, and take no memory without number', () => {
      const { log, lines } = logged();
      for (let i = 0; i < 10_000; i++) log.error(`kind ${i}`);
      expect(lines.length).to.be.within(200, 220);
    });
  });

  describe('those below a warning wait up to 100 ms, to be made together', () => {
    function waiting() {
      const clock = new FakeClock();
      const lines: string[] = [];
      let flushed = 0;
      const queue = new LogQueue(clock, () => flushed++);
      const output = { stream: { write: (line: string) => void lines.push(line) }, queue, close: () => queue.close() };
      const log = createLog('info', output, { clock, secrets: [] });
      const texts = () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
      const times = () => lines.map((line) => (JSON.parse(line) as { time: string }).time);
      return { clock, log, lines, queue, texts, times, flushed: () => flushed };
    }

    it('each has the time at which it was called for', () => {
      const { clock, log, texts, times } = waiting();
      const before = clock.wall();
      log.info('one');
      clock.advance(7);
      log.info('two');
      expect(texts()).to.deep.equal([]);
      clock.advance(93);
      expect(texts()).to.deep.equal(['one', 'two']);
      expect(times()).to.deep.equal([before, before + 7].map((wall) => new Date(wall).toISOString()));
    });

    it('what one says may be given when it is written: once, and not for a level that nobody wants', () => {
      const { clock, log, lines } = waiting();
      let asked = 0;
      const told = (): object => ({ asked: ++asked });
      log.debug(told, 'zero');
      log.info(told, 'one');
      expect(asked).to.equal(0);
      clock.advance(100);
      log.warn(told, 'two');
      const said = lines.map((line) => JSON.parse(line) as { msg: string; asked: number });
      expect(said.map(({ msg, asked: at }) => [msg, at])).to.deep.equal([
        ['one', 1],
        ['two', 2],
      ]);
    });

    it('one that cannot be made says why, and costs no other', () => {
      const { clock, log, lines } = waiting();
      const broken = (): object => {
        throw new Error('nothing to tell');
      };
      log.info(broken, 'one');
      log.info('two');
      clock.advance(100);
      const said = lines.map((line) => JSON.parse(line) as { msg: string; err?: { message: string } });
      expect(said.map(({ msg, err }) => [msg, err?.message])).to.deep.equal([
        ['one', 'nothing to tell'],
        ['two', undefined],
      ]);
    });

    it('a warning is written at once, behind those that wait', () => {
      const { log, texts } = waiting();
      log.info('one');
      log.warn('two');
      log.info('three');
      log.fatal('four');
      expect(texts()).to.deep.equal(['one', 'two', 'three', 'four']);
    });

    it('no more than 64 wait', () => {
      const { log, texts } = waiting();
      for (let i = 0; i < 130; i++) log.info('call ended');
      expect(texts()).to.have.length(128);
    });

    it('at the end all are written, later ones at once, and no timer is left', () => {
      const { clock, log, queue, texts, flushed } = waiting();
      log.info('one');
      queue.close();
      log.info('two');
      expect(texts()).to.deep.equal(['one', 'two']);
      expect(clock.pending).to.equal(0);
      expect(flushed()).to.equal(0);
    });

    it('where they are written to is emptied 100 ms behind the first', () => {
      const { clock, log, flushed } = waiting();
      log.info('one');
      clock.advance(99);
      expect(flushed()).to.equal(0);
      clock.advance(1);
      expect(flushed()).to.equal(1);
    });
  });
});
