import { expect } from 'chai';
import fc from 'fast-check';
import { parseNameAddress, tagOf, uriOf, withoutTag, withTag, withUri } from '../../../lib/sip/address.js';
import { hasOption, mainValue, paramsOf } from '../../../lib/sip/headers.js';
import { isSipsUri } from '../../../lib/sip/uri.js';

/** [as written, URI, tag] */
const READ: readonly (readonly [string, string, string])[] = [
  ['"Desk ;tag=front" <sip:a@b>;tag=real', 'sip:a@b', 'real'],
  ['"<sip:x@y>;tag=1, \\"" <sip:a@b>', 'sip:a@b', ''],
  ['"\\\\" <sip:a@b>;tag=x', 'sip:a@b', 'x'],
  ['<sip:a;tag=no@b;tag=no?tag=no>;p="q;tag=no";TAG = "yes"', 'sip:a;tag=no@b;tag=no?tag=no', 'yes'],
  ['sip:a@b;tag=x', 'sip:a@b', 'x'],
  ['sip:x@h:5060;+sip.instance="<urn:uuid:1>"', 'sip:x@h:5060', ''],
  ['sip:x@h ; p = "a,<b>;tag=no" ; tag = x', 'sip:x@h', 'x'],
  ['tel:+371;p="\\"<"', 'tel:+371', ''],
  ['Desk Two\t<sip:a@b>\r\n ;tag=x', 'sip:a@b', 'x'],
];

const MALFORMED = [
  '"open <sip:a@b>;tag=1',
  'Smith, J <sip:a@b>;tag=1',
  'a"b <sip:a@b>;tag=1',
  'sip:a@b;p <sip:c@d>;tag=1',
  'sip:a@b;p="<>',
  '<sip:a@b',
  '',
];

describe('Addresses, and what is changed in them (RFC 3261 §20.10, §25.1)', () => {
  for (const [text, uri, tag] of READ) {
    it(`${JSON.stringify(text)} is ${uri} with the tag "${tag}"`, () => {
      expect([uriOf(text), tagOf(text)]).to.deep.equal([uri, tag]);
      expect(parseNameAddress(text)?.uri).to.equal(uri);
    });

    it(`${JSON.stringify(text)} without its tag, and with another one, is the same otherwise`, () => {
      const { displayName, params } = parseNameAddress(text) ?? {};
      const others = new Map([...(params ?? [])].filter(([name]) => name !== 'tag'));
      expect(parseNameAddress(withoutTag(text))).to.deep.equal({ displayName, uri, params: others });
      const tagged = parseNameAddress(withTag(text, 't'));
      expect(tagged).to.deep.equal({ displayName, uri, params: new Map([...others, ['tag', 't']]) });
    });
  }

  for (const text of MALFORMED) {
    it(`${JSON.stringify(text)} is malformed, has no tag, and stays as it is`, () => {
      expect([uriOf(text), tagOf(text), withoutTag(text)]).to.deep.equal([undefined, '', text]);
      expect(withUri(text, () => 'sip:x')).to.equal(text);
    });
  }

  it('of two tags the first counts, and without its tag an address has none', () => {
    expect(tagOf('<sip:a@b>;tag=1;tag=2')).to.equal('1');
    expect(withoutTag('<sip:a@b>;tag=1;x;tag=2')).to.equal('<sip:a@b>;x');
  });

  it('another URI stands in brackets, and everything around it stays by the letter', () => {
    expect(withUri('"a <b>" <sip:a@b>;x="<"', () => 'sip:c')).to.equal('"a <b>" <sip:c>;x="<"');
    expect(withUri('sip:a@b;x="<"', (uri) => `${uri};lr`)).to.equal('<sip:a@b;lr>;x="<"');
  });

  it('whatever a quoted name holds, it is one', () => {
    const content = fc.string({ unit: fc.constantFrom(...'<>;,"\\@:=?tag sip\t'), maxLength: 30 });
    fc.assert(
      fc.property(content, (name) => {
        const quoted = `"${name.replace(/["\\]/g, '\\$&')}"`;
        expect(parseNameAddress(`${quoted}<sip:a@b>;tag=x`)).to.include({ displayName: name, uri: 'sip:a@b' });
        expect(withoutTag(`${quoted} <sip:a@b>;tag=x`)).to.equal(`${quoted} <sip:a@b>`);
        expect(tagOf(`sip:a@b;p=${quoted};tag=x`)).to.equal('x');
      }),
    );
  });
});

describe('Values with parameters, and lists of tokens', () => {
  it('the value ends at the first semicolon, and quotes in parameters are respected', () => {
    expect(mainValue(' terminated ;reason="a;b"')).to.equal('terminated');
    expect(paramsOf('SIP;cause=200;text="Say \\"hi\\"; x=1"').get('text')).to.equal('Say "hi"; x=1');
    expect(paramsOf('90').size).to.equal(0);
  });

  it('a token is not found within another one', () => {
    expect(hasOption('timer, 100REL', '100rel')).to.equal(true);
    expect(hasOption('x-100rel, 100rel-x', '100rel')).to.equal(false);
  });

  it('RFC 3261 §19.1.1: a scheme has no case', () => {
    expect([isSipsUri('SIPS:a@b'), isSipsUri('sip:sips:a@b'), isSipsUri('sips')]).to.deep.equal([true, false, false]);
  });
});
