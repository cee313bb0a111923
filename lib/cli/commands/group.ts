import type { Command } from 'commander';
import { readGroup, voiceFields } from '../../lookups/group-view.js';
import { groupKey } from '../../store/keys.js';
import { number } from '../arguments.js';
import type { Context } from '../context.js';
import { WrongUsage } from '../exit.js';
import { addAudit } from './group-audit.js';
import { addExport, addImport } from './group-files.js';
import { groupsOf, listing } from './group-list.js';

export function addGroup(program: Command, context: Context): void {
  const group = program.command('group').description('groups: list, show, set, export, import, audit');
  addList(group, context);
  addShow(group, context);
  addSet(group, context);
  addExport(group, context);
  addImport(group, context);
  addAudit(group, context);
}

interface Json {
  readonly json?: boolean;
}

function addList(group: Command, { out, withRedis }: Context): void {
  group
    .command('list')
    .description('all groups, in no order; what is changed meanwhile may come twice')
    .option('--json', 'as JSON')
    .action(async (form: Json) => {
      await withRedis((session) => out.list(groupsOf(session), listing, form));
    });
}

function addShow(group: Command, { out, withRedis }: Context): void {
  group
    .command('show')
    .description('a group, and what is wrong with one that was written by hand')
    .argument('<pilot>', 'the number of the group', number)
    .option('--json', 'as JSON')
    .action(async (pilot: string, { json }: Json) => {
      const { view, faults } = await withRedis(async (session) => ({
        view: readGroup(pilot, await session.fcall('hunt_get', groupKey(pilot))),
        faults: (await session.fcall('hunt_check', groupKey(pilot))) as string[],
      }));
      if (json) return out.json({ ...view, faults });
      await out.pairs([
        ['pilot', view.pilot],
        ['policy', view.policy],
        ['ring', `${view.ring} s`],
        ['plan', view.plan],
        ['enabled', view.enabled ? 'yes' : 'no'],
        ['owner', view.owner ?? '–'],
        ...voiceFields(view.voices ?? {}),
        ['version', String(view.version)],
        ['turns', String(view.turns)],
        ...view.members.map((member, i): [string, string] => [
          `member ${i + 1}`,
          `${member}${i === view.cursor && view.policy === 'circular' ? ' (starts next)' : ''}`,
        ]),
        ...view.away.map(({ member, until, reason }): [string, string] => [
          'away',
          `${member} until ${until}${reason === '' ? '' : `: ${reason}`}`,
        ]),
        ...faults.map((fault): [string, string] => [fault.startsWith('UNCONFIRMED ') ? 'warning' : 'wrong', fault]),
      ]);
    });
}

function addSet(group: Command, { out, withRedis, user }: Context): void {
  group
    .command('set')
    .description('creates a group, or changes policy, ring, plan, enabled, members, owner, and what is heard')
    .argument('<pilot>', 'the number of the group', number)
    .argument('<fields...>', 'as: members +37120000001,+37120000002 ring 20')
    .option('--by <name>', 'who changes it, for the audit', user)
    .option('--json', 'as JSON')
    .action(async (pilot: string, fields: readonly string[], { by, json }: Json & { by: string }) => {
      if (fields.length % 2 === 1) throw new WrongUsage('give pairs of field and value: one has no partner');
      const named = fields.some((name, i) => i % 2 === 0 && name === 'by');
      const args = named || by === '' ? fields : [...fields, 'by', by];
      const [, version] = (await withRedis((session) => session.fcall('hunt_set', groupKey(pilot), args))) as [
        string,
        number,
      ];
      await (json ? out.json({ pilot, version }) : out.line(`${pilot} is set, version ${version}`));
    });
}
