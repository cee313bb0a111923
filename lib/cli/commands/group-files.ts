/** Groups to a file, and from one. */
import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { CodedError, messageOf } from '../../base/errors.js';
import { exported } from '../../lookups/group-view.js';
import { undefinedWithoutGroup } from '../../store/errors.js';
import { groupKey } from '../../store/keys.js';
import { number } from '../arguments.js';
import type { Context } from '../context.js';
import { Refusal } from '../exit.js';
import { jsonObjects } from '../json-objects.js';
import type { Session } from '../session.js';
import { ofEach } from './group-list.js';

/** An export is JSON with or without being asked: one array, a group a line. */
const LISTING = { columns: [], json: (text: string): unknown => JSON.parse(text), none: '' };

export function addExport(group: Command, { out, withRedis }: Context): void {
  group
    .command('export')
    .description('all groups, or one, as import takes them: a JSON array on stdout')
    .argument('[pilot]', 'the number of the group', number)
    .option('--json', 'as it is anyway')
    .action(async (pilot: string | undefined) => {
      const count = await withRedis(async (session) => {
        const one = async function* (key: string): AsyncGenerator<string> {
          yield exported((await session.fcall('hunt_export', key)) as string);
        };
        const all = (): AsyncGenerator<string> => ofEach(session, 'hunt_export', (_, json) => exported(json as string));
        return out.list(pilot === undefined ? all() : one(groupKey(pilot)), LISTING, { json: true });
      });
      out.note(`${count} ${count === 1 ? 'group' : 'groups'}`);
    });
}

const RESULTS = ['new', 'changed', 'unchanged', 'refused'] as const;
type Result = (typeof RESULTS)[number];

export function addImport(group: Command, { out, withRedis, user }: Context): void {
  group
    .command('import')
    .description(
      'sets groups to what export gave; one that is so already is left alone, one that is refused stops no other',
    )
    .argument('<file>', 'a JSON array, or an object a line; - for stdin')
    .option('--by <name>', 'who changes them, for the audit', user)
    .option('--json', 'as JSON')
    .action(async (file: string, { by, json }: { by: string; json?: boolean }) => {
      const counts = Object.fromEntries(RESULTS.map((result) => [result, 0])) as Record<Result, number>;
      await withRedis(async (session) => {
        // One after another: of two of one pilot the later one counts.
        for await (const text of objectsOf(file)) {
          counts[await importOne(session, text, by, (said) => out.note(said))] += 1;
        }
      });
      const said = Object.entries(counts).map(([result, count]) => `${count} ${result}`);
      await (json ? out.json(counts) : out.line(said.join(', ')));
      if (counts.refused > 0) throw new Refusal(`${counts.refused} refused`);
    });
}

async function* read(file: string): AsyncGenerator<string> {
  try {
    const stream = file === '-' ? process.stdin : createReadStream(file);
    stream.setEncoding('utf8');
    for await (const chunk of stream) yield chunk as string;
  } catch (thrown) {
    throw new Refusal(`${file} cannot be read: ${messageOf(thrown)}`);
  }
}

/** What is no JSON ends the import; what stood before it has been set. */
async function* objectsOf(file: string): AsyncGenerator<string> {
  try {
    yield* jsonObjects(read(file));
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw new Refusal(`${file} is no JSON of groups from here on: ${thrown.message}`);
  }
}

async function importOne(session: Session, text: string, by: string, tell: (said: string) => void): Promise<Result> {
  let pilot = 'an object';
  try {
    pilot = number(String((JSON.parse(text) as { pilot?: unknown }).pilot));
    const key = groupKey(pilot);
    const before = await exportOf(session, key);
    if (before === exported(text)) return 'unchanged';
    await session.fcall('hunt_import', key, by === '' ? [text] : [text, 'by', by]);
    return before === undefined ? 'new' : 'changed';
  } catch (thrown) {
    if (thrown instanceof CodedError && thrown.code !== 'STORE_REFUSED') throw thrown;
    tell(`${pilot} is refused: ${messageOf(thrown)}`);
    return 'refused';
  }
}

async function exportOf(session: Session, key: string): Promise<string | undefined> {
  const json = await session.fcall('hunt_export', key).catch(undefinedWithoutGroup);
  return json === undefined ? undefined : exported(json as string);
}
