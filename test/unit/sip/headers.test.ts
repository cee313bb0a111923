import { expect } from 'chai';
import { allows } from '../../../lib/sip/headers.js';

describe('Allow (RFC 3261 §20.5)', () => {
  it('has a method as a whole token, wherever it stands', () => {
    for (const list of ['UPDATE', 'INVITE, UPDATE', 'UPDATE,ACK', 'INVITE ,\tUPDATE , BYE', 'X-UPDATE, UPDATE']) {
      expect(allows(list, 'UPDATE'), list).to.equal(true);
    }
  });

  it('RFC 3261 §7.1: has none of another name, nor in another case', () => {
    for (const list of ['', 'INVITE', 'X-UPDATE', 'UPDATES', 'UPDATE.2, INVITE', 'update']) {
      expect(allows(list, 'UPDATE'), list).to.equal(false);
    }
  });
});
