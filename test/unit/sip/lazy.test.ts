/** Messages keep positions in their text: whatever is read of them equals what plain parsers read in the values cut out of it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { parseNameAddress } from '../../../lib/sip/address.js';
import { stampReceived } from '../../../lib/sip/build.js';
import { valueEnd } from '../../../lib/sip/headers.js';
import { SipMessage } from '../../../lib/sip/message.js';
import { parseParams } from '../../../lib/sip/params.js';
import { parseMessage } from '../../../lib/sip/parse.js';
import { parseSipUri } from '../../../lib/sip/uri.js';
import { defectOf } from '../../../lib/sip/validate.js';
import { parseVia } from '../../../lib/sip/via.js';
import { createRandom, mutate } from '../../fuzz/mutate.js';
import { inviteText, namesOf, parsed } from '../../support/messages.js';
import { loadTorture } from '../../torture/corpus.js';
import * as reference from './reference.js';

const MUTANTS = 4_000;

const VIAS = [
  'SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bKa1;rport',
  'SIP/2.0/UDP h;received=1.2.3.4;rport=6;branch="z9hG4bK\\"q"',
  'SIP/2.0/TCP [2001:db8::1]:5070 ;Branch=z;RPORT;branch=y , SIP/2.0/UDP b;rport',
  'SIP / 2.0 / TLS\r\n  a ;\r\n\trport ;received',
];

/** Torture messages, and usual ones with odd spellings. */
const corpus = [
  ...loadTorture().map(({ text }) => text),
  ...VIAS.map((via) => inviteText({ Via: `v : ${via}`, From: 'f:"a, \\"b" <sip:a@b;x=1>;TAG="q\\"t"' })),
  inviteText({
    Contact: 'm: <sip:a@b>, "c, d" <sip:c@d>;q=0.1',
    Route: ['Route: <sip:r1;lr>,<sip:r2>', 'ROUTE:<sip:r3>'],
  }),
];

const first = (value: string): string => value.slice(0, valueEnd(value, 0));
const mutants = (seed: number): SipMessage[] => {
  const random = createRandom(seed);
  return Array.from({ length: MUTANTS }, (_, i) => corpus[i] ?? mutate(corpus, random)).flatMap(
    (text) => parseMessage(text) ?? [],
  );
};

/** Undefined where a view is malformed. */
const views = (message: SipMessage): object => ({
  via: message.tryVia() && pick(message.tryVia() as reference.Via),
  from: message.tryFrom(),
  to: message.tryTo(),
  fromTag: message.tryFromTag(),
  toTag: message.tryToTag(),
  cseq: message.tryCSeq(),
  contact: message.contactUri === undefined ? undefined : parseNameAddress(message.values('contact')[0] ?? ''),
  contactUri: message.contactUri,
  branch: message.tryVia()?.branch,
  hasRport: message.tryVia()?.hasRport,
  hasReceived: message.tryVia()?.hasReceived,
});

const pick = ({ transport, host, port, params }: reference.Via): reference.Via => ({ transport, host, port, params });

/** The same of the values as they are cut out. */
function expected(message: SipMessage): object {
  const value = (name: string): string => message.fields[namesOf(message).indexOf(name)]?.[1] ?? '';
  const via = reference.via(first(value('via')).trim());
  const from = reference.nameAddress(value('from'));
  const to = reference.nameAddress(value('to'));
  const contact = reference.nameAddress(first(value('contact')));
  return {
    ...{ via, from, to, contact, contactUri: contact?.uri, cseq: reference.cseq(value('cseq')) },
    fromTag: from && (from.params.get('tag') ?? ''),
    toTag: to && (to.params.get('tag') ?? ''),
    branch: via && (via.params.get('branch') ?? ''),
    hasRport: via?.params.has('rport'),
    hasReceived: via?.params.has('received'),
  };
}

