/** A call in the lists of commands. */
import { CALL_COLUMNS, type CallView, callerOf, callJson, isoTime } from '../lookups/call-view.js';
import type { CallRecord } from '../store/types.js';
import type { Column, Listing } from './output.js';

export { type CallView, callJson, readCall, WITHHELD } from '../lookups/call-view.js';

const seconds = (milliseconds: number): string =>
  Number.isFinite(milliseconds) ? (milliseconds / 1000).toFixed(1) : '';

const column = (name: string, of: (record: CallRecord) => string): Column<CallView> => ({
  name,
  of: ({ record }) => of(record),
});

export const CALLS: Listing<CallView> = {
  none: 'no call is known',
  counted: ['call', 'calls'],
  json: callJson,
  csvColumns: CALL_COLUMNS,
  columns: [
    column('started', ({ started }) => isoTime(started)),
    column('pilot', ({ pilot }) => pilot || '–'),
    column('caller', (record) => callerOf(record) || '–'),
    column('status', ({ status, refused }) => `${status}${refused === null ? '' : ` ${refused}`}`),
    column('answered by', ({ by }) => by ?? '–'),
    column('waited', ({ waited }) => seconds(waited)),
    column('talked', ({ answered, talked }) => (answered === null ? '–' : seconds(talked))),
    column('members', ({ attempts }) => attempts.map(({ why }) => why).join(' ')),
    column('call', ({ call }) => call),
  ],
};
