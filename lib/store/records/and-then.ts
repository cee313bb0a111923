import type { CallRecord, RecordWriter } from '../types.js';

/** What is told of each record when it is written, or spooled: the call has nothing to do with it any more. */
export const andThen = (writer: RecordWriter, tell: (record: CallRecord) => void): RecordWriter => ({
  write: async (record) => {
    await writer.write(record);
    tell(record);
  },
});
