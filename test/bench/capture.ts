/**
 * Whether a call is set up as quickly as ever, and what it costs, while the HEP collector is there, is away, or does not read. All is
 * held against no capture in the same round; how far two without capture are apart is what the machine itself adds.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { freePort } from '../support/ports.js';
import type { Children } from './children.js';
import type { Options } from './options.js';
import { publish, say } from './report.js';
import { HOST } from './sipp.js';
import { spread } from './statistics.js';
import { type Column, figure, markdown, withRange } from './table.js';
import { type Ports, startVirkne, type VirkneTarget } from './targets.js';
import { runTrial, type Trial, warmUp } from './trial.js';

interface Place {
  readonly collector: string | undefined;
  close(): void;
}

const nothing = (): void => {};

async function readingUdp(): Promise<Place> {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return { collector: `udp:${HOST}:${socket.address().port}`, close: () => socket.close() };
}

/** @param reads where it does not, what is written fills the buffers of both systems */
async function accepting(reads: boolean): Promise<Place> {
  const open: Socket[] = [];
  const server = createServer({ pauseOnConnect: !reads }, (socket) => {
    socket.on('error', nothing);
    if (reads) socket.resume();
    open.push(socket);
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const close = (): void => {
    for (const socket of open) socket.destroy();
    server.close();
  };
  return { collector: `tcp:${HOST}:${(server.address() as AddressInfo).port}`, close };
}

const away = async (protocol: string): Promise<Place> => ({
  collector: `${protocol}:${HOST}:${await freePort()}`,
  close: nothing,
});

const NEVER = 'tcp, never reads';

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  'no capture': async () => ({ collector: undefined, close: nothing }),
  'no capture, once more': async () => ({ collector: undefined, close: nothing }),
  'udp, reads': readingUdp,
  'tcp, reads': () => accepting(true),
  'udp, port closed': () => away('udp'),
  'tcp, refuses': () => away('tcp'),
  [NEVER]: () => accepting(false),
};

/** Small, so that it is full long before the end. */
const QUEUE_BYTES = 100_000;
/** The systems' own buffers hold some MiB. */
const MOST_WARM_UPS = 6;

/** The machine may be busy with other things, which is no reason to refuse calls here. */
const CONFIG = { overload: { maxCalls: 50_000, maxEventLoopDelayMs: 10_000 }, rehearsal: { calls: 0 } };

interface Row {
  readonly name: string;
  readonly place: Place;
  readonly target: VirkneTarget;
  readonly trials: Trial[];
  /** Those without capture. */
  readonly none: readonly Trial[];
  sent: number;
  dropped: number;
}

type Pick = (trial: Trial) => number;

const middle = (trials: readonly Trial[], pick: Pick): string => withRange(spread(trials.map(pick)));
const sum = (trials: readonly Trial[], pick: Pick): string =>
  String(trials.reduce((all, trial) => all + pick(trial), 0));

/** Each trial held against the one without capture of the same round. */
const besideNone = ({ trials, none }: Row, pick: Pick): string =>
  withRange(spread(trials.map((trial, round) => pick(trial) / pick(none[round] ?? trial))));

const COLUMNS: readonly Column<Row>[] = [
  { head: 'collector', left: true, cell: ({ name }) => name },
  { head: 'calls', cell: ({ trials }) => sum(trials, ({ calls }) => calls) },
  { head: 'failed', cell: ({ trials }) => sum(trials, ({ failed }) => failed) },
  { head: 'p50 ms', cell: ({ trials }) => middle(trials, ({ p50 }) => p50) },
  { head: 'p99 ms', cell: ({ trials }) => middle(trials, ({ p99 }) => p99) },
  { head: 'CPU ms a call', cell: ({ trials }) => middle(trials, ({ cpuMsPerCall }) => cpuMsPerCall) },
  { head: 'p50 ×', cell: (row) => besideNone(row, ({ p50 }) => p50) },
  { head: 'CPU ×', cell: (row) => besideNone(row, ({ cpuMsPerCall }) => cpuMsPerCall) },
  { head: 'packets sent', cell: ({ sent }) => String(sent) },
  { head: 'dropped', cell: ({ dropped }) => String(dropped) },
];

const droppedOf = (target: VirkneTarget): Promise<number> =>
  target.metric('virkne_capture_dropped_total\\{reason="queue"\\}');

async function fillUp(target: VirkneTarget, warm: () => Promise<void>): Promise<void> {
  for (let i = 1; i < MOST_WARM_UPS && (await droppedOf(target)) === 0; i++) await warm();
}

/** All are up at once, and take turns: what else the machine does disturbs all of them alike. */
export async function capture(children: Children, ports: Ports, options: Options): Promise<void> {
  const [rate = 50] = options.rates;
  const [work] = options.work;
  if (work === undefined) return;
  const rows: Row[] = [];
  for (const [name, open] of Object.entries(PLACES)) {
    const place = await open();
    const { collector } = place;
    const section = collector === undefined ? {} : { collector, queueBytes: QUEUE_BYTES };
    const target = await startVirkne(children, ports, [], { ...CONFIG, capture: section });
    await warmUp(children, ports, target, work, options.seconds);
    if (name === NEVER) await fillUp(target, () => warmUp(children, ports, target, work, options.seconds));
    const trials: Trial[] = [];
    rows.push({ name, place, target, trials, none: rows[0]?.trials ?? trials, sent: 0, dropped: 0 });
  }
  for (let round = 0; round < options.runs; round++) {
    // There and back: what grows or cools down meanwhile is in all alike.
    for (const { name, target, trials } of round % 2 === 0 ? rows : rows.toReversed()) {
      const trial = await runTrial(children, ports, target, { work, rate, seconds: options.seconds });
      trials.push(trial);
      say(`${name}: p99 ${figure(trial.p99)} ms`);
    }
  }
  for (const row of rows) {
    const { place, target } = row;
    if (place.collector !== undefined) {
      row.sent = await target.metric('virkne_capture_sent_total');
      row.dropped = await droppedOf(target);
    }
    await target.stop();
    place.close();
  }
  const raw = rows.map(({ name, trials, sent, dropped }) => ({ name, trials, sent, dropped }));
  publish({ name: 'capture', text: markdown(COLUMNS, rows), raw });
}
