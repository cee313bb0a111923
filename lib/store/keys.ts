/** Every key name of the service. What belongs together shares a hash tag, and so a slot of a Redis Cluster. */

/** Hash: the group. Its `:members`, `:cursor` and `:turns` are derived in functions/. */
export const groupKey = (pilot: string): string => `hunt:{${pilot}}`;

/** For a month after hunt_del. */
export const deletedKey = (pilot: string): string => `hunt:{${pilot}}:deleted`;

export const membersKey = (pilot: string): string => `hunt:{${pilot}}:members`;

/** Sorted set: the calls a member is on, by lease expiry. */
export const memberCallsKey = (member: string): string => `member:{${member}}:calls`;

/** Stream: finished calls. */
export const RECORDS_KEY = 'records';

/** Stream: finished calls that are older than their numbers are kept (`records.maskAfterDays`). In the slot of the stream. */
export const MASKED_KEY = `{${RECORDS_KEY}}:masked`;

/** Sorted set: records that were written again, by when they were first written. */
export const REWRITTEN_KEY = `{${RECORDS_KEY}}:rewritten`;

/** Sorted set: the records in which a member was considered, by their ids. In the slot of the stream; see functions/index.lua. */
export const memberRecordsKey = (member: string): string => `{${RECORDS_KEY}}:member:${member}`;

/** Text: the trace of a call, where one was kept. In the slot of the stream. */
export const traceKey = (call: string): string => `{${RECORDS_KEY}}:trace:${call}`;

/** Stream: who changed what of a group. It outlives the group. */
export const auditKey = (pilot: string): string => `hunt:{${pilot}}:audit`;

/** List: the charges of a closed month. Its `:corrections` and `:draft:…` are derived in functions/ and lib/charges. */
export const chargesKey = (month: string): string => `charges:{${month}}`;

/** Stream: who was shown through the API what is shown to few; without numbers. */
export const API_AUDIT_KEY = 'api:audit';

/** Text: who has signed in to the operators' pages; by the digest of the session's id. Leaves by itself. */
export const operatorSessionKey = (digest: string): string => `operator:session:${digest}`;

/** What all keys of the customers' pages begin with; they are derived in functions/pages.lua. */
export const PAGES_KEY = '{my}';
