import { expect } from 'chai';
import type { Context } from '../../../lib/engine/context.js';
import type { ListeningPoint } from '../../../lib/engine/network.js';
import { responseFields, sort, spelling, substituteLocalhost } from '../../../lib/engine/outgoing-headers.js';
import { mergeKey, serverKey } from '../../../lib/engine/transaction/matching.js';
import { buildRequest } from '../../../lib/engine/uac/build.js';
import { withTag } from '../../../lib/sip/address.js';
import { type Field, SipMessage } from '../../../lib/sip/message.js';
import { SESSION_EXPIRES } from '../../../lib/sip/names.js';

const LOCAL = { hostPort: '192.0.2.1:5060' } as ListeningPoint;

const request = (method: string, changes: Record<string, string> = {}): SipMessage => {
  const fields: Record<string, string> = {
    Via: 'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKa',
    From: '<sip:a@192.0.2.9>;tag=f',
    To: '<sip:b@192.0.2.1>',
    'Call-ID': 'c1',
    CSeq: `1 ${method}`,
    ...changes,
  };
  return SipMessage.request(method, 'sip:b@192.0.2.1', Object.entries(fields));
};

describe('Drafts: what an application may say', () => {
  it('puts our address in place of localhost, always in angle brackets', () => {
    const cases: [string, string][] = [
      ['sip:1234@localhost', '<sip:1234@192.0.2.1:5060>'],
      ['<sip:c@localhost:7777;transport=tcp>;q=1', '<sip:c@192.0.2.1:5060;transport=tcp>;q=1'],
      ['"A" <sip:a@localhost>;tag=x', '"A" <sip:a@192.0.2.1:5060>;tag=x'],
      ['sip:a@localhost;tag=x', '<sip:a@192.0.2.1:5060>;tag=x'],
      ['<sip:a@localhost.example.com>', '<sip:a@localhost.example.com>'],
      ['<sip:localhost>', '<sip:localhost>'],
      ['"x@localhost" <sip:a@b>', '"x@localhost" <sip:a@b>'],
      ['"<" <sip:a@LOCALHOST>;x="@localhost"', '"<" <sip:a@192.0.2.1:5060>;x="@localhost"'],
    ];
    for (const [given, expected] of cases) expect(substituteLocalhost(given, LOCAL)).to.equal(expected);
  });

  it('leaves localhost in what a peer wrote, but not in our Contact', () => {
    const fields: Field[] = [
      ['From', '<sip:a@localhost>'],
      ['To', '<sip:b@localhost>'],
      ['Contact', '<sip:c@localhost>'],
      ['P-Asserted-Identity', '<sip:d@localhost>'],
    ];
    const { from, to, contact, rest } = sort({ fields, body: '', keepsLocalhost: true }, LOCAL);
    expect([from, to, contact]).to.deep.equal(['<sip:a@localhost>', '<sip:b@localhost>', '<sip:c@192.0.2.1:5060>']);
    expect(rest).to.deep.equal([['P-Asserted-Identity', '<sip:d@localhost>']]);
  });

  it('spells header names as usual, leaves X- alone, drops what is no token', () => {
    const cases: [string, string][] = [
      ['call-id', 'Call-ID'],
      ['p-charging-vector', 'P-Charging-Vector'],
      ['x-FOO-bar', 'x-FOO-bar'],
      ['bad name', ''],
      ['rack', 'RAck'],
      ['user-to-user', 'User-to-User'],
      ['session-id', 'Session-ID'],
      ['www-authenticate', 'WWW-Authenticate'],
    ];
    for (const [given, expected] of cases) expect(spelling(given)).to.equal(expected);
  });

  it('drops what is the engine’s own, and no line break gets through', () => {
    const fields: Field[] = [
      ['via', 'x'],
      ['Route', 'x'],
      ['record-route', 'x'],
      ['RSeq', '1'],
      ['l', '3'],
      ['Subject', 'a\r\nVia: evil'],
    ];
    expect(sort({ fields, body: '' }, LOCAL).rest).to.deep.equal([['Subject', 'a Via: evil']]);
  });

  it('RFC 3261 §20: an address without brackets gets them before it gets a tag', () => {
    expect(withTag('sip:a@b;x=1', 't')).to.equal('<sip:a@b>;x=1;tag=t');
    expect(withTag('<sip:a@b>;tag=old', 't')).to.equal('<sip:a@b>;tag=t');
  });

  it('RFC 3261 §8.2.6.2: a response has the identity of its request, whatever the application says', () => {
    const sorted = sort(
      {
        fields: [
          ['From', '<sip:evil@x>'],
          ['Call-ID', 'other'],
          ['X-A', '1'],
        ],
        body: '',
      },
      LOCAL,
    );
    const fields = responseFields(
      request('INVITE'),
      { status: 200, localTag: 'mine', contact: '<sip:192.0.2.1>' },
      sorted,
    );
    expect(Object.fromEntries(fields)).to.deep.equal({
      Via: 'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKa',
      From: '<sip:a@192.0.2.9>;tag=f',
      To: '<sip:b@192.0.2.1>;tag=mine',
      'Call-ID': 'c1',
      CSeq: '1 INVITE',
      Contact: '<sip:192.0.2.1>',
      'X-A': '1',
    });
  });
});

