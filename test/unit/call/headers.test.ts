import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { agreedEvents, eventOf } from '../../../lib/call/events.js';
import { HeaderRules } from '../../../lib/call/headers.js';
import { loadConfig } from '../../../lib/config/load.js';
import { CALL_SETTINGS } from '../../support/defaults.js';

const ONLY_DEFAULTS = (path: string): string => readFileSync(path, 'utf8');
const trusted = { trusted: true, isWithheld: false };

/** The configuration with these headers to members. */
const configured = (toMember: readonly string[]): readonly string[] =>
  loadConfig({ VIRKNE_CONFIG: 'own.json' }, (path) =>
    path === 'own.json' ? JSON.stringify({ ringing: { headers: { toMember } } }) : ONLY_DEFAULTS(path),
  ).ringing.headers.toMember;

describe('Headers that pass between the legs', () => {
  it('names are read in any case and in compact form, prefixes with -*', () => {
    expect(configured(['USER-agent', ' s ', 'X-*', 'P-Visited-*'])).to.deep.equal([
      'user-agent',
      'subject',
      'x-*',
      'p-visited-*',
    ]);
  });

  for (const [name, why] of [
    ['Via', 'it belongs to the hop or transaction'],
    ['m', 'it belongs to the dialog'],
    ['CSeq', 'it belongs to the hop or transaction'],
    ['Content-Length', 'it belongs to the hop or transaction'],
    ['Supported', 'it belongs to what each side supports'],
    ['x', 'it belongs to the session timer'],
    ['Proxy-Authorization', 'it belongs to the credentials of the leg'],
    ['P-Preferred-Identity', 'RFC 3325 §6'],
    ['*', 'must be the name of a header'],
    ['X*', 'must be the name of a header'],
    ['A B', 'must be the name of a header'],
    ['', 'must be the name of a header'],
  ]) {
    it(`"${name}" is refused: ${why}`, () => {
      expect(() => configured(['Subject', name as string]))
        .to.throw(`ringing.headers.toMember[1]`)
        .with.property('message')
        .that.includes(why);
    });
  }

  it('a prefix does not let through what belongs to a leg', () => {
    const rules = new HeaderRules({ ...CALL_SETTINGS.headers, toMember: ['P-*', 'Session-*', 'X-*'] });
    const received = {
      'p-preferred-identity': '<tel:+1>',
      'p-visited-network-id': 'a',
      'session-expires': '90',
      'session-id': 'b',
      'x-trying': 'deliver',
      'x-late-answer': 'deliver',
      'x-localhost': 'deliver',
      'x-route': '<sip:192.0.2.66;lr>',
      'x-final-status': '200',
      'x-a': 'c',
    };
    expect(rules.toMember(received, trusted)).to.deep.equal({
      'p-visited-network-id': 'a',
      'session-id': 'b',
      'x-a': 'c',
    });
  });

  it('a body keeps its content headers whatever the lists say', () => {
    const rules = new HeaderRules({ toMember: [], toCaller: [], inDialog: [], bye: [] });
    const received = {
      'content-type': 'a/b',
      'content-disposition': 'c',
      'content-encoding': 'd',
      'mime-version': '1.0',
      subject: 'e',
    };
    const { subject, ...kept } = received;
    expect(subject).to.equal('e');
    expect(rules.toMember(received, trusted)).to.deep.equal(kept);
    expect(rules.toCaller(received, trusted)).to.deep.equal(kept);
    expect(rules.inDialog(received, 'member', trusted)).to.deep.equal(kept);
    expect(rules.bye(received, 'caller', trusted)).to.deep.equal(kept);
  });
});

describe('Events that both ends agree upon', () => {
  const info = (method: string): Record<string, string> => ({
    'call-info': `<sip:a@x>;method="${method}", <http://x>;purpose=icon`,
  });

  for (const [caller, member, agreed] of [
    ['NOTIFY;Event=telephone-event;Duration=2000', 'Notify;Event=telephone-event;Duration=1000', ['telephone-event']],
    ['NOTIFY;Duration=2000;Event=telephone-event', 'NOTIFY; event = telephone-event', ['telephone-event']],
    ['NOTIFY;Event=telephone-event', 'NOTIFY;Event=Telephone-Event', []],
    ['NOTIFY;Event=telephone-event', 'INFO;Event=telephone-event', []],
    ['NOTIFY', 'NOTIFY', []],
  ] as const) {
    it(`"${caller}" and "${member}": ${agreed.length === 0 ? 'none' : agreed.join()}`, () => {
      expect([...agreedEvents(info(caller), info(member))]).to.deep.equal(agreed);
    });
  }

  it('one end alone agrees upon nothing', () => {
    expect(agreedEvents(info('NOTIFY;Event=a'), {}).size).to.equal(0);
    expect(agreedEvents({}, info('NOTIFY;Event=a')).size).to.equal(0);
  });

  it('the event of a NOTIFY is its package', () => {
    expect(eventOf({ event: 'telephone-event ;rate=1000' })).to.equal('telephone-event');
    expect(eventOf({})).to.equal('');
  });
});
