import { expect } from 'chai';
import { parseNameAddress } from '../../../lib/sip/address.js';
import { ackFor, cancelFor, responseTo, stampReceived } from '../../../lib/sip/build.js';
import { descriptionIn, descriptionOf } from '../../../lib/sip/description.js';
import { type Field, SipMessage } from '../../../lib/sip/message.js';
import { defectOf } from '../../../lib/sip/validate.js';
import { inviteText, parsed } from '../../support/messages.js';

const VIAS = ['Via: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2', 'v: SIP/2.0/TCP c'];
const ROUTES = ['Route: <sip:r1;lr>,<sip:r2;lr>', 'Route: <sip:r3;lr>'];
const invite = parsed(inviteText({ Via: VIAS, Route: ROUTES, Timestamp: 'Timestamp: 54' }));

describe('responseTo: RFC 3261 §8.2.6.2', () => {
  it('copies all Via fields in order, From, To, Call-ID and CSeq', () => {
    const response = responseTo(invite, 486, 'Busy Here', { toTag: 't1', fields: [['Server', 'x']], body: 'b' });
    expect(response.all('via')).to.deep.equal(invite.all('via'));
    for (const name of ['from', 'call-id', 'cseq']) expect(response.first(name)).to.equal(invite.first(name));
    expect(response.toTag).to.equal('t1');
    expect(response.has('timestamp')).to.equal(false);
    const again = parsed(response.text);
    expect(again).to.include({ status: 486, reason: 'Busy Here', body: 'b' });
    expect(defectOf(again)).to.equal(undefined);
  });

  it('leaves a To tag that is there', () => {
    const tagged = parsed(inviteText({ To: 'To: <sip:a@b>;tag=old' }));
    expect(responseTo(tagged, 200, 'OK', { toTag: 'new' }).toTag).to.equal('old');
  });

  it('§8.2.6.1 a 100 carries Timestamp and no tag', () => {
    const trying = responseTo(invite, 100, 'Trying');
    expect(trying.first('timestamp')).to.equal('54');
    expect(trying.toTag).to.equal('');
  });
});

describe('ackFor: RFC 3261 §17.1.1.3', () => {
  it('has Request-URI, top Via, From, Call-ID, CSeq number and Route of the INVITE, To of the response', () => {
    const ack = ackFor(invite, responseTo(invite, 486, 'Busy Here', { toTag: 't1' }));
    expect(ack).to.include({ method: 'ACK', uri: invite.uri, callId: invite.callId, toTag: 't1', fromTag: 'f1' });
    expect(ack.all('via')).to.deep.equal(['SIP/2.0/UDP a;branch=z9hG4bK1']);
    expect(ack.all('route')).to.deep.equal(invite.all('route'));
    expect(ack.cseq).to.deep.equal({ number: 7, method: 'ACK' });
    expect(defectOf(parsed(ack.text))).to.equal(undefined);
  });
});

describe('cancelFor: RFC 3261 §9.1', () => {
  it('is the INVITE’s twin with its own method, and carries what is added', () => {
    const cancel = cancelFor(invite, [['Reason', 'SIP;cause=200']]);
    expect(cancel).to.include({ method: 'CANCEL', uri: invite.uri, callId: invite.callId, fromTag: 'f1', toTag: '' });
    expect(cancel.all('via')).to.deep.equal(['SIP/2.0/UDP a;branch=z9hG4bK1']);
    expect(cancel.all('route')).to.deep.equal(invite.all('route'));
    expect(cancel.cseq).to.deep.equal({ number: 7, method: 'CANCEL' });
    expect(cancel.first('reason')).to.equal('SIP;cause=200');
    expect(defectOf(parsed(cancel.text))).to.equal(undefined);
  });
});

