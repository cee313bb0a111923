import type { Clock } from '../base/clock.js';
import { createIds, type Ids } from '../base/ids.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { BillingSweeper } from './billing-sweeper.js';
import { type Catalogue, renderLibrary } from './functions/library.js';
import { Groups } from './groups.js';
import { RedisHuntStore } from './hunt-store.js';
import { DEFAULT_LEASES, LeaseKeeper, type LeaseOptions } from './leases.js';
import { Link, type LinkState } from './link.js';
import { cutOffRisk } from './master.js';
import { Acknowledged, KEEP } from './records/acknowledged.js';
import { LostCalls } from './records/lost-calls.js';
import { OpenTurns } from './records/open-turns.js';
import { Recorder } from './records/recorder.js';
import { Replayer } from './records/replay.js';
import { Spool } from './records/spool.js';
import { Sweeper } from './records/sweeper.js';
import { TraceStore } from './records/traces.js';
import { Snapshot } from './turns.js';
import type { CallRecord, HuntStore, RecordWriter } from './types.js';
import type { Target } from './url.js';
import { VanishedGroups } from './vanished.js';

export interface StoreOptions {
  readonly target: Target;
  /** Where the spool's files live: one process each. */
  readonly directory: string;
  /** Of this process alone. Undefined: its calls are nobody's when it is lost, as those of a program beside the service. */
  readonly node?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly ids?: Ids;
  readonly catalogue: Catalogue;
  readonly leases?: LeaseOptions;
  /** Milliseconds after which a command without a reply gives way to memory and spool. */
  readonly commandTimeout: number;
  /** Days for which call records are kept. */
  readonly retentionDays: number;
  /** Days after which the numbers in them are masked; 0: never. */
  readonly maskAfterDays: number;
  /** Months for which audits and closed months are kept. */
  readonly billingMonths: number;
  /** The traces of calls: for how many days, and how many at most. */
  readonly traces: { readonly keepDays: number; readonly most: number };
}

/** Of what waits on disk: files of 4 MiB, of which one is read whole. */
const SPOOL = { fileBytes: 4 * 1024 * 1024, files: 256 };

/** Groups kept in memory at most for when Redis is away, the last half as many at least. */
const GROUPS_IN_MEMORY = 20_000;

/** Everything the service keeps: turns, claims, records, groups. */
export interface Store extends HuntStore, RecordWriter {
  readonly state: LinkState;
  /** Calls can be served: Redis answers, or groups are known from before. */
  readonly ready: boolean;
  /** What works no longer as it should although calls are served, one clause each: for /readyz. */
  readonly degraded: readonly string[];
  /** Why Redis is not ready; empty when it is. */
  readonly reason: string;
  readonly groups: Groups;
  readonly traces: TraceStore;
  /** For the parts that keep other things in Redis. */
  readonly link: Link;
  /** Everything written is stored or spooled, the connection closed. The service takes no more calls by then. */
  close(): Promise<void>;
}

/**
 * Opens the store. Resolves also with Redis away (`state` says so); it connects as soon as it can.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { clock, log, meter } = options;
  const link = new Link({
    target: options.target,
    library: renderLibrary(options.catalogue),
    commandTimeout: options.commandTimeout,
    clock,
    log,
    meter,
  });
  const spool = new Spool({ ...SPOOL, directory: options.directory, clock, log, meter });
  const snapshot = new Snapshot(GROUPS_IN_MEMORY);
  const leases = new LeaseKeeper(link, clock, options.leases ?? DEFAULT_LEASES);
  const vanished = new VanishedGroups({ link, snapshot, clock, log, meter });
  const openTurns = new OpenTurns();
  const acknowledged = options.target.kind === 'single' ? undefined : new Acknowledged(clock);
  const shared = { link, openTurns, acknowledged, clock, log, meter };
  const { node } = options;
  const turns = new RedisHuntStore({ ...shared, node, leases, snapshot, backlog: spool, vanished });
  const parts = { ...shared, spool, ids: options.ids ?? createIds() };
  const recorder = new Recorder(parts);
  link.onOtherMaster(() => recorder.otherMaster());
  const lost = node === undefined ? undefined : new LostCalls({ link, clock, log, meter, node });
  const replayer = new Replayer({ ...parts, node, onEarlier: (calls) => lost?.earlier(calls) });
  const { retentionDays, maskAfterDays } = options;
  const sweeper = new Sweeper({ link, clock, log, meter, retentionDays, maskAfterDays });
  const billing = new BillingSweeper({ link, clock, log, meter, retentionMonths: options.billingMonths });
  let risk: string | undefined;
  if (options.target.kind !== 'single') {
    link.onChange((state) => {
      if (state !== 'ready') return;
      void link
        .ask((client) => cutOffRisk(client, KEEP))
        .then((found) => {
          if (found !== undefined && found !== risk) log.warn(`redis: ${found}`);
          risk = found;
        });
    });
  }
  await link.open();
  return {
    get state() {
      return link.state;
    },
    get ready() {
      return link.state === 'ready' || snapshot.size > 0;
    },
    get degraded() {
      return [
        ...(link.state === 'degraded' ? [`redis: refuses what is written: ${link.reason}`] : []),
        ...(vanished.problem === undefined ? [] : [vanished.problem]),
        ...(risk === undefined ? [] : [`redis: ${risk}`]),
        ...(spool.problem === undefined ? [] : [`spool: cannot be written, entries wait in memory: ${spool.problem}`]),
      ];
    },
    get reason() {
      return link.reason;
    },
    groups: new Groups(link),
    traces: new TraceStore({ link, log, meter, days: options.traces.keepDays, most: options.traces.most }),
    link,
    takeTurn: (pilot, call) => {
      if (!recorder.due) return turns.takeTurn(pilot, call);
      return link.together(() => {
        const turn = turns.takeTurn(pilot, call);
        void recorder.flush();
        return turn;
      });
    },
    claim: (member, call) => turns.claim(member, call),
    release: (member, call) => turns.release(member, call),
    write: (record: CallRecord) => recorder.write(record),
    close: async () => {
      leases.close();
      sweeper.close();
      billing.close();
      vanished.close();
      await recorder.flush();
      await replayer.close();
      await lost?.close();
      link.close();
      await spool.close();
    },
  };
}
