import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { explain } from '../../explain/explain.js';
import type { Lang } from '../../explain/language.js';
import type { Numbers } from '../../explain/names.js';
import { toPage } from '../../explain/page.js';
import { toText } from '../../explain/text.js';
import { busyMembers } from '../../lookups/busy.js';
import { entriesOf } from '../../lookups/entries.js';
import { liveCallsOf } from '../../privacy/redis.js';
import { RECORDS_KEY, traceKey } from '../../store/keys.js';
import { readRecord } from '../../store/records/fields.js';
import type { CallRecord } from '../../store/types.js';
import { number } from '../arguments.js';
import type { Context } from '../context.js';
import { Refusal, WrongUsage } from '../exit.js';
import { language, shownNumbers } from '../options.js';
import { clean } from '../output.js';
import type { Session } from '../session.js';

interface Options {
  /** The group whose last call it is. */
  readonly last?: string;
  readonly lang: Lang;
  readonly numbers: Numbers;
  readonly json?: boolean;
  /** The file of the page. */
  readonly html?: string;
}

async function recordsFor(session: Session, args: readonly (string | number)[]): Promise<CallRecord[]> {
  const entries = entriesOf(await session.fcall('hunt_calls', RECORDS_KEY, args));
  return entries.flatMap(({ fields }) => readRecord(fields) ?? []);
}

/** A SIP Call-ID is its peer's choice, and may have come before: the newest call is meant, and the others are told. */
async function find(session: Session, id: string, { out }: Context): Promise<CallRecord> {
  const [record, ...older] = await recordsFor(session, ['call', id]);
  if (record === undefined) throw new Refusal(await whyNone(session, id));
  if (older.length > 0) out.note(`this is the newest of ${older.length + 1} calls; before: ${callsIn(older)}`);
  return record;
}

const callsIn = (records: readonly CallRecord[]): string => records.map(({ call }) => call).join(', ');

/** Our own legs' Call-IDs begin with the id of the call. */
async function whyNone(session: Session, id: string): Promise<string> {
  for (const [call, { pilot }] of await liveCallsOf(session))
    if (id.startsWith(call)) return `the call to ${pilot} goes on: it is explained when it is over (calls --live)`;
  return `there is no call ${clean(id)}: none had this id, nor any leg this Call-ID, or its record is past its life`;
}

async function findLast(session: Session, pilot: string): Promise<CallRecord> {
  const [record] = await recordsFor(session, ['pilot', pilot, 1]);
  if (record === undefined) throw new Refusal(`no call to ${pilot} is known`);
  return record;
}

export function addExplain(program: Command, context: Context): void {
  program
    .command('explain')
    .description('how a call went: a sentence for each phone, and a ladder of its messages')
    .argument('[call]', 'its id, or the SIP Call-ID of any of its legs')
    .addOption(new Option('--last <pilot>', 'the last call of this group').argParser(number))
    .addOption(language())
    .addOption(shownNumbers('short'))
    .addOption(new Option('--json', 'as JSON').conflicts('html'))
    .option('--html <file>', 'as a page with a picture, into this file; - for stdout')
    .action(async (call: string | undefined, options: Options) => {
      const { last, lang, numbers, json, html } = options;
      if ((call === undefined) === (last === undefined)) throw new WrongUsage('name one call, or --last and its group');
      const { operator, traces } = context.config();
      const explanation = await context.withRedis(async (session) => {
        const record = last === undefined ? await find(session, call ?? '', context) : await findLast(session, last);
        const trace = (await session.command('GET', [traceKey(record.call)])) as string | null;
        const busySince = await busyMembers(session, record);
        const input = { record, trace, now: session.time, traceDays: traces.keepDays, busySince };
        return explain(input, { lang, timeZone: operator.timeZone, numbers });
      });
      const { out } = context;
      if (json) return out.json(explanation);
      if (html === undefined) return out.lines(toText(explanation).split('\n'));
      const page = toPage(explanation).html;
      if (html === '-') return out.write(page);
      await written(html, page);
      out.note(`written to ${html}`);
    });
}

async function written(file: string, text: string): Promise<void> {
  try {
    // It says who called whom.
    await writeFile(file, text, { mode: 0o600 });
  } catch (thrown) {
    throw new Refusal(`${file} cannot be written: ${(thrown as NodeJS.ErrnoException).code ?? String(thrown)}`);
  }
}