describe('Views read from positions', () => {
  it(`${MUTANTS} mutants: fields and views equal those of plain parsers, judged or not`, function () {
    this.timeout(20_000);
    mutants(1).forEach((message, i) => {
      if (i % 2 === 0) defectOf(message);
      expect(views(message), message.text).to.deep.equal(expected(message));
      if (message.tryVia()) expect(message.hasOneVia).to.equal(message.values('via').length === 1);
      const { fault } = message;
      if (fault !== undefined) return;
      const fields = reference.fields(message.text);
      expect(message.fields).to.deep.equal(fields.map(({ field }) => field));
      expect(namesOf(message)).to.deep.equal(fields.map(({ name }) => name));
      for (const { name } of fields) {
        const values = fields.filter((other) => other.name === name).map(({ field }) => field[1]);
        expect(message.all(name)).to.deep.equal(values);
        expect(message.first(name)).to.equal(values[0]);
      }
    });
  });

  it('two messages may be read in turns, and in any order', () => {
    const [left, right] = [mutants(2), mutants(2)];
    for (let i = 1; i < left.length; i++) {
      const [a, b, again] = [left[i - 1], left[i], right[i - 1]] as [SipMessage, SipMessage, SipMessage];
      const verdict = defectOf(again);
      const read = views(again);
      const turns = [
        a.tryFromTag(),
        b.tryFromTag(),
        a.tryVia()?.branch,
        b.contactUri,
        a.tryToTag(),
        b.tryCSeq(),
        a.tryCSeq(),
      ];
      expect(turns).to.have.length(7);
      expect(views(a)).to.deep.equal(read);
      defectOf(b);
      expect(defectOf(a)).to.deep.equal(verdict);
    }
  });

  it('a message that was built has the same views as the one that is parsed from its text', () => {
    for (const message of mutants(3)) {
      if (message.fault !== undefined || !message.isRequest) continue;
      const built = SipMessage.request(message.method, message.uri, message.fields, message.body);
      expect(views(built), message.text).to.deep.equal(views(message));
      expect(defectOf(built), message.text).to.deep.equal(defectOf(message));
    }
  });

  it('a stamped request reads as it is written, and may be stamped again', () => {
    for (const message of mutants(4)) {
      if (defectOf(message) !== undefined) continue;
      const stamped = stampReceived(message, '192.0.2.7', 5066);
      expect(views(stamped), stamped.text).to.deep.equal(views(parsed(stamped.text)));
      expect(stamped.all('via')).to.deep.equal(parsed(stamped.text).all('via'));
      const twice = stampReceived(stamped, '2001:db8::7', 9);
      expect(twice.text).to.equal(stampReceived(parsed(stamped.text), '2001:db8::7', 9).text);
      expect(views(twice)).to.deep.equal(views(parsed(twice.text)));
    }
  });

  it('a text longer than any datagram is read, too', () => {
    const message = parsed(
      inviteText({ Subject: `Subject: ${'x'.repeat(200_000)}`, From: 'From: <sip:a@b>;tag=last' }),
    );
    expect(message.fromTag).to.equal('last');
    expect(message.first('subject')).to.have.length(200_000);
    expect(parsed(inviteText()).fromTag).to.equal('f1');
  });

  it('the usual spelling of a name is kept like any other', () => {
    const message = parsed(
      inviteText({ Via: 'Via:SIP/2.0/UDP a', To: 'TO : <sip:a@b>', X: ['x-y:\t1', 'Require:', 's: a: b'] }),
    );
    expect(message.fields.slice(-5)).to.deep.equal([
      ['Via', 'SIP/2.0/UDP a'],
      ['TO', '<sip:a@b>'],
      ['x-y', '1'],
      ['Require', ''],
      ['s', 'a: b'],
    ]);
  });
});

describe('Scanners of single values', () => {
  const PIECES =
    `< > " \\ ; , = : @ ? [ ] * sip: SIPS: tel: a b 5060 ::1 lr x=y tag TAG= branch= rport ;received=1 %41 SIP/2.0/UDP
    SIP/2.0/ sip/3/TCP 10.0.0.1`.split(/\s+/);
  // Single values are parsed of texts that are no binary strings, too: `Ģ` is not its low byte, which is a quote.
  const piece = fc.constantFrom(...PIECES, ' ', '\t', '\r\n ', '\0', '\x7f', '\xa0', '\xff', 'Ģ', 'Ļ', '\u212a');
  const value = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

  it('read what plain parsers read', () => {
    fc.assert(
      fc.property(value, (text) => {
        expect(parseNameAddress(text)).to.deep.equal(reference.nameAddress(text));
        expect(parseVia(text)).to.deep.equal(reference.via(text));
        expect(parseSipUri(text)).to.deep.equal(reference.sipUri(text));
        expect(parseParams(text)).to.deep.equal(reference.params(text));
      }),
      { numRuns: 20_000, seed: 20 },
    );
  }).timeout(20_000);
});
