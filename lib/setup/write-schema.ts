/** node dist/lib/setup/write-schema.js: writes the schema of records anew, where that has been changed on purpose. */
import { writeFileSync } from 'node:fs';
import { recordSchema } from '../store/records/schema.js';

writeFileSync(
  new URL('../../../config/call-record.schema.json', import.meta.url),
  `${JSON.stringify(recordSchema(), undefined, 2)}\n`,
);
