import { expect } from 'chai';
import { advertisedBy } from '../../../lib/engine/transport/addresses.js';
import type { Listen } from '../../../lib/engine/transport/listen.js';

describe('the advertised address', () => {
  const entry = (address: string, internal: boolean) => ({
    address,
    internal,
    family: address.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
    netmask: '',
    mac: '',
    cidr: null,
    ...(address.includes(':') ? { scopeid: 0 } : {}),
  });
  const of = (listen: Omit<Listen, 'protocol' | 'port'>, ...addresses: string[]) => {
    const interfaces = {
      lo: [entry('127.0.0.1', true), entry('::1', true)],
      eth0: addresses.map((a) => entry(a, false)),
    };
    return advertisedBy({ protocol: 'udp', port: 0, ...listen }, 5060, interfaces as never);
  };

  it('is the configured one before all others', () => {
    const advertise = { address: '192.0.2.1', port: 9 };
    expect(of({ address: '0.0.0.0', advertise }, '10.0.0.1')).to.deep.equal(advertise);
  });

  it('is that of the socket when it is bound to one', () => {
    expect(of({ address: '10.0.0.7' }, '10.0.0.1')).to.deep.equal({ address: '10.0.0.7', port: 5060 });
  });

  it('is that of the first outward interface of the family when bound to all', () => {
    expect(of({ address: '0.0.0.0' }, 'fe80::1', '2001:db8::1', '10.0.0.1').address).to.equal('10.0.0.1');
    expect(of({ address: '::' }, '10.0.0.1', 'fe80::1', '2001:db8::1').address).to.equal('2001:db8::1');
  });

  it('is loopback where there is no other', () => {
    expect(of({ address: '0.0.0.0' }).address).to.equal('127.0.0.1');
    expect(of({ address: '::' }).address).to.equal('::1');
  });
});
