/** One fault under load, and what it cost. */
import { type Children, pause } from '../bench/children.js';
import { type Account, account, countBy, missingRecords } from './account.js';
import type { Fault } from './faults.js';
import { Load, startMembers } from './load.js';
import { PILOTS, Stage } from './stage.js';

export interface Played extends Account {
  /** From the lifting, or from the strike where nobody lifts it, until all nodes were well and their spools empty. */
  readonly recovery: number;
}

export interface Pace {
  /** Calls a second. */
  readonly rate: number;
  /** Milliseconds with calls before the strike, and behind the end of the fault. */
  readonly before: number;
  readonly behind: number;
}

const LIMIT_MS = 90_000;
const LASTS = 3;
const LOOK_EVERY_MS = 100;
const RECOVERED_WITHIN_MS = 40_000;

export async function play(children: Children, fault: Fault, pace: Pace): Promise<Played> {
  const members = await startMembers();
  const stage = await Stage.setUp(children, fault.redis ?? 'alone', members.uri, ['--enable-protected-configs', 'yes']);
  const endNow = (): void => void stage.end();
  process.once('exit', endNow);
  try {
    await stage.setGroups();
    const { dataDirectory } = (await fault.prepare?.(stage)) ?? {};
    for (let i = 0; i < (fault.nodes ?? 1); i++) {
      const own = i === 0 && dataDirectory !== undefined ? { dataDirectory } : {};
      await (await stage.addNode(own)).start();
    }
    return await Promise.race([underLoad(stage, fault, pace), tooLong()]);
  } finally {
    process.off('exit', endNow);
    await stage.end();
    members.close();
  }
}

const tooLong = (): Promise<never> =>
  new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error('it takes too long')), LIMIT_MS).unref();
  });

async function underLoad(stage: Stage, fault: Fault, { rate, before, behind }: Pace): Promise<Played> {
  const load = await Load.open(() => stage.nodes.map(({ sipPort }) => sipPort), PILOTS);
  load.start(rate);
  await pause(before);
  const struck = performance.now();
  const watch = new Watch(stage, fault);
  await fault.strike(stage);
  await pause(Math.max(0, (fault.lasts ?? LASTS) * 1000 - (performance.now() - struck)));
  const lifted = fault.lift === undefined ? struck : performance.now();
  await fault.lift?.(stage);
  await pause(behind);
  const all = await load.stop();
  const made = fault.counted === undefined ? all : all.filter(({ begun }) => begun > struck);
  const deadline = performance.now() + RECOVERED_WITHIN_MS;
  while (performance.now() < deadline && !(watch.isWell && (await missingRecords(stage.client, made)) === 0)) {
    await pause(LOOK_EVERY_MS);
  }
  await watch.stop();
  const statuses = made
    .filter(({ complete }) => !complete)
    .map(({ status = 'none', answered }) => (answered ? 'no BYE' : status));
  process.stderr.write(`  failed: ${JSON.stringify(Object.fromEntries(countBy(statuses.map(String), String)))}\n`);
  return { ...(await account(stage.client, PILOTS, made)), recovery: Math.max(0, watch.unwellUntil - lifted) / 1000 };
}

/** Asks the nodes again and again how they are. */
class Watch {
  isWell = false;
  unwellUntil = 0;
  #stopped = false;
  readonly #stage: Stage;
  readonly #fault: Fault;
  readonly #running: Promise<void>;

  constructor(stage: Stage, fault: Fault) {
    this.#stage = stage;
    this.#fault = fault;
    this.#running = this.#run();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const wells = await Promise.all(this.#stage.nodes.map((node) => this.#ask(node)));
      this.isWell = wells.every(Boolean);
      if (!this.isWell) this.unwellUntil = performance.now();
      await pause(LOOK_EVERY_MS);
    }
  }

  async #ask(node: Stage['nodes'][number]): Promise<boolean> {
    if (this.#fault.complains === undefined) return node.isWell();
    const health = await node.health();
    return health !== undefined && health.missing.length === 0 && (await node.metric('spool_held')) === 0;
  }
}
