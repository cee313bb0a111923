import { unavailable } from './errors.js';

/** What is asked of each node that holds keys: one Redis, or the masters of a Cluster. */
export interface Node {
  command(name: string, args: readonly (string | number)[]): Promise<unknown>;
}

/** Keys that are looked at in one command: about a millisecond of Redis. */
const AT_ONCE = 1000;

/**
 * The keys that match, of all nodes; one that is made, deleted or moved meanwhile may be missing or come twice. Rejects with
 * STORE_UNAVAILABLE where a node of a Cluster is not among those given: its keys would be missed by nobody.
 */
export async function* scanKeys(nodes: readonly Node[], match: string): AsyncGenerator<readonly string[]> {
  await refuseHalf(nodes);
  for (const node of nodes) {
    let cursor = '0';
    do {
      const page = await node.command('SCAN', [cursor, 'MATCH', match, 'COUNT', AT_ONCE]);
      const [next, keys] = page as [string, string[]];
      yield keys;
      cursor = next;
    } while (cursor !== '0');
  }
}

const GROUP = /^hunt:\{(\+\d{7,15})\}(:audit)?$/;

/** The groups' numbers, each once, in order: also of those that have left but an audit. Rejects as {@link scanKeys}. */
export async function groupsOf({ nodes }: { readonly nodes: readonly Node[] }): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const keys of scanKeys(nodes, 'hunt:{*')) {
    for (const key of keys) {
      const pilot = GROUP.exec(key)?.[1];
      if (pilot !== undefined) found.add(pilot);
    }
  }
  return [...found].sort();
}

type Slots = readonly (readonly [
  first: number,
  last: number,
  master: readonly [host: string, port: number, id: string],
])[];

const SLOTS = 16_384;

async function refuseHalf(nodes: readonly Node[]): Promise<void> {
  const [first] = nodes;
  if (first === undefined) throw unavailable('no node of Redis is known');
  if (!String(await first.command('INFO', ['cluster'])).includes('cluster_enabled:1')) return;
  const slots = (await first.command('CLUSTER', ['SLOTS'])) as Slots;
  const asked = new Set(await Promise.all(nodes.map((node) => node.command('CLUSTER', ['MYID']))));
  const missing = slots.find(([, , [, , id]]) => !asked.has(id));
  const covered = slots.reduce((count, [from, to]) => count + to - from + 1, 0);
  if (missing !== undefined)
    throw unavailable(`the node ${missing[2].slice(0, 2).join(':')} of the Cluster does not answer`);
  if (covered < SLOTS) throw unavailable(`the Cluster serves ${covered} of its ${SLOTS} slots`);
}
