import { expect } from 'chai';
import { documentOf } from '../../../lib/store/records/fields.js';
import { recordOf } from '../../support/store.js';

describe('A record holds no more of what a peer chose than a person reads', () => {
  it('Call-ID, caller, shown number and diversions are cut, and have no control characters; it is found by the Call-ID as cut', () => {
    const long = `\x9b31m${'x'.repeat(7_000)}\x85`;
    const record = {
      ...recordOf('c1'),
      caller: long,
      callId: long,
      presented: long,
      diverted: Array(4_000).fill(long) as string[],
    };
    const document = documentOf(record);
    expect(document.length).to.be.below(8_000);
    expect(document).to.match(/^[^\x7f-\x9f]*$/);
    const [fields, , , callId] = JSON.parse(document) as [string[], string[], string[], string];
    expect(callId).to.equal(`\ufffd31m${'x'.repeat(252)}…`);
    expect(fields[fields.indexOf('callId') + 1]).to.equal(callId);
  });

  it('what is of usual length stays as it is, letters of any language too', () => {
    const record = { ...recordOf('c1'), caller: 'Jānis Bērziņš', callId: '1234567_1@10.1.0.1' };
    expect(documentOf(record)).to.contain('Jānis Bērziņš').and.contain('1234567_1@10.1.0.1');
  });
});
