/** A group as hunt_get and hunt_export give it, typed. */
import { namedOf } from '../store/flat.js';

export interface Absence {
  readonly member: string;
  /** ISO 8601, UTC. */
  readonly until: string;
  readonly reason: string;
}

/** What a group's callers and members hear. A name is that of a recording (of a folder of them: language); null: none is wished for. */
interface VoicesView {
  readonly confirm?: boolean | undefined;
  readonly whisper?: boolean | undefined;
  readonly waiting?: string | null | undefined;
  readonly farewell?: string | null | undefined;
  readonly language?: string | null | undefined;
  readonly spoken?: string | null | undefined;
}

export interface GroupView {
  readonly pilot: string;
  readonly policy: string;
  readonly ring: number;
  readonly plan: string;
  readonly enabled: boolean;
  readonly owner: string | null;
  /** Only where somebody has said. */
  readonly voices?: VoicesView;
  readonly version: number;
  readonly members: readonly string[];
  readonly away: readonly Absence[];
  /** The index, from 0, of who starts next. */
  readonly cursor: number;
  readonly turns: number;
}

const VOICES = ['confirm', 'whisper', 'waiting', 'farewell', 'language', 'spoken'] as const;
const SWITCHED: ReadonlySet<string> = new Set(['confirm', 'whisper']);

const voiceOf = (name: string, text: string): boolean | string | null =>
  SWITCHED.has(name) ? text === 'yes' : text === 'none' ? null : text;

/** As the Redis functions have them, one after another. */
export const voiceFields = (voices: VoicesView): [name: string, text: string][] =>
  VOICES.flatMap((name): [string, string][] => {
    const value = voices[name];
    if (value === undefined) return [];
    return [[name, typeof value === 'boolean' ? (value ? 'yes' : 'no') : (value ?? 'none')]];
  });

const ABSENCE = /^(\S+) until (\d{4}-\d\d-\d\dT[\d:]+Z)(?:: (.*))?$/;

/** `MEMBER until TIME: reason; MEMBER until TIME`: a reason may have a semicolon of its own. */
const readAbsences = (text: string): Absence[] =>
  text.split(/; (?=\S+ until \d{4}-)/).flatMap((one) => {
    const [, member, until, reason = ''] = ABSENCE.exec(one) ?? [];
    return member === undefined || until === undefined ? [] : [{ member, until, reason }];
  });

export function readGroup(pilot: string, flat: unknown): GroupView {
  const fields = namedOf(flat);
  const field = (name: string): string => fields.get(name) ?? '';
  const voices = VOICES.flatMap((name) => (fields.has(name) ? [[name, voiceOf(name, field(name))] as const] : []));
  return {
    pilot,
    policy: field('policy'),
    ring: Number(field('ring')),
    plan: field('plan'),
    enabled: field('enabled') === 'yes',
    owner: fields.get('owner') ?? null,
    ...(voices.length > 0 && { voices: Object.fromEntries(voices) }),
    version: Number(field('version')),
    members: field('members')
      .split(',')
      .filter((member) => member !== ''),
    away: readAbsences(field('away')),
    cursor: Number(field('cursor')),
    turns: Number(field('turns')),
  };
}

const EXPORTED = ['pilot', 'policy', 'ring', 'plan', 'enabled', 'owner', ...VOICES, 'members'] as const;

/** What hunt_export gave, its fields always in one order: two exports of the same groups are the same text. */
export function exported(json: string): string {
  const group = JSON.parse(json) as Readonly<Record<string, unknown>>;
  return JSON.stringify(Object.fromEntries(EXPORTED.flatMap((name) => (name in group ? [[name, group[name]]] : []))));
}
