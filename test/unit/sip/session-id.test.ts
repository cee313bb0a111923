import { expect } from 'chai';
import { answeringSessionId, localUuid, NIL_UUID, remoteUuid } from '../../../lib/sip/session-id.js';

const [A, B] = ['0123456789abcdefABCDEF0123456789', 'b73abe9941234223b868bbdb475329c8'];

describe('Session-ID (RFC 7989)', () => {
  it('§5: reads both ends in the usual spelling and in any other', () => {
    for (const value of [
      `${A};remote=${B}`,
      ` ${A} ; Remote = ${B}`,
      `${A};logme;remote=${B}`,
      `${A};remote=${B};x=1`,
    ]) {
      expect([localUuid(value), remoteUuid(value)], value).to.deep.equal([A, B]);
    }
  });

  it('§6: what is no UUID of 32 digits says nothing, nor does the nil UUID', () => {
    const wrong = `g${A.slice(1)}`;
    expect([localUuid(`${wrong};remote=${B}`), remoteUuid(`${wrong};remote=${B}`)]).to.deep.equal([undefined, B]);
    expect([localUuid(`${A};remote=${wrong}`), remoteUuid(`${A};remote=${wrong}`)]).to.deep.equal([A, undefined]);
    expect([localUuid(`${A}0;remote=${B}`), localUuid(A.slice(1)), localUuid(undefined)]).to.deep.equal(
      new Array(3).fill(undefined),
    );
    expect([localUuid(`${NIL_UUID};remote=${B}`), remoteUuid(`${A};remote=${NIL_UUID}`)]).to.deep.equal([
      undefined,
      undefined,
    ]);
  });

  it('§7, §8: the answer has the ends exchanged, and what is known of each', () => {
    expect(answeringSessionId(`${A};remote=${NIL_UUID}`, undefined)).to.equal(`${NIL_UUID};remote=${A}`);
    expect(answeringSessionId(`${A};remote=${B}`, `${B};remote=${NIL_UUID}`)).to.equal(`${B};remote=${A}`);
    expect(answeringSessionId(`${NIL_UUID};remote=${NIL_UUID}`, undefined)).to.equal(undefined);
  });
});
