import { expect } from 'chai';
import { pino } from 'pino';
import { CodedError } from '../../lib/base/errors.js';
import { type Running, Shutdown } from '../../lib/shutdown.js';
import { FakeClock } from '../support/fake-clock.js';

/** A process whose signals are sent by hand. */
function life() {
  const events: string[] = [];
  const listeners = new Map<string, (what: never) => void>();
  const clock = new FakeClock();
  const output = {
    write: (line: string) => {
      const { msg, code } = JSON.parse(line) as { msg: string; code?: string };
      events.push(code === undefined ? msg : `${code}: ${msg}`);
    },
  };
  const shutdown = new Shutdown({
    host: {
      on: (event: string, listener: (what: never) => void) => listeners.set(event, listener),
      exit: (code) => void events.push(`exit ${code}`),
    },
    clock,
    log: pino({ level: 'info', base: null }, output),
    drainMs: 5_000,
    flush: () => void events.push('flushed'),
  });
  let drained = () => {};
  const running: Running = {
    calls: 2,
    drain: (deadlineMs) => {
      events.push(`drain ${deadlineMs}`);
      return new Promise((resolve) => {
        drained = resolve;
      });
    },
    reload: () => void events.push('reloaded'),
    faulted: () => void events.push('counted'),
  };
  const opened = (name: string) => shutdown.endings.add(() => void events.push(`closed ${name}`));
  return {
    events,
    clock,
    shutdown,
    running,
    opened,
    send: (signal: NodeJS.Signals) => listeners.get(signal)?.(signal as never),
    fail: (fault: string) => listeners.get(fault)?.(new Error('a fault') as never),
    drained: () => drained(),
  };
}

/** Lets what has been promised happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('The end of the process', () => {
  it('SIGTERM: calls end in their own time, then everything is closed, the last first, exit 0', async () => {
    const { events, shutdown, running, opened, send, drained } = life();
    await shutdown.start(async () => {
      for (const name of ['http', 'redis', 'sip']) opened(name);
      return running;
    });
    send('SIGTERM');
    await settle();
    expect(events.splice(0)).to.deep.equal(['draining: new calls get 503', 'drain 5000']);
    drained();
    await settle();
    expect(events).to.deep.equal(['closed sip', 'closed redis', 'closed http', 'stopped', 'flushed', 'exit 0']);
  });

  it('an error that nothing has caught is counted, and calls go on; a storm of them drains, and the exit code is 1', async () => {
    const { events, shutdown, running, opened, fail, drained } = life();
    fail('uncaughtException');
    expect(events, 'before there are calls, it ends the process as it always did').to.deep.equal([]);
    await shutdown.start(async () => {
      opened('sip');
      return running;
    });
    fail('uncaughtException');
    expect(events.splice(0)).to.deep.equal([
      'counted',
      'an error of ours that nothing has caught; the process goes on',
    ]);
    for (let n = 0; n < 20; n++) fail('unhandledRejection');
    await settle();
    expect(events.filter((event) => !/counted|goes on/.test(event))).to.deep.equal([
      'too many errors that nothing has caught: leaving when the last call is over',
      'draining: new calls get 503',
      'drain 5000',
    ]);
    events.length = 0;
    drained();
    await settle();
    expect(events).to.deep.equal(['closed sip', 'stopped', 'flushed', 'exit 1']);
  });

  it('a second signal leaves at once, while calls end or parts are closed', async () => {
    for (const drains of [true, false]) {
      const { events, shutdown, running, send, drained } = life();
      shutdown.endings.add(() => new Promise(() => {}));
      await shutdown.start(async () => running);
      send('SIGINT');
      if (!drains) drained();
      await settle();
      events.length = 0;
      send('SIGTERM');
      expect(events).to.deep.equal(['second signal: leaving at once', 'flushed', 'exit 1']);
    }
  });

  it('a start that fails says why in one coded line, closes what was opened, exit 1', async () => {
    const { events, shutdown, opened } = life();
    await shutdown.start(async () => {
      opened('http');
      opened('redis');
      throw new CodedError('TRANSPORT_UNAVAILABLE', 'the port is taken');
    });
    await settle();
    expect(events).to.deep.equal([
      'TRANSPORT_UNAVAILABLE: the port is taken',
      'closed redis',
      'closed http',
      'flushed',
      'exit 1',
    ]);
  });

  it('a start that fails ends within a second also where a part cannot be closed', async () => {
    const { events, clock, shutdown } = life();
    shutdown.endings.add(() => new Promise(() => {}));
    await shutdown.start(() => Promise.reject(new Error('a fault of the program')));
    await settle();
    expect(events).to.deep.equal(['the service could not start']);
    clock.advance(1_000);
    expect(events.slice(1)).to.deep.equal(['flushed', 'exit 1']);
  });

  it('SIGTERM during the start closes what was opened, and what is opened afterwards', async () => {
    const { events, shutdown, running, opened, send } = life();
    let go = () => {};
    const started = shutdown.start(async () => {
      opened('http');
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      opened('redis');
      return running;
    });
    send('SIGTERM');
    go();
    await started;
    await settle();
    expect(events).to.include.members(['closed http', 'closed redis', 'exit 0']);
  });

  it('a part that fails to close keeps no other from it, and the exit code tells', async () => {
    const { events, shutdown, running, opened, send, drained } = life();
    opened('http');
    shutdown.endings.add(() => Promise.reject(new Error('stuck')));
    await shutdown.start(async () => running);
    send('SIGTERM');
    drained();
    await settle();
    expect(events).to.include.members(['a part could not be closed in order', 'closed http', 'exit 1']);
  });

  it('SIGHUP reads again while serving and draining, once after a start in which it came, and never ends anything', async () => {
    const { events, shutdown, running, send } = life();
    send('SIGHUP');
    send('SIGHUP');
    expect(events).to.deep.equal([]);
    await shutdown.start(async () => running);
    expect(events.splice(0)).to.deep.equal(['reloaded']);
    send('SIGHUP');
    expect(events.splice(0)).to.deep.equal(['reloaded']);
    send('SIGTERM');
    events.length = 0;
    send('SIGHUP');
    expect(events).to.deep.equal(['reloaded']);
  });
});
