import { expect } from 'chai';
import { glanceAt } from '../../support/glance.js';

const shown = (text: string): Record<string, unknown> => {
  const { callId, isResponse, status, method, sequence, hasBody } = glanceAt(text);
  return { callId, isResponse, status, method, sequence, hasBody };
};

describe('A glance at a message', () => {
  it('reads what RFC 3261 §7.3.1 allows of a header: any case, the compact form, white space', () => {
    const compact = 'INVITE sip:x SIP/2.0\r\ni :  abc@x \r\ncSEQ:\t 7   INVITE\r\n\r\nv=0';
    const request = { callId: 'abc@x', isResponse: false, status: 0, method: 'INVITE', sequence: 7, hasBody: true };
    expect(shown(compact)).to.deep.equal(request);
    const response = { ...request, isResponse: true, status: 486, method: 'BYE', sequence: 22, hasBody: false };
    expect(shown('SIP/2.0 486 Busy\r\ncseq :  22\tBYE \r\nCALL-ID:abc@x\r\n\r\n')).to.deep.equal(response);
  });

  it('takes no octet of a Call-ID for white space that is none: 0xA0 ends many characters of UTF-8', () => {
    expect(shown('INVITE sip:x SIP/2.0\r\nCall-ID: \xa0a\xc3\xa0 \r\n\r\n').callId).to.equal('\xa0a\xc3\xa0');
  });

  it('what is not there is 0 or empty, and nothing of the message before it is left', () => {
    const glance = glanceAt('SIP/2.0 200 OK\r\nCall-ID: a\r\nCSeq: 1 BYE\r\n\r\n');
    glance.read('garbage');
    const { callId, isResponse, status, sequence } = glance;
    expect({ callId, isResponse, status, sequence }).to.deep.equal({
      ...{ callId: '', isResponse: false, status: 0, sequence: 0 },
    });
    glance.read('SIP/2.0 200 OK\r\nCall-ID: a\r\n\r\n');
    expect(glance.method).to.equal('');
  });

  it('whose Call-ID and CSeq are known already is seen as it stands in its text (RFC 3261 §8.2.6.2, §12.2.1.1)', () => {
    const invite = { callId: 'abc@x', cseq: { number: 7, method: 'INVITE' } };
    const behind = (cseq: string, body = ''): string => `\r\nCall-ID: abc@x\r\nCSeq: ${cseq}\r\n\r\n${body}`;
    for (const text of [
      `INVITE sip:x SIP/2.0${behind('7 INVITE', 'v=0')}`,
      `SIP/2.0 180 Ringing${behind('7 INVITE')}`,
      `SIP/2.0 200 OK${behind('7 INVITE', 'v=0')}`,
    ]) {
      const glance = glanceAt('SIP/2.0 486 Busy\r\nCall-ID: other\r\nCSeq: 1 BYE\r\n\r\n');
      glance.readAs(text, invite);
      expect(glance).to.deep.equal(glanceAt(text));
    }
  });

  it('what is said to be known and is not is read: the ACK of a refusal (§17.1.1.3), a method of nobody, no SIP', () => {
    const invite = { callId: 'abc@x', cseq: { number: 7, method: 'INVITE' } };
    const head = ' sip:x SIP/2.0\r\nCall-ID: abc@x\r\nCSeq: 7 ACK\r\n\r\n';
    for (const [text, of] of [
      [`ACK${head}`, invite],
      [`INVITED${head}`, invite],
      [`\r\nINVITE${head}`, invite],
      ['garbage', invite],
      [`BYES${head}`, { callId: 'abc@x', cseq: { number: 7, method: 'BYES' } }],
      [`INVITE${head}`, { ...invite, callId: '' }],
    ] as const) {
      const glance = glanceAt('');
      glance.readAs(text, of);
      expect(glance).to.deep.equal(glanceAt(text));
    }
  });

  it('a longer method than one that we know is not that one (RFC 3261 §7.1)', () => {
    expect(shown('INVITED sip:x SIP/2.0\r\n\r\n').method).to.equal('INVITED');
    expect(shown('SIP/2.0 200 OK\r\nCSeq: 1 BYES\r\n\r\n').method).to.equal('BYES');
  });
});
