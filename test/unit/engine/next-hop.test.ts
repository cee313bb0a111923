import { expect } from 'chai';
import type { Flow, Protocol } from '../../../lib/engine/api.js';
import { judged, nextHopFor } from '../../../lib/engine/dialog/next-hop.js';

const flowFrom = (address: string, protocol: Protocol = 'udp'): Flow => ({
  protocol,
  address,
  port: 5060,
  local: { address: '10.0.0.1', port: 5060 },
});

describe('Next hop within a dialog without Record-Route (RFC 3261 §12.2.1.1)', () => {
  const cases: readonly [what: string, contact: string, source: string, to: 'contact' | 'source' | 'dns'][] = [
    ['the same host and port', 'sip:a@10.0.0.9:5060', '10.0.0.9', 'contact'],
    ['the same host, another port', 'sip:a@10.0.0.9:5072', '10.0.0.9', 'contact'],
    ['the same host without a port', 'sip:a@10.0.0.9', '10.0.0.9', 'contact'],
    ['the same host over another transport', 'sip:a@10.0.0.9:5072;transport=tcp', '10.0.0.9', 'contact'],
    ['a private address from a public source', 'sip:a@192.168.1.5:5060', '203.0.113.7', 'source'],
    ['another public address', 'sip:a@198.51.100.1:5060', '203.0.113.7', 'source'],
    ['IPv6, another spelling of the source', 'sip:a@[2001:DB8:0::1]:5072', '2001:db8::1', 'contact'],
    ['IPv6, another host', 'sip:a@[2001:db8::2]:5060', '2001:db8::1', 'source'],
    ['IPv4 mapped into IPv6', 'sip:a@[::ffff:10.0.0.9]:5072', '10.0.0.9', 'contact'],
    ['maddr, which stands for the host (RFC 3263 §4)', 'sip:a@office.example;maddr=10.0.0.9', '10.0.0.9', 'contact'],
    ['maddr of another host', 'sip:a@10.0.0.9;maddr=192.168.1.5', '10.0.0.9', 'source'],
    ['ob: the same way back is asked for (RFC 5626 §4.3)', 'sip:a@10.0.0.9:5072;ob', '10.0.0.9', 'source'],
    ['a name with the port of the source', 'sip:a@office.example:5060', '10.0.0.9', 'source'],
    ['a name with another port', 'sip:a@office.example:5072', '10.0.0.9', 'dns'],
    ['a name without a port', 'sip:a@office.example', '10.0.0.9', 'dns'],
    ['no SIP URI', 'tel:+37120000001', '10.0.0.9', 'source'],
  ];
  for (const [what, contact, source, to] of cases) {
    it(`${what}: ${to === 'dns' ? 'DNS tells' : `to the ${to}`}`, () => {
      const flow = flowFrom(source);
      const expected =
        to === 'contact' ? { target: undefined, isGuess: false } : { target: flow, isGuess: to === 'dns' };
      expect(nextHopFor(contact, flow, true)).to.deep.equal(expected);
    });
  }

  it('over TCP and TLS: the connection, whatever the Contact says', () => {
    for (const protocol of ['tcp', 'tls'] as const) {
      const flow = flowFrom('10.0.0.9', protocol);
      expect(nextHopFor('sip:a@10.0.0.9:5072', flow, true).target).to.equal(flow);
      expect(nextHopFor('sip:a@10.0.0.9:5072', flow, false).target).to.equal(flow);
    }
  });

  it('NAT detection off: the Contact, unless it asks for the way back by ob', () => {
    const flow = flowFrom('203.0.113.7');
    expect(nextHopFor('sip:a@192.168.1.5', flow, false).target).to.equal(undefined);
    expect(nextHopFor('tel:+37120000001', flow, false).target).to.equal(undefined);
    expect(nextHopFor('sip:a@192.168.1.5;ob', flow, false).target).to.equal(flow);
  });

  it('a name that leads to the source is true, and its own addresses come first; any other one comes last', () => {
    const source = flowFrom('10.0.0.9');
    const own = { protocol: 'udp', address: '10.0.0.9', port: 5072 } as const;
    const other = { protocol: 'udp', address: '192.168.1.5', port: 5072 } as const;
    expect(judged(source, [other, own])).to.deep.equal([other, own, source]);
    expect(judged(source, [other])).to.deep.equal([source, other]);
    expect(judged(source, [])).to.deep.equal([source]);
  });
});
