import { bounded } from '../../base/text.js';
import { fieldReader } from '../flat.js';
import { type AttemptRecord, type CallRecord, type Policy, RECORD_SCHEMA } from '../types.js';

const text = (value: string | number | null): string => (value === null ? '' : String(value));

/** Of what a peer chose: a Call-ID may have 8 kB. By what is cut the record is found with what is cut. */
const LONGEST = 256;
const MOST_DIVERTED = 20;
const chosen = (value: string): string => bounded(value, LONGEST);

/** Name and value of each field of a record's entry; always all of them, in this order, so that Redis keeps the names once. */
const fieldsOf = (record: CallRecord): string[] => [
  ...['call', record.call, 'pilot', record.pilot, 'caller', chosen(record.caller)],
  ...['started', text(record.started), 'answered', text(record.answered), 'ended', text(record.ended)],
  ...['status', text(record.status), 'by', text(record.by), 'released', text(record.released)],
  ...['policy', text(record.policy), 'turn', text(record.turn), 'version', text(record.version)],
  ...['attempts', JSON.stringify(record.attempts), 'schema', text(RECORD_SCHEMA), 'node', record.node],
  ...['callId', chosen(record.callId), 'presented', chosen(record.presented), 'hidden', record.hidden ? 'yes' : 'no'],
  ...[
    'diverted',
    record.diverted.slice(0, MOST_DIVERTED).map(chosen).join(','),
    'owner',
    text(record.owner),
    'cause',
    text(record.cause),
  ],
  ...['refused', text(record.refused), 'waited', text(record.waited), 'talked', text(record.talked)],
  ...['endReason', text(record.endReason), 'endEstimated', record.endEstimated ? 'yes' : 'no'],
  ...(record.provisional ? ['provisional', 'yes'] : []),
  ...(record.estimated ? ['estimated', 'yes'] : []),
  ...(record.metadataRefused ? ['metadataRefused', 'yes'] : []),
  ...(record.media === undefined ? [] : ['media', record.media]),
];

/** Why a member has no part in a call: nobody came so far. His calls are found without these. */
const NOT_CONSIDERED = 'not-needed';

/** The record as record_add takes it: one JSON document, with what the record is found by. */
export function documentOf(record: CallRecord): string {
  const members: string[] = [];
  const ids = [record.call];
  for (const { member, why, callIds } of record.attempts) {
    if (why !== NOT_CONSIDERED) members.push(member);
    for (const id of callIds) if (!id.startsWith(record.call)) ids.push(id);
  }
  return JSON.stringify([fieldsOf(record), members, ids, chosen(record.callId)]);
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
