import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { aclRules } from '../../consent/acl.js';
import { METHODS } from '../../consent/act.js';
import { partsOf } from '../../consent/catalogue.js';
import { operatorName } from '../../consent/names.js';
import type { Receipt } from '../../consent/receipt.js';
import type { ConsentState, HistoryEntry, PairState } from '../../consent/register.js';
import { exportWhole } from '../../consent/whole-export.js';
import { instant } from '../arguments.js';
import type { Context } from '../context.js';
import { Refusal } from '../exit.js';
import type { Listing } from '../output.js';

interface Json {
  readonly json?: boolean;
}

interface ActOptions extends Json {
  readonly notice?: string;
  readonly lang?: string;
  readonly method: string;
  readonly request?: string;
  readonly seq?: string;
  readonly corrects?: string;
  readonly text?: string;
  readonly cause?: string;
  readonly lift?: boolean;
}

async function* each<Row>(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

const STATE: Listing<PairState> = {
  none: 'there is no purpose',
  json: (row) => row,
  columns: [
    { name: 'purpose', of: ({ pair }) => pair },
    { name: 'allowed', of: ({ valid, reason }) => (valid ? 'yes' : `no: ${reason ?? ''}`) },
    { name: 'since', of: ({ since }) => since ?? '' },
    { name: 'until', of: ({ until }) => until ?? '' },
    { name: 'notice', of: ({ notice }) => notice ?? '' },
    { name: 'act', of: ({ seq }) => (seq === null ? '' : String(seq)) },
  ],
};

const HISTORY: Listing<HistoryEntry> = {
  none: 'nothing is known of this number',
  json: (row) => row,
  columns: [
    { name: 'act', of: ({ seq }) => String(seq) },
    { name: 'when', of: ({ at }) => at },
    {
      name: 'what',
      of: ({ act, lift, cause }) => [act, ...(lift ? ['(lifted)'] : []), ...(cause ? [`(${cause})`] : [])].join(' '),
    },
    { name: 'purposes', of: ({ pairs }) => pairs.join(' ') },
    {
      name: 'notice',
      of: ({ notice }) => (notice === undefined ? '' : `${notice.id}@${notice.version}:${notice.language}`),
    },
    { name: 'by', of: ({ by, method }) => `${by}, ${method}` },
    {
      name: 'words',
      of: ({ text, corrects }) => `${corrects === undefined ? '' : `of act ${corrects}: `}${text ?? ''}`,
    },
  ],
};

async function showState(state: ConsentState, { json }: Json, { out }: Context): Promise<void> {
  if (json) return out.json(state);
  const { sid, seq, asOf, restricted, erased } = state;
  out.note(`consent:{${sid}}: ${seq} acts, as of ${asOf}`);
  if (restricted !== null) out.note(`restricted since ${restricted}: nothing is done with what is kept`);
  if (erased !== null) out.note(`erased ${erased}`);
  await out.list(each(state.pairs), STATE, {});
}

/** Who types acts for the customer. */
const operator = ({ user }: Context): string => operatorName(user);

async function act(
  kind: string,
  number: string,
  pairs: readonly string[],
  options: ActOptions,
  context: Context,
): Promise<void> {
  const { notice, lang, method, request, seq, corrects, text, cause, lift } = options;
  const receipt = await context.withRegister(({ register }) =>
    register.act({
      ...{ act: kind, number, method, notice, request, text, cause, lift, by: operator(context) },
      pairs: pairs.length === 0 ? undefined : pairs,
      language: lang,
      expectedSeq: seq === undefined ? undefined : Number(seq),
      corrects: corrects === undefined ? undefined : Number(corrects),
    }),
  );
  if (options.json) return context.out.json(receipt);
  const { seq: number_, at, pairs: named } = receipt.act;
  await context.out.line(`act ${number_}, ${at}: ${kind} ${named.join(' ')}`.trimEnd());
}

const method = (): Option =>
  new Option('--method <how>', 'how the customer said it').choices([...METHODS]).default('cli');
const request = (): Option => new Option('--request <id>', 'the same id again changes nothing, for a day');

export function addConsent(program: Command, context: Context): void {
  const consent = program
    .command('consent')
    .description('what customers allow to be done with their data, beyond the service itself');
  const { out } = context;
  const command = (name: string, description: string): Command =>
    consent.command(name).description(description).argument('<number>', 'the number of the customer');
  const jsonOption = ['--json', 'as JSON'] as const;

  for (const [kind, description] of [
    ['served', 'the customer was shown the notice'],
    ['grant', 'the customer agrees to purposes over channels, each by name'],
  ] as const) {
    command(kind, description)
      .argument('<pairs...>', 'purpose:channel, such as offers:sms')
      .requiredOption('--notice <id@version>', 'what the customer was shown, such as offers@1')
      .requiredOption('--lang <language>', 'in which language')
      .addOption(method())
      .addOption(request())
      .option('--seq <count>', 'how many acts the customer saw: more by now is a conflict')
      .option(...jsonOption)
      .action((number: string, pairs: string[], options: ActOptions) => act(kind, number, pairs, options, context));
  }
  for (const [kind, description] of [
    ['deny', 'the customer does not agree'],
    ['withdraw', 'the customer takes back what he agreed to'],
    ['object', 'the customer objects'],
  ] as const) {
    const one = command(kind, description)
      .argument('<pairs...>', 'purpose:channel, or all')
      .addOption(method())
      .addOption(request())
      .option(...jsonOption);
    if (kind === 'object') one.option('--text <words>', 'what the customer says');
    one.action((number: string, pairs: string[], options: ActOptions) => act(kind, number, pairs, options, context));
  }
  command('correct', 'what is wrong with an act; the act itself stays')
    .requiredOption('--corrects <act>', 'its number')
    .requiredOption('--text <words>', 'what is right')
    .addOption(method())
    .addOption(request())
    .option(...jsonOption)
    .action((number: string, options: ActOptions) => act('correct', number, [], options, context));
  command('restrict', 'nothing is done with what is kept, until it is lifted')
    .option('--lift', 'it may be used again')
    .addOption(method())
    .addOption(request())
    .option(...jsonOption)
    .action((number: string, options: ActOptions) => act('restrict', number, [], options, context));
  command(
    'erase',
    'all goes but the pseudonymous proof; with --cause reassigned the number has another holder, who inherits nothing',
  )
    .addOption(new Option('--cause <why>').choices(['request', 'reassigned']).default('request'))
    .addOption(method())
    .addOption(request())
    .option(...jsonOption)
    .action((number: string, options: ActOptions) => act('erase', number, [], options, context));

  command('show', 'what is allowed now, and why the rest is not')
    .option(...jsonOption)
    .action(async (number: string, options: Json) => {
      await showState(await context.withRegister(({ register }) => register.state(number)), options, context);
    });
  command('as-of', 'what was allowed at a moment')
    .argument(
      '<time>',
      'such as 2026-11-25T18:00Z, or how long ago: 2h',
      instant(() => context.clock.wall()),
    )
    .option(...jsonOption)
    .action(async (number: string, time: number, options: Json) => {
      const state = await context.withRegister(({ register }) => register.state(number, new Date(time)));
      await showState(state, options, context);
    });
  command('history', 'every act, the first one first')
    .option(...jsonOption)
    .action(async (number: string, { json }: Json) => {
      const acts = await context.withRegister(({ register }) => register.history(number));
      await out.list(each(acts), HISTORY, { json });
    });
  command('export', 'everything that is held of the number: the register, records of calls, and for how long')
    .option(...jsonOption)
    .action(async (number: string, { json }: Json) => {
      const whole = await context.withRegister((consent) =>
        context.withRedis((session) => exportWhole(consent, session, number, session.time)),
      );
      if (json) return out.json(whole);
      const { register: all, records } = whole;
      await showState(all.state, {}, context);
      await out.line('');
      await out.list(each(all.history), HISTORY, {});
      for (const [purpose, entries] of Object.entries(all.metadata))
        await out.line(`kept for ${purpose}: ${entries.length}`);
      await out.line(`asked ${all.asked.length} times`);
      await out.line(`${records.calls.length} call records (${whole.retention['call records']})`);
      if (all.proof !== null)
        await out.line(
          `${all.proof.records} acts before the erasure of ${all.proof.until}: the proof that the law allows`,
        );
    });
  command('verify', 'whether no act was removed or changed, and whether the state follows from them')
    .option('--receipt <file>', 'also whether this receipt is ours, and stands in the list')
    .option(...jsonOption)
    .action(async (number: string, { json, receipt: file }: Json & { receipt?: string }) => {
      const receipt = file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as Receipt);
      const found = await context.withRegister(async ({ register }) => {
        const isReceipt = receipt === undefined ? undefined : await register.isReceipt(receipt);
        return { ...(await register.verify(number)), ...(isReceipt !== undefined && { receipt: isReceipt }) };
      });
      if (json) await out.json(found);
      else await out.line(`${found.records} acts, ${found.valid ? 'none is missing or changed' : 'NOT WHOLE'}`);
      if (!found.valid) throw new Refusal(`act ${found.problem?.seq ?? 0} ${found.problem?.what ?? ''}`);
      if (found.receipt === false)
        throw new Refusal('the receipt is not ours, or what it says does not stand in the list');
    });
  consent
    .command('check')
    .description('whether processing is allowed now: exit status 0 only then; leaves its trace')
    .argument('<number>', 'the number of the customer')
    .argument('<purpose[:channel]>', 'such as usage, or offers:sms')
    .option(...jsonOption)
    .action(async (number: string, pair: string, { json }: Json) => {
      const { purpose, channel } = partsOf(pair);
      const question = {
        number,
        purpose,
        channel: channel === '' ? undefined : channel,
        use: 'asked on the command line',
      };
      const verdict = await context.withRegister(({ gate }) => gate.ask(question));
      if (json) await out.json(verdict);
      else await out.line(verdict.allowed ? 'allowed' : `not allowed: ${verdict.reason}`);
      if (!verdict.allowed) throw new Refusal(`${pair} is not allowed: ${verdict.reason}`);
    });
  consent
    .command('replay-erasures')
    .description('after a backup was put back, before the service starts: erases again who was erased since')
    .option(...jsonOption)
    .action(async ({ json }: Json) => {
      if (context.config().consent?.headsFile === undefined)
        throw new Refusal('no erasure is told outside Redis without consent.headsFile');
      const done = await context.withRegister(({ register }) => register.eraseAgain(operator(context)));
      if (json) return out.json(done);
      await out.line(`${done.told} erasures were told, ${done.again.length} had to be done again`);
    });
  consent
    .command('keys')
    .description('the public keys with which receipts are verified, the one that signs now first')
    .option(...jsonOption)
    .action(async ({ json }: Json) => {
      const keys = await context.withRegister(({ register }) => Promise.resolve(register.keys));
      if (json) return out.json(keys);
      for (const { id, pem } of keys) await out.write(`${id}\n${pem}`);
    });
  consent
    .command('acl')
    .description('rules for a Redis user of the register that can append to lists, and never rewrite one')
    .argument('[user]', 'its name', 'virkne-consent')
    .option('--json', 'as JSON: the rules')
    .action((user: string, { json }: Json) => {
      if (json) return out.json({ user, rules: aclRules() });
      // A selector holds blanks: it is one word of the shell.
      const words = aclRules().map((rule) => (/^[\w+-]+$/.test(rule) ? rule : `'${rule}'`));
      return out.line(`redis-cli ACL SETUSER ${user} ${words.join(' ')}`);
    });
}
