import { expect } from 'chai';
import { pino } from 'pino';
import { FollowedHosts, LEFT_MS } from '../../../lib/engine/followed-hosts.js';
import { SipResolver } from '../../../lib/engine/resolver.js';
import type { SrvRecord } from '../../../lib/engine/transport/dns.js';
import { FakeClock } from '../../support/fake-clock.js';
import { Zone } from '../../support/zone.js';

const CARRIER = 'sip:sbc.carrier.example:5060';

describe('The addresses of trunks that are named by names follow DNS', () => {
  let clock: FakeClock;
  let dns: Zone;
  let told: (readonly string[])[];
  let logged: { level: number; msg: string; host?: string; reason?: string }[];
  let hosts: FollowedHosts;

  const follow = (...uris: string[]): FollowedHosts => {
    const log = pino({ level: 'info', base: null }, { write: (line: string) => void logged.push(JSON.parse(line)) });
    const resolver = new SipResolver({ dns, clock, random: () => 0 });
    hosts = new FollowedHosts({ uris, resolver, clock, log, onChange: (addresses) => told.push(addresses) });
    hosts.start();
    return hosts;
  };
  const warnings = (): string[] => logged.filter(({ level }) => level >= 40).map(({ msg }) => msg);

  beforeEach(() => {
    clock = new FakeClock();
    dns = new Zone();
    dns.ipv4 = { 'sbc.carrier.example': ['192.0.2.1'] };
    told = [];
    logged = [];
  });

  afterEach(() => {
    hosts.stop();
    expect(clock.pending, 'timers').to.equal(0);
  });

  it('a host that is an address is known at once, and DNS is never asked', async () => {
    follow('sip:192.0.2.7:5060', 'sips:[2001:DB8::7]');
    expect(hosts.addresses).to.include('192.0.2.7');
    await clock.run(600_000);
    expect([dns.asked, told, clock.pending]).to.deep.equal([0, [], 0]);
  });

  it('start does not wait: a name is known as soon as DNS has answered', async () => {
    follow(CARRIER);
    expect(hosts.addresses).to.deep.equal([]);
    await clock.run(0);
    expect(told).to.deep.equal([['192.0.2.1']]);
  });

  it('a carrier that moves is known at its new address when the TTL of 1 s is over', async () => {
    follow(CARRIER);
    await clock.run(0);
    dns.ipv4 = { 'sbc.carrier.example': ['192.0.2.2'] };
    await clock.run(999);
    expect(hosts.addresses).to.deep.equal(['192.0.2.1']);
    await clock.run(1);
    expect(hosts.addresses).to.include('192.0.2.2');
    expect(told.at(-1)).to.deep.equal(hosts.addresses);
  });

  it('DNS is asked as rarely as the TTL allows', async () => {
    dns.ttl = 60;
    follow(CARRIER);
    await clock.run(0);
    const first = dns.asked;
    await clock.run(59_999);
    expect(dns.asked).to.equal(first);
    await clock.run(1);
    expect(dns.asked).to.be.greaterThan(first);
  });

  it('a TTL of 0 does not make us ask without end', async () => {
    dns.ttl = 0;
    follow(CARRIER);
    await clock.run(10_000);
    expect(dns.asked).to.be.within(10, 14); // each second
  });

  it('the address that was left stays for an hour, for the calls that were begun there, and goes then', async () => {
    follow(CARRIER);
    await clock.run(0);
    dns.ipv4 = { 'sbc.carrier.example': ['192.0.2.2'] };
    dns.ttl = 300;
    await clock.run(LEFT_MS - 1000);
    expect(hosts.addresses).to.deep.equal(['192.0.2.1', '192.0.2.2']);
    await clock.run(301_000);
    expect(hosts.addresses).to.deep.equal(['192.0.2.2']);
    expect(told.at(-1)).to.deep.equal(['192.0.2.2']);
  });

  it('DNS that is away at start costs nothing but the time until it is there, and is said once', async () => {
    dns.isAway = true;
    follow(CARRIER);
    await clock.run(60_000);
    expect(hosts.addresses).to.deep.equal([]);
    expect(warnings()).to.deep.equal([
      'the name of a trunk cannot be looked up: until it can, requests from there are dropped',
    ]);
    expect(logged[0]).to.include({ host: 'sbc.carrier.example' });
    expect(logged[0]?.reason).to.include('ETIMEOUT');
    dns.isAway = false;
    await clock.run(2000);
    expect(hosts.addresses).to.deep.equal(['192.0.2.1']);
    expect(logged.map(({ msg }) => msg)).to.include('the name of a trunk is resolved again');
  });

  it('while DNS is away the last known answer is kept, however long, and that is said once', async () => {
    follow(CARRIER);
    await clock.run(0);
    dns.isAway = true;
    await clock.run(2 * LEFT_MS);
    expect(hosts.addresses).to.deep.equal(['192.0.2.1']);
    expect(warnings()).to.deep.equal(['the name of a trunk cannot be looked up: its last known addresses stay']);
  });

  it('a second outage is said again', async () => {
    follow(CARRIER);
    for (let outage = 0; outage < 2; outage++) {
      dns.isAway = false;
      await clock.run(60_000);
      dns.isAway = true;
      await clock.run(60_000);
    }
    expect(warnings()).to.have.length(2);
  });

  it('a name that is gone from DNS keeps its last addresses: a mistake in a zone must not cost calls', async () => {
    follow(CARRIER);
    await clock.run(0);
    dns.ipv4 = {};
    await clock.run(60_000);
    expect(hosts.addresses).to.deep.equal(['192.0.2.1']);
    expect(warnings()).to.have.length(1);
  });

  it('names behind SRV records are followed as well, when one of them moves or another comes', async () => {
    const server = (name: string): SrvRecord => ({ name, port: 5060, priority: 1, weight: 1 });
    dns.services = { '_sip._udp.carrier.example': [server('a.carrier.example')] };
    dns.ipv4 = { 'a.carrier.example': ['192.0.2.10'], 'b.carrier.example': ['192.0.2.20'] };
    follow('sip:carrier.example');
    await clock.run(0);
    expect(hosts.addresses).to.deep.equal(['192.0.2.10']);
    dns.services = { '_sip._udp.carrier.example': [server('a.carrier.example'), server('b.carrier.example')] };
    dns.ipv4 = { 'a.carrier.example': ['192.0.2.11'], 'b.carrier.example': ['192.0.2.20'] };
    await clock.run(1000);
    expect(hosts.addresses).to.deep.equal(['192.0.2.10', '192.0.2.11', '192.0.2.20']);
  });

  it('the addresses of one name are one peer, also of two trunks with that name; those of two names are not', async () => {
    dns.ipv4 = { 'sbc.carrier.example': ['192.0.2.1', '192.0.2.2'], 'other.example': ['192.0.2.3'] };
    follow(CARRIER, 'sip:SBC.carrier.example;transport=tcp', 'sip:other.example:5060', 'sip:192.0.2.7');
    await clock.run(10);
    const areOne = (one: string, other: string) => hosts.areOne(one, other);
    expect([areOne('192.0.2.1', '192.0.2.2'), areOne('192.0.2.2', '192.0.2.1')]).to.deep.equal([true, true]);
    for (const [one, other] of [
      ['192.0.2.1', '192.0.2.3'],
      ['192.0.2.1', '192.0.2.7'],
      ['192.0.2.7', '192.0.2.3'],
      ['192.0.2.1', '203.0.113.66'],
      ['203.0.113.66', '192.0.2.1'],
    ] as const)
      expect(areOne(one, other), `${one} ${other}`).to.equal(false);
  });

  it('one host that cannot be looked up does not keep the others from being known', async () => {
    follow('sip:nobody.example:5060', CARRIER, 'sip:192.0.2.7');
    await clock.run(10_000);
    expect(hosts.addresses).to.deep.equal(['192.0.2.7', '192.0.2.1']);
    expect(warnings()).to.have.length(1);
  });

  it('of a host that gives other addresses each second, no more than 256 are kept', async () => {
    follow(CARRIER);
    for (let at = 0; at < 600; at++) {
      dns.ipv4 = { 'sbc.carrier.example': [`198.51.${at >> 8}.${at & 255}`] };
      await clock.run(1000);
    }
    expect(hosts.addresses).to.have.length(256);
    expect(hosts.addresses.at(-1)).to.equal('198.51.2.87');
  });

  it('stopped while it looks up, it tells nothing any more', async () => {
    follow(CARRIER);
    hosts.stop();
    await clock.run(5000);
    expect(told).to.deep.equal([]);
  });
});
