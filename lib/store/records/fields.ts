import { bounded } from '../../base/text.js';
import { fieldReader } from '../flat.js';
import { type AttemptRecord, type CallRecord, type Policy, RECORD_SCHEMA } from '../types.js';

const orNothing = (value: number | null): string => (value === null ? '' : String(value));

const SCHEMA = String(RECORD_SCHEMA);

/** Of what a peer chose: a Call-ID may have 8 kB. By what is cut the record is found with what is cut. */
const LONGEST = 256;
const MOST_DIVERTED = 20;
const chosen = (value: string): string => bounded(value, LONGEST);

/** The fields of a record's entry; always all of them, in this order, so that Redis keeps the names once. As write_values of functions/records.lua. */
const NAMES = [
  ...['call', 'pilot', 'caller', 'started', 'answered', 'ended', 'status', 'by', 'released', 'policy', 'turn'],
  ...['version', 'attempts', 'schema', 'node', 'callId', 'presented', 'hidden', 'diverted', 'owner', 'cause'],
  ...['refused', 'waited', 'talked', 'endReason', 'endEstimated'],
];

/** The values of these. */
const valuesOf = (record: CallRecord, attempts: string): unknown[] => [
  record.call,
  record.pilot,
  chosen(record.caller),
  String(record.started),
  orNothing(record.answered),
  String(record.ended),
  String(record.status),
  record.by ?? '',
  record.released ?? '',
  record.policy ?? '',
  String(record.turn),
  String(record.version),
  attempts,
  SCHEMA,
  record.node,
  chosen(record.callId),
  chosen(record.presented),
  record.hidden ? 'yes' : 'no',
  record.diverted.length === 0 ? '' : record.diverted.slice(0, MOST_DIVERTED).map(chosen).join(','),
  record.owner ?? '',
  orNothing(record.cause),
  record.refused ?? '',
  String(record.waited),
  String(record.talked),
  record.endReason ?? '',
  record.endEstimated ? 'yes' : 'no',
];

/** Name and value of the fields that few records have. */
const moreOf = (record: CallRecord): string[] => [
  ...(record.provisional ? ['provisional', 'yes'] : []),
  ...(record.estimated ? ['estimated', 'yes'] : []),
  ...(record.metadataRefused ? ['metadataRefused', 'yes'] : []),
  ...(record.media === undefined ? [] : ['media', record.media]),
];

/** Why a member has no part in a call: nobody came so far. His calls are found without these. */
const NOT_CONSIDERED = 'not-needed';

/** The members by whom the record is found. */
const membersOf = ({ attempts }: CallRecord): string[] => {
  const members: string[] = [];
  for (const { member, why } of attempts) if (why !== NOT_CONSIDERED) members.push(member);
  return members;
};

/** The Call-IDs of our legs by which it is found: what begins with the call's id is found by that. */
const legsOf = ({ call, attempts }: CallRecord): string[] => {
  const legs: string[] = [];
  for (const { callIds } of attempts) for (const id of callIds) if (!id.startsWith(call)) legs.push(id);
  return legs;
};

/** The record as record_add takes it of the service: two texts, its attempts by themselves. Both or, where it cannot be put into words, none. */
export function pushRecord(list: string[], record: CallRecord): void {
  const values = valuesOf(record, '');
  values.push(membersOf(record));
  const legs = legsOf(record);
  const more = moreOf(record);
  if (legs.length > 0 || more.length > 0) values.push(legs, more);
  list.push(JSON.stringify(values), JSON.stringify(record.attempts));
}

/** The record as the other functions take it: one JSON document, with what the record is found by. */
export function documentOf(record: CallRecord): string {
  const values = valuesOf(record, JSON.stringify(record.attempts));
  const fields = [...NAMES.flatMap((name, at) => [name, values[at]]), ...moreOf(record)];
  return JSON.stringify([fields, membersOf(record), [record.call, ...legsOf(record)], chosen(record.callId)]);
}

/** Reads the fields of a stream entry, a flat list of name and value; undefined when it is no call record. */
export function readRecord(flat: readonly string[]): CallRecord | undefined {
  const field = fieldReader(flat);
  const orNull = (name: string): string | null => field(name) || null;
  const number = (name: string): number | null => (field(name) === '' ? null : Number(field(name)));
  const attempts = parseAttempts(field('attempts'));
  if (field('call') === '' || attempts === undefined) return undefined;
  return {
    call: field('call'),
    pilot: field('pilot'),
    caller: field('caller'),
    started: Number(field('started')),
    answered: number('answered'),
    ended: Number(field('ended')),
    status: Number(field('status')),
    by: orNull('by'),
    released: orNull('released') as CallRecord['released'],
    policy: orNull('policy') as Policy | null,
    turn: Number(field('turn')),
    ...(field('provisional') === 'yes' && { provisional: true as const }),
    ...(field('estimated') === 'yes' && { estimated: true as const }),
    version: Number(field('version')),
    attempts,
    node: field('node'),
    callId: field('callId'),
    presented: field('presented'),
    hidden: field('hidden') === 'yes',
    diverted: field('diverted') === '' ? [] : field('diverted').split(','),
    owner: orNull('owner'),
    cause: number('cause'),
    refused: orNull('refused'),
    endReason: orNull('endReason'),
    endEstimated: field('endEstimated') === 'yes',
    ...(field('metadataRefused') === 'yes' && { metadataRefused: true as const }),
    waited: Number(field('waited')),
    talked: Number(field('talked')),
    ...(field('media') !== '' && { media: field('media') }),
  };
}

/** What an attempt of a record of the first schema does not say. */
const UNSAID = { trunk: null, callIds: [], said: null, local: null };

function parseAttempts(text: string): AttemptRecord[] | undefined {
  try {
    const attempts: unknown = JSON.parse(text);
    return Array.isArray(attempts) ? attempts.map((one: AttemptRecord) => ({ ...UNSAID, ...one })) : undefined;
  } catch {
    return undefined;
  }
}
