/** An export and an erasure as people read them. Pure. */
import type { CallView } from './call-view.js';
import type { Erasure } from './erase.js';
import type { SubjectExport } from './export.js';
import type { GroupView } from './groups.js';
import type { Stay } from './stays.js';

const count = (many: number, one: string): string => `${many} ${one}${many === 1 ? '' : 's'}`;

export function exportText(all: SubjectExport): string {
  const lines = [
    `What is kept of ${all.subject}, as of ${all.exported}`,
    '',
    `${count(all.calls.length, 'call')}:`,
    ...all.calls.map(callLine),
    '',
    `${count(all.live.length, 'call')} going on now:`,
    ...all.live.map(({ call, pilot, caller, member, started }) => {
      return `  ${started}  ${caller} → ${pilot}, ${member ?? 'nobody'} rings or has it  (${call})`;
    }),
    '',
    `${count(all.groups.length, 'group')}:`,
    ...all.groups.flatMap(groupLines),
    '',
    ...staysLines(all.stays),
  ];
  return `${lines.join('\n')}\n`;
}

export const erasureText = (erasure: Erasure): string =>
  erasureLines(`${erasure.subject} was erased, ${erasure.erased}:`, erasure);

/** Of an erasure that nobody has said yes to. */
export const planText = (plan: Omit<Erasure, 'erased'>): string =>
  erasureLines(`${plan.subject} would be erased:`, plan);

function erasureLines(head: string, { records, memberships, histories, stays }: Omit<Erasure, 'erased'>): string {
  const lines = [
    head,
    `  from ${count(records, 'record')} of calls`,
    `  from the members of ${count(memberships, 'group')}`,
    `  from the past (audit, turns, absences) of ${count(histories, 'group')}`,
    '',
    ...staysLines(stays),
  ];
  return `${lines.join('\n')}\n`;
}

function callLine({ started, roles, caller, pilot, by, status, talked, call }: CallView): string {
  const end = by === null ? `not answered (${status})` : `answered by ${by}, ${Math.round(talked / 1000)} s`;
  return `  ${started ?? 'time unknown'}  as ${roles.join(', ')}: ${caller || 'no number'} → ${pilot}, ${end}  (${call})`;
}

function groupLines({ pilot, isPilot, isMember, exists, away, changes, turns }: GroupView): string[] {
  const parts = [...(isPilot ? ['its number'] : []), ...(isMember ? ['a member'] : []), ...(exists ? [] : ['deleted'])];
  return [
    `  ${pilot}: ${parts.join(', ') || 'only in its past'}`,
    ...away.map(({ until, reason }) => `    away until ${until}${reason === '' ? '' : `: ${reason}`}`),
    ...changes.map(({ at, what }) => `    ${at}  ${what}`),
    ...(turns.length > 0 ? [`    ${count(turns.length, 'turn')} began with it`] : []),
  ];
}

const staysLines = (stays: readonly Stay[]): string[] => [
  'What an erasure leaves:',
  ...stays.map(({ why, groups }) => `  - ${why}${groups === undefined ? '' : ` (${groups.join(', ')})`}`),
];