describe('Requests that begin here', () => {
  const context = { ids: { token: () => 'ours', uuid: () => 'made' }, clock: { now: () => 1_700_000_000_000 } };
  const local = { ...LOCAL, contact: '<sip:192.0.2.1:5060>' } as ListeningPoint;

  it('are known by what their fields say: Call-ID, From tag and CSeq need not be read again', () => {
    const cases: [string | undefined, string | undefined, string | undefined][] = [
      [undefined, undefined, undefined],
      ['"Ann" <sip:a@b>', 'c1', '7'],
      ['"Ann" <sip:a@b>;tag=given', 'c1', '0'],
      ['<sip:a@b>;x="y;tag=no";TAG="quoted ;"', 'c 1', '2147483647'],
      ['sip:a@b;tag=t;x=1', '', undefined],
      ['<sip:a@b>;tag=first;tag=second', 'c1', undefined],
    ];
    for (const [from, callId, cseq] of cases) {
      const fields: Field[] = [];
      if (from !== undefined) fields.push(['from', from]);
      if (callId !== undefined) fields.push(['call-id', callId]);
      if (cseq !== undefined) fields.push(['cseq', cseq]);
      const draft = { method: 'INVITE', uri: 'sip:c@d', fields, body: '' };
      const unsent = buildRequest(context as unknown as Context, draft, local, draft.uri, []);
      const read = SipMessage.request(unsent.method, unsent.uri, unsent.fields);
      const said = { callId: read.callId, fromTag: read.fromTag, cseq: read.cseq };
      const { callId: ownCallId, fromTag, cseq: ownCSeq } = unsent;
      expect({ callId: ownCallId, fromTag, cseq: ownCSeq }, `${from}`).to.deep.equal(said);
      const start = { method: unsent.method, uri: unsent.uri, status: 0, reason: '' };
      const sent = SipMessage.outgoing(start, unsent.fields, '', unsent);
      expect({ callId: sent.callId, fromTag: sent.fromTag, cseq: sent.cseq }).to.deep.equal(said);
      expect(sent.text).to.equal(read.text);
    }
  });

  it('RFC 3261 §7.3.3: a field is found in every spelling, by name and by number', () => {
    for (const written of ['Session-Expires', 'session-expires', 'SESSION-EXPIRES', 'sEssion-expireS', 'x', 'X']) {
      const message = SipMessage.request('INVITE', 'sip:c@d', [
        ['Subscription', 'of the same length'],
        ['Y', 'another letter'],
        [written, '90'],
        [written, '91'],
      ]);
      expect(message.first('session-expires'), written).to.equal('90');
      expect(message.firstNumbered(SESSION_EXPIRES), written).to.equal('90');
      expect(message.all('session-expires'), written).to.deep.equal(['90', '91']);
      expect(message.head.number(2), written).to.equal(SESSION_EXPIRES);
      expect(message.first('subscription')).to.equal('of the same length');
      expect(message.first('unknown')).to.equal(undefined);
    }
  });
});

describe('Matching', () => {
  it('RFC 3261 §17.2.3: branch, sent-by and method; an ACK finds its INVITE', () => {
    const invite = request('INVITE');
    expect(serverKey(request('ACK'), 'INVITE')).to.equal(serverKey(invite, 'INVITE'));
    expect(serverKey(request('CANCEL'), 'CANCEL')).not.to.equal(serverKey(invite, 'INVITE'));
    const elsewhere = request('INVITE', { Via: 'SIP/2.0/UDP 192.0.2.8:5060;branch=z9hG4bKa' });
    expect(serverKey(elsewhere, 'INVITE')).not.to.equal(serverKey(invite, 'INVITE'));
    expect(mergeKey(elsewhere, 'INVITE')).to.equal(mergeKey(invite, 'INVITE'));
  });

  it('RFC 3261 §7.3.1: branch, host and tag have no case, method and Call-ID have', () => {
    const key = (method: string, branch: string, host: string): string =>
      serverKey(request(method, { Via: `SIP/2.0/UDP ${host}:5060;branch=${branch}` }), method);
    expect(key('INVITE', 'Z9HG4BKAB', 'Sbc.Example')).to.equal(key('INVITE', 'z9hG4bKab', 'sbc.example'));
    expect(key('invite', 'z9hG4bKab', 'sbc.example')).to.not.equal(key('INVITE', 'z9hG4bKab', 'sbc.example'));
    const merged = (from: string, callId: string): string =>
      mergeKey(request('INVITE', { From: from, 'Call-ID': callId }), 'INVITE');
    expect(merged('<sip:a@x>;tag=AB', 'c')).to.equal(merged('<sip:a@x>;tag=ab', 'c'));
    expect(merged('<sip:a@x>;tag=ab', 'C')).to.not.equal(merged('<sip:a@x>;tag=ab', 'c'));
  });

  it('RFC 3261 §17.2.3: a client of RFC 2543 has no branch that counts: its ACK is found by the rest', () => {
    const via = { Via: 'SIP/2.0/UDP 192.0.2.9:5060' };
    const invite = serverKey(request('INVITE', via), 'INVITE');
    expect(serverKey(request('ACK', { ...via, To: '<sip:b@192.0.2.1>;tag=ours' }), 'INVITE')).to.equal(invite);
    expect(serverKey(request('INVITE', { ...via, 'Call-ID': 'c2' }), 'INVITE')).not.to.equal(invite);
  });
});
