import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { messageOf } from '../../base/errors.js';
import { mastersOf, type RedisClient } from '../client.js';

/** A time in which a plan can be had, in milliseconds since 1970; `until` is no longer in it, and absent where it does not end. */
export interface PlanSpan {
  readonly plan: string;
  readonly from: number;
  readonly until: number | undefined;
}

/** What an operator may choose for a group. Part of the library: redis-cli obeys it too. */
export interface Catalogue {
  /** Seconds. */
  readonly rings: readonly number[];
  readonly plans: readonly string[];
  /** When plans can be had; one that is not named, always. */
  readonly planSpans: readonly PlanSpan[];
  readonly maxMembers: number;
  readonly sipUriMembers: boolean;
  /** About how many turns of each group are kept. */
  readonly turnsKept: number;
  /** Where media servers can ask who answers: what the operator's own numbers begin with; empty: any may be his. Absent: none can ask. */
  readonly ownNumbers?: readonly string[] | undefined;
}

export interface Library {
  /** The number on the library's first comment line. */
  readonly number: number;
  /** Number and digest of text and catalogue. */
  readonly version: string;
  readonly text: string;
  /** The function that tells which version is loaded, and Redis's time. */
  readonly asked: string;
}

/** The library, in the order in which its files are joined: what one file defines, those behind it use. */
export const PARTS = [
  ...[
    'head',
    'common',
    'values',
    'policies',
    'members',
    'voices',
    'audit',
    'away',
    'groups',
    'absences',
    'turns',
    'administration',
    'claims',
    'index',
    'records',
    'lookups',
    'live',
    'masking',
    'lost',
    'subject',
    'retention',
    'traces',
    'charges',
    'pages',
    'help',
  ],
] as const;

/**
 * Those of which no other part uses anything: each is a block of its own, because Lua has room for 200 local names in a function, and
 * what is outside of every function counts as one.
 */
export const CLOSED: ReadonlySet<string> = new Set([
  ...['claims', 'lost', 'subject', 'retention', 'traces', 'charges', 'pages', 'help'],
]);

/**
 * Files as one text. They are beside this module, or, as the compiler copies no Lua, in the source tree that the compiled module came from.
 * @param closed those that are blocks of their own
 */
export function joined(parts: readonly string[], closed: ReadonlySet<string> = new Set()): string {
  const places = ['./', '../../../../lib/store/functions/'].map((place) => new URL(place, import.meta.url));
  const folder = places.find((place) => existsSync(new URL('head.lua', place))) ?? places[0];
  return parts
    .map((part) => {
      const text = readFileSync(new URL(`${part}.lua`, folder), 'utf8');
      return closed.has(part) ? `do\n${text}end\n` : text;
    })
    .join('\n');
}

const luaString = (text: string | number): string => `'${String(text).replace(/['\\\s]/g, ' ')}'`;
const luaList = (values: readonly (string | number)[]): string => `{ ${values.map(luaString).join(', ')} }`;

const luaSpan = ({ plan, from, until }: PlanSpan): string =>
  `{ plan = ${luaString(plan)}, from = ${from}${until === undefined ? '' : `, till = ${until}`} }`;

/** The library in one text, with `catalogue` in place of the one in its head. */
export function renderLibrary(catalogue: Catalogue, source = joined(PARTS, CLOSED)): Library {
  const lines = [
    `local RINGS = ${luaList(catalogue.rings)}`,
    `local PLANS = ${luaList(catalogue.plans)}`,
    `local PLAN_SPANS = { ${catalogue.planSpans.map(luaSpan).join(', ')} }`,
    `local MAX_MEMBERS = ${Math.floor(catalogue.maxMembers)}`,
    `local SIP_URI_MEMBERS = ${catalogue.sipUriMembers}`,
    `local TURNS_KEPT = ${Math.floor(catalogue.turnsKept)}`,
    `local OWN_NUMBERS = ${catalogue.ownNumbers === undefined ? false : luaList(catalogue.ownNumbers)}`,
  ];
  const text = source.replace(/(--\[\[catalogue\]\]\n)[\s\S]*?(?=--\[\[\/catalogue\]\])/, `$1${lines.join('\n')}\n`);
  return versioned(text, 'virkne_version');
}

/** The library of this text, with its version in it. */
export function versioned(source: string, asked: string): Library {
  const number = Number(/^-- version (\d+)$/m.exec(source)?.[1] ?? 0);
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 12);
  const version = `${number} ${digest}`;
  return { number, version, text: source.replace("VERSION = 'unrendered'", `VERSION = '${version}'`), asked };
}

/**
 * Loads the library where it is absent, older, or of another catalogue; one round trip where it is not. Several nodes may do
 * so at once: loading is atomic and the same text loads to the same library. A newer version stays.
 * @returns Redis's time in milliseconds, as it comes with the version
 */
export const ensureLibrary = (client: RedisClient, library: Library): Promise<number> =>
  ensure(client, library, outdated);

/**
 * As ensureLibrary, for programs that come beside the service: a library of the same number stays, whatever its catalogue. Theirs may be
 * another one, and that of the service is what counts.
 */
export const ensureSomeLibrary = (client: RedisClient, library: Library): Promise<number> =>
  ensure(client, library, (version) => Number.parseInt(version, 10) < library.number);

type IsOutdated = (version: string, library: Library) => boolean;

async function ensure(client: RedisClient, library: Library, isOutdated: IsOutdated): Promise<number> {
  const nodes = mastersOf(client);
  const times = await Promise.all(nodes.map((node) => ensureOn(node, library, isOutdated)));
  return Math.max(...times);
}

async function ensureOn(node: Redis, library: Library, isOutdated: IsOutdated): Promise<number> {
  let loaded = await readVersion(node, library);
  if (loaded === undefined || isOutdated(loaded.version, library)) {
    await node.call('FUNCTION', 'LOAD', 'REPLACE', library.text);
    loaded = await readVersion(node, library);
  }
  return loaded?.time ?? Number.NaN;
}

const outdated = (version: string, library: Library): boolean =>
  version !== library.version && !(Number.parseInt(version, 10) > library.number);

async function readVersion(node: Redis, { asked }: Library): Promise<{ version: string; time: number } | undefined> {
  try {
    const [version, time] = (await node.call('FCALL_RO', asked, 0)) as [string, string];
    return { version, time: Number(time) };
  } catch (thrown) {
    if (messageOf(thrown).includes('Function not found')) return undefined;
    throw thrown;
  }
}
