/** Of calls without a record: whose they were, when they began, and whether they go on still; and what the nodes said meanwhile. */
import type { Cluster, Redis } from 'ioredis';
import { countBy, readRecords } from './account.js';
import type { ServiceNode } from './node.js';
import { PILOTS } from './stage.js';

export interface Moment {
  readonly what: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The calls that go on, as the nodes tell them. */
export async function liveCalls(client: Redis | Cluster): Promise<Set<string>> {
  const calls = new Set<string>();
  for (let cursor = '0'; ; ) {
    const [next = '0', ...flat] = (await client.call('FCALL', 'hunt_live', 1, 'records', cursor, 500)) as string[];
    for (let i = 0; i < flat.length; i += 2) calls.add(flat[i] ?? '');
    if (next === '0') return calls;
    cursor = next;
  }
}

/** A line for each node, part of the run and state, with how many calls. */
export async function unrecorded(client: Redis | Cluster, moments: readonly Moment[]): Promise<string[]> {
  const known = new Set((await readRecords(client)).map(({ call }) => call));
  const live = await liveCalls(client);
  const kinds: string[] = [];
  for (const pilot of PILOTS) {
    for (const [id, fields] of await client.xrange(`hunt:{${pilot}}:turns`, '-', '+')) {
      const value = (name: string): string | undefined =>
        fields.includes(name) ? fields[fields.indexOf(name) + 1] : undefined;
      const call = value('call') ?? '';
      if (known.has(call)) continue;
      const begun = Number(value('at') ?? Number.parseInt(id, 10));
      const behind = moments.findLast(({ at }) => at <= begun)?.what ?? 'start';
      const whose = value('node') ?? 'from memory';
      kinds.push(`no record: ${whose}, begun behind "${behind}"${live.has(call) ? ', goes on still' : ''}`);
    }
  }
  return [...countBy(kinds, String)].map(([kind, count]) => `${kind}: ${count}`);
}

const METRICS = ['spool_files', 'spool_held', 'spool_lost_total', 'spool_refused_total', 'records_spooled_total'];
const MORE_METRICS = ['spool_replayed_total', 'records_unwritable_total', 'records_estimated_total'];

/** What each node warned of, and its figures of records and spool. */
export async function told(nodes: readonly ServiceNode[]): Promise<string[]> {
  const lines: string[] = [];
  for (const [i, node] of nodes.entries()) {
    const warned = node.log.filter((line) => /"level":"(?:warn|error|fatal)"|"level":[456]0/.test(line));
    for (const [text, count] of countBy(warned, (line) => /"msg":"([^"]*)"/.exec(line)?.[1] ?? line))
      lines.push(`node ${i + 1}: ${text}: ${count}`);
    const figures: string[] = [];
    for (const name of [...METRICS, ...MORE_METRICS]) figures.push(`${name} ${await node.metric(name)}`);
    lines.push(`node ${i + 1}: ${figures.join(', ')}`);
  }
  return lines;
}
