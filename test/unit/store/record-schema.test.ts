import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { z } from 'zod';
import { readRecord } from '../../../lib/store/records/fields.js';
import { RECORD, recordSchema } from '../../../lib/store/records/schema.js';
import { type AttemptRecord, type CallRecord, RECORD_SCHEMA } from '../../../lib/store/types.js';
import { immediates } from '../../support/fake-clock.js';
import { A, B } from '../call/scripted-server.js';
import { ServiceHarness } from '../call/service-harness.js';

const FILE = new URL('../../../../config/call-record.schema.json', import.meta.url);

type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : never) : never;

/** Marks that a record has only where they are true. */
const ONLY_WHERE_SO = ['provisional', 'estimated', 'metadataRefused'];

describe('The schema of a record', () => {
  it('is that of the type: the compiler says so, both ways', () => {
    const record: Same<z.output<typeof RECORD>, CallRecord> = true;
    const attempt: Same<z.output<typeof RECORD>['attempts'][number], AttemptRecord> = true;
    expect([record, attempt]).to.deep.equal([true, true]);
  });

  it('is written down in config, with its version: node dist/lib/setup/write-schema.js writes it anew', () => {
    const written = JSON.parse(readFileSync(FILE, 'utf8')) as object;
    expect(written).to.deep.equal(JSON.parse(JSON.stringify(recordSchema())));
    expect(written).to.include({ version: RECORD_SCHEMA, additionalProperties: false });
  });

  it('has every field in every record: of an answered call, of a refused one, and of one of the first schema', async () => {
    const harness = new ServiceHarness({ members: [A, B], group: { owner: 'one' } });
    await harness.call({ diversion: '<tel:+37120000009>' });
    harness.leg(1).reply(486, { warning: '399 x "y"' });
    await immediates();
    await harness.answered(2);
    harness.server.inDialog('caller-dialog', 'BYE');
    await immediates();
    harness.offer({ require: 'precondition' });
    const first = [
      'call',
      'c',
      'pilot',
      '+37167000000',
      'status',
      '200',
      'started',
      '1',
      'ended',
      '2',
      'turn',
      '1',
      'version',
      '1',
    ];
    const old = readRecord([
      ...first,
      'attempts',
      '[{"member":"+37120000001","started":1,"rang":null,"ended":2,"why":"busy","status":486}]',
    ]);
    // `media` only of a group that wishes for voices.
    const always = Object.keys(RECORD.shape).filter((name) => name !== 'media' && !ONLY_WHERE_SO.includes(name));
    for (const record of [...harness.records, old]) {
      expect(RECORD.safeParse(record).error?.issues ?? []).to.deep.equal([]);
      expect(Object.keys(record ?? {}).sort()).to.deep.equal(always.sort());
    }
    for (const mark of ONLY_WHERE_SO) {
      expect(RECORD.safeParse({ ...harness.records[0], [mark]: true }).success, mark).to.equal(true);
      expect(RECORD.safeParse({ ...harness.records[0], [mark]: false }).success, mark).to.equal(false);
    }
  });
});
