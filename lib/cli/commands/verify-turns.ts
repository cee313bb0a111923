/** The turn stream held against the group's cursor and the records of its calls. */
import type { Command } from 'commander';
import { readChange } from '../../lookups/audit.js';
import { entriesOf, pagesOf, writtenAt } from '../../lookups/entries.js';
import { readGroup } from '../../lookups/group-view.js';
import { fieldReader } from '../../store/flat.js';
import { groupKey, RECORDS_KEY } from '../../store/keys.js';
import { number } from '../arguments.js';
import type { Context } from '../context.js';
import { Refusal } from '../exit.js';
import { readCall } from '../record-view.js';
import type { Session } from '../session.js';
import { type Finding, type Setting, TurnCheck } from '../turn-check.js';
import { auditOf } from './group-audit.js';

interface Verdict {
  readonly pilot: string;
  readonly fair: boolean;
  readonly turns: { readonly first: number; readonly last: number; readonly count: number; readonly unchecked: number };
  /** How often each member rang first. */
  readonly starts: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  /** Calls that still run, or that a process took with it when it was killed. */
  readonly withoutRecord: readonly string[];
}

const PAGE = 100;

/** The settings of each version from `oldest` on, as far as the audit knows them. */
async function settingsOf(session: Session, pilot: string, oldest: number): Promise<Map<number, Setting>> {
  const settings = new Map<number, Setting>();
  for await (const entry of auditOf(session, pilot)) {
    const { after } = readChange(entry);
    if (after === null) break; // an earlier life of the group: its turns are gone
    const version = Number(after.version);
    if (settings.has(version)) continue;
    const members = Array.isArray(after.members) ? after.members.map(String) : [];
    settings.set(version, { policy: String(after.policy), members });
    if (version <= oldest) break;
  }
  return settings;
}

/** Oldest first. */
const turnsOf = (session: Session, pilot: string) =>
  pagesOf(async (behind) => {
    const from = behind === undefined ? '-' : `(${behind}`;
    return entriesOf(await session.command('XRANGE', [`${groupKey(pilot)}:turns`, from, '+', 'COUNT', PAGE]));
  });

async function verify(session: Session, pilot: string): Promise<Verdict> {
  // Before the turns: those taken meanwhile are then known by their numbers, and left alone.
  const group = readGroup(pilot, await session.fcall('hunt_get', groupKey(pilot)));
  let check: TurnCheck | undefined;
  let since = Number.POSITIVE_INFINITY;
  for await (const { id, fields } of turnsOf(session, pilot)) {
    const field = fieldReader(fields);
    const turn = {
      number: Number(field('number')),
      call: field('call'),
      start: field('start'),
      version: Number(field('version')),
      replayed: field('away') === 'yes',
    };
    if (turn.number > group.turns) break;
    if (check === undefined) {
      check = new TurnCheck(await settingsOf(session, pilot, turn.version));
      since = writtenAt(id);
    }
    check.take(turn);
  }
  check ??= new TurnCheck(new Map());
  check.end(group);
  const withoutRecord = await compareRecords(session, pilot, check, since);
  const { findings, first, last, unchecked, byNumber, starts } = check;
  return {
    pilot,
    fair: findings.length === 0,
    turns: { first, last, count: byNumber.size, unchecked },
    starts: Object.fromEntries(starts),
    findings,
    withoutRecord,
  };
}

/** @param since when the first turn was written: no record of a later one is older */
async function compareRecords(session: Session, pilot: string, check: TurnCheck, since: number): Promise<string[]> {
  const claimed = new Map<number, string>();
  const calls = pagesOf(async (behind) => {
    const args = ['pilot', pilot, PAGE, ...(behind === undefined ? [] : [behind])];
    return entriesOf(await session.fcall('hunt_calls', RECORDS_KEY, args));
  });
  for await (const entry of calls) {
    if (writtenAt(entry.id) < since) break;
    const record = readCall(entry)?.record;
    if (record === undefined || record.provisional || record.turn < check.first || record.turn > check.last) continue;
    const { turn, call } = record;
    const other = claimed.get(turn);
    if (other !== undefined)
      check.find('double', turn, `the records of the calls ${other} and ${call} both claim turn ${turn}`);
    claimed.set(turn, call);
    const taken = check.byNumber.get(turn)?.call;
    if (taken !== call) {
      const whose = taken === undefined ? 'which was never written' : `which is that of call ${taken}`;
      check.find('record', turn, `the record of call ${call} claims turn ${turn}, ${whose}`);
    }
  }
  return [...check.byNumber.values()].flatMap((turn) => (claimed.has(turn.number) ? [] : [turn.call]));
}

export function addVerifyTurns(program: Command, { out, withRedis }: Context): void {
  program
    .command('verify-turns')
    .description('holds the turns of a group against its cursor and its calls: gaps, doubles, unfair starts')
    .argument('<pilot>', 'the number of the group', number)
    .option('--json', 'as JSON')
    .action(async (pilot: string, { json }: { json?: boolean }) => {
      const verdict = await withRedis((session) => verify(session, pilot));
      await (json ? out.json(verdict) : out.pairs(inWords(verdict)));
      if (!verdict.fair)
        throw new Refusal(`the turns of ${pilot} are not as they must be: ${verdict.findings.length} found`);
    });
}

function inWords({ pilot, fair, turns, starts, findings, withoutRecord }: Verdict): [string, string][] {
  const span = turns.count === 0 ? 'none was taken' : `${turns.first} to ${turns.last}, ${turns.count} in all`;
  return [
    ['pilot', pilot],
    ['turns', span],
    ...Object.entries(starts).map(([member, count]): [string, string] => ['started', `${member} ${count}`]),
    [
      'not checked',
      `${turns.unchecked} starts: the first, those of unknown lists, and turns taken while Redis was away`,
    ],
    [
      'no record',
      `${withoutRecord.length} turns: calls that run, are older than records are kept, or ended with their process`,
    ],
    ...findings.map(({ kind, what }): [string, string] => [kind, what]),
    ['verdict', fair ? 'fair' : 'not as it must be'],
  ];
}