describe('stampReceived: RFC 3261 §18.2.1, RFC 3581 §4', () => {
  const stamp = (via: string, address = '10.1.0.1', port = 5060): string => {
    const before = parsed(inviteText({ Via: via }));
    const after = stampReceived(before, address, port);
    // The text says what the fields say, and nothing else has changed.
    expect(parsed(after.text).first('via')).to.equal(after.first('via'));
    const [head, tail] = before.text.split(via) as [string, string];
    expect(after.text.startsWith(head) && after.text.endsWith(tail)).to.equal(true);
    return after.text.slice(head.length, after.text.length - tail.length);
  };

  it('§18.2.1 leaves a Via alone whose host is the source address', () => {
    expect(stamp('Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z')).to.equal('Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z');
  });

  it('§18.2.1 adds received when the host is a name or another address', () => {
    expect(stamp('Via: SIP/2.0/UDP h.example;branch=z')).to.equal(
      'Via: SIP/2.0/UDP h.example;branch=z;received=10.1.0.1',
    );
    expect(stamp('Via: SIP/2.0/UDP [2001:db8::1]', '2001:db8::2')).to.equal(
      'Via: SIP/2.0/UDP [2001:db8::1];received=2001:db8::2',
    );
    expect(stamp('Via: SIP/2.0/UDP [2001:db8::1]', '2001:db8::1')).to.equal('Via: SIP/2.0/UDP [2001:db8::1]');
  });

  it('RFC 3581 §4: rport gets the source port in place, received is added even when it is the same', () => {
    expect(stamp('Via: SIP/2.0/UDP 10.1.0.1:5060;rport;branch=z', '10.1.0.1', 1024)).to.equal(
      'Via: SIP/2.0/UDP 10.1.0.1:5060;rport=1024;branch=z;received=10.1.0.1',
    );
  });

  it('overwrites what the peer claims: responses go where these say', () => {
    expect(stamp('Via: SIP/2.0/UDP a;received=192.0.2.1;rport=53;branch=z', '10.1.0.1', 1024)).to.equal(
      'Via: SIP/2.0/UDP a;received=10.1.0.1;rport=1024;branch=z',
    );
    expect(stamp('Via: SIP/2.0/UDP 10.1.0.1;received=192.0.2.1')).to.equal(
      'Via: SIP/2.0/UDP 10.1.0.1;received=10.1.0.1',
    );
  });

  it('touches the top value only, and keeps spacing, folding and quotes', () => {
    expect(
      stamp('V  :  SIP / 2.0/UDP a ; x=";rport" ;\r\n rport ; branch=z , SIP/2.0/UDP b;rport', '10.1.0.1', 9),
    ).to.equal('V  :  SIP / 2.0/UDP a ; x=";rport" ;rport=9 ; branch=z;received=10.1.0.1 , SIP/2.0/UDP b;rport');
  });

  it('keeps compact names and odd headers of the rest byte for byte', () => {
    const text = inviteText({ Via: 'v: SIP/2.0/UDP a', From: 'f : <sip:x@y> ; tag = f1', X: 'X-Odd:a\r\n  b' });
    expect(stampReceived(parsed(text), '1.2.3.4', 5).text).to.equal(text.replace('UDP a', 'UDP a;received=1.2.3.4'));
  });

  it('works on a message that was built, not parsed', () => {
    const built = SipMessage.request('OPTIONS', 'sip:a', [['Via', 'SIP/2.0/UDP h;rport']]);
    expect(stampReceived(built, '1.2.3.4', 5).text).to.include('Via: SIP/2.0/UDP h;rport=5;received=1.2.3.4\r\n');
  });
});

describe('Headers and addresses', () => {
  it('§20 parameters behind an address without brackets belong to the header', () => {
    const address = parseNameAddress('sip:a@b;tag=1');
    expect(address).to.deep.include({ uri: 'sip:a@b' });
    expect(address?.params.get('tag')).to.equal('1');
  });
});

describe('Descriptions', () => {
  it('RFC 5621 §8: what is sent takes along every field about its body, in any spelling, and no other; so does what comes', () => {
    const about: Field[] = [
      ['c', 'application/sdp'],
      ['content-ID', '<1@a>'],
      ['CONTENT-DISPOSITION', 'session'],
      ['Content-Language', 'lv'],
      ['E', 'identity'],
      ['Content-Unknown', 'x'],
      ['MIME-Version', '1.0'],
      ['mime-version', '1.1'],
    ];
    const others: Field[] = [
      ['Call-ID', 'c1'],
      ['Session-ID', 'x'],
      ['Contact', '<sip:a@b>'],
      ['Contents', 'x'],
      ['M', '<sip:a@b>'],
      ['X-Content-Type', 'x'],
      ['User-to-User', 'x'],
      ['Mimes-Version', 'x'],
      ['{ontent-Type', 'no token'],
    ];
    const mixed = [...others, ...about].sort(([, one], [, other]) => one.localeCompare(other));
    const kept = mixed.filter((field) => about.includes(field));
    expect(descriptionOf(mixed, 'v=0')).to.deep.equal({ fields: kept, body: 'v=0' });
    expect(descriptionIn(SipMessage.request('ACK', 'sip:a@b', mixed, 'v=0'))).to.deep.equal({
      fields: kept,
      body: 'v=0',
    });
    expect(descriptionOf(mixed, '')).to.equal(undefined);
  });
});
