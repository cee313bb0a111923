import { expect } from 'chai';
import { type DigestExchange, DigestSession } from '../../../lib/sip-server/auth/session.js';

const REQUEST = { method: 'INVITE', uri: 'sip:a@b', body: '' };
const ask = (nonce: string, more = ''): string => `Digest realm="r", nonce="${nonce}", qop="auth"${more}`;

describe('What is done about challenges', () => {
  let session: DigestSession;
  let exchange: DigestExchange;
  let cnonces = 0;
  beforeEach(() => {
    session = new DigestSession({ username: 'u', password: 'p' }, () => `c${++cnonces}`);
    exchange = session.begin();
  });
  const www = (value: string): boolean => exchange.take({ 'www-authenticate': value });
  const sent = (header = 'authorization'): string => String(exchange.headersFor(REQUEST)[header] ?? '');

  it('nothing is sent before something was challenged', () => {
    expect(exchange.headersFor(REQUEST)).to.deep.equal({});
  });

  it('401 is answered with Authorization, 407 with Proxy-Authorization (RFC 3261 §22.2, §22.3)', () => {
    expect(www(ask('1'))).to.equal(true);
    expect(exchange.take({ 'proxy-authenticate': ask('2') })).to.equal(true);
    expect(sent()).to.include('nonce="1"');
    expect(sent('proxy-authorization')).to.include('nonce="2"');
  });

  it('every realm of a forking proxy is answered (RFC 3261 §22.3)', () => {
    exchange.take({ 'proxy-authenticate': `${ask('1')}, Digest realm="other", nonce="2"` });
    expect(exchange.headersFor(REQUEST)['proxy-authorization']).to.have.length(2);
  });

  it('the nonce count goes up with each use, under one cnonce (RFC 7616 §3.4)', () => {
    www(ask('1'));
    const [first, second] = [sent(), sent()];
    expect(first).to.include('nc=00000001');
    expect(second).to.include('nc=00000002');
    expect(/cnonce="(\w+)"/.exec(second)?.[1]).to.equal(/cnonce="(\w+)"/.exec(first)?.[1]);
  });

  it('a nonce that was refused is not answered again, and neither is a new one that is not stale (RFC 7616 §3.3)', () => {
    www(ask('1'));
    expect(www(ask('1'))).to.equal(false);
    expect(sent()).to.equal('');
    www(ask('1'));
    expect(www(ask('2'))).to.equal(false);
    www(ask('1'));
    expect(www(ask('1', ', stale=true'))).to.equal(false);
  });

  it('stale=true: once more with the new nonce, which is counted from 1', () => {
    www(ask('1'));
    sent();
    expect(www(ask('2', ', stale=true'))).to.equal(true);
    expect(sent()).to.include('nonce="2"').and.include('nc=00000001');
  });

  it('a server that finds every nonce stale is given up', () => {
    let answered = 0;
    while (answered < 100 && www(ask(String(answered), ', stale=true'))) answered++;
    expect(answered).to.equal(4);
  });

  it('the next request may be challenged again, but not with a nonce that was just refused', () => {
    www(ask('1'));
    exchange = session.begin();
    expect(sent()).to.include('nonce="1"');
    expect(www(ask('2'))).to.equal(true);
    exchange = session.begin();
    expect(sent()).to.include('nonce="2"');
    expect(www(ask('2'))).to.equal(false);
  });

  it('requests that are under way at once have each their own answers, and count one nonce together (RFC 7616 §3.4)', () => {
    www(ask('1'));
    const other = session.begin();
    const sentBy = (one: DigestExchange): string => String(one.headersFor(REQUEST).authorization);
    const fresh = { 'www-authenticate': ask('2') };
    exchange = session.begin();
    expect([sentBy(other), sentBy(exchange)].map((value) => /nonce="(\d)"/.exec(value)?.[1])).to.deep.equal(['1', '1']);
    expect(other.take(fresh)).to.equal(true);
    expect(sentBy(other)).to.include('nonce="2"').and.include('nc=00000001');
    expect(exchange.take(fresh), 'the same challenge to the other one').to.equal(true);
    expect(sentBy(exchange)).to.include('nonce="2"').and.include('nc=00000002');
    expect(exchange.take(fresh), 'refused').to.equal(false);
  });

  it('what cannot be answered is not answered', () => {
    expect(exchange.take({})).to.equal(false);
    expect(www('Basic realm="r"')).to.equal(false);
    expect(exchange.headersFor(REQUEST)).to.deep.equal({});
  });
});
