import { expect } from 'chai';
import { orderSrv, type ResolverOptions, SipResolver } from '../../../lib/engine/resolver.js';
import { type Answer, createDns, type Dns, type SrvRecord } from '../../../lib/engine/transport/dns.js';
import { FakeClock } from '../../support/fake-clock.js';

/** A zone in memory that remembers what it was asked. */
class Zone implements Dns {
  readonly asked: string[] = [];
  down = false;
  readonly #records: Readonly<Record<string, readonly (string | SrvRecord)[]>>;

  constructor(records: Readonly<Record<string, readonly (string | SrvRecord)[]>>) {
    this.#records = records;
  }

  srv(name: string): Promise<Answer<SrvRecord>> {
    return this.#answer(name);
  }

  addresses(name: string, family: 4 | 6): Promise<Answer<string>> {
    return this.#answer(`${name} ${family}`);
  }

  hosts(name: string): Promise<Answer<string>> {
    return this.#answer(`${name} hosts`);
  }

  async #answer<Item>(question: string): Promise<Answer<Item>> {
    this.asked.push(question);
    if (this.down) throw new Error('queryA ETIMEOUT');
    return { records: (this.#records[question] ?? []) as readonly Item[], ttl: 100 };
  }
}

const record = (name: string, port: number, priority = 10, weight = 0): SrvRecord => ({ name, port, priority, weight });

describe('resolver', () => {
  const clock = new FakeClock();
  const resolverOf = (records: ConstructorParameters<typeof Zone>[0], more: Partial<ResolverOptions> = {}) => {
    const dns = new Zone(records);
    return { dns, resolver: new SipResolver({ dns, clock, random: () => 0, ...more }) };
  };
  const targets = async (resolver: SipResolver, uri: string) =>
    (await resolver.resolve(uri)).map(({ protocol, address, port }) => `${protocol} ${address} ${port}`);
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'resolved',
      (error: { code: string }) => error.code,
    );

  describe('numeric hosts, at once and without DNS (RFC 3263 §4.1, §4.2)', () => {
    const { dns, resolver } = resolverOf({});
    for (const [uri, expected] of [
      ['sip:a@192.0.2.1', { protocol: 'udp', address: '192.0.2.1', port: 5060 }],
      ['sip:a@192.0.2.1:5080;transport=TCP', { protocol: 'tcp', address: '192.0.2.1', port: 5080 }],
      ['sip:a@192.0.2.1;transport=tls', { protocol: 'tls', address: '192.0.2.1', port: 5061 }],
      ['sips:a@[2001:db8::1]', { protocol: 'tls', address: '2001:db8::1', port: 5061 }],
      ['sips:a@192.0.2.1;transport=tcp', { protocol: 'tls', address: '192.0.2.1', port: 5061 }],
      ['sip:a@example.net;maddr=192.0.2.9', { protocol: 'udp', address: '192.0.2.9', port: 5060 }],
      ['sip:a@example.net', undefined],
      ['sip:a@192.0.2.1;transport=sctp', undefined],
      ['tel:+37167000000', undefined],
      ['', undefined],
    ] as const) {
      it(`${uri} → ${JSON.stringify(expected)}`, () => {
        expect(resolver.resolveNumeric(uri)).to.deep.equal(expected);
        expect(dns.asked).to.deep.equal([]);
      });
    }

    it('uses what there is when UDP is not spoken', () => {
      const tcpOnly = resolverOf({}, { protocols: ['tcp'] }).resolver;
      expect(tcpOnly.resolveNumeric('sip:a@192.0.2.1')?.protocol).to.equal('tcp');
    });
  });

  it('a transport that we do not speak is refused (RFC 3263 §4.1)', async () => {
    const { resolver } = resolverOf({ 'a.net 4': ['192.0.2.1'] });
    expect(await codeOf(resolver.resolve('sip:a.net;transport=ws'))).to.equal('RESOLUTION_FAILED');
    expect(await codeOf(resolver.resolve('sips:a.net;transport=udp'))).to.equal('RESOLUTION_FAILED');
    expect(await codeOf(resolver.resolve('sip:192.0.2.1;transport=sctp'))).to.equal('RESOLUTION_FAILED');
    expect(await codeOf(resolver.resolve('nonsense'))).to.equal('RESOLUTION_FAILED');
  });

  it('an explicit port rules SRV out (RFC 3263 §4.2)', async () => {
    const { dns, resolver } = resolverOf({ 'a.net 4': ['192.0.2.1'], '_sip._udp.a.net': [record('b.net', 9)] });
    expect(await targets(resolver, 'sip:a.net:5070')).to.deep.equal(['udp 192.0.2.1 5070']);
    expect(dns.asked).to.not.include('_sip._udp.a.net');
  });

  it('SRV records of the first protocol that has any give addresses and ports, in their order (RFC 3263 §4.1)', async () => {
    const { resolver } = resolverOf({
      '_sip._tcp.a.net': [record('second.a.net', 5072, 20), record('first.a.net', 5071, 10)],
      'first.a.net 4': ['192.0.2.1', '192.0.2.2'],
      'second.a.net 6': ['2001:db8::1'],
    });
    expect(await targets(resolver, 'sip:a.net')).to.deep.equal([
      'tcp 192.0.2.1 5071',
      'tcp 192.0.2.2 5071',
      'tcp 2001:db8::1 5072',
    ]);
  });

  it('the transport parameter, or sips, decides which service is asked for', async () => {
    const { dns, resolver } = resolverOf({ '_sips._tcp.a.net': [record('b.net', 5071)], 'b.net 4': ['192.0.2.1'] });
    expect(await targets(resolver, 'sips:a.net')).to.deep.equal(['tls 192.0.2.1 5071']);
    expect(await targets(resolver, 'sip:a.net;transport=tls')).to.deep.equal(['tls 192.0.2.1 5071']);
    expect(dns.asked.filter((name) => name.startsWith('_'))).to.deep.equal(['_sips._tcp.a.net']);
  });

  it('without SRV records the addresses of the host count, with the default port (RFC 3263 §4.2)', async () => {
    const { resolver } = resolverOf({ 'a.net 4': ['192.0.2.1'], 'a.net 6': ['2001:db8::1'] });
    expect(await targets(resolver, 'sip:a.net')).to.deep.equal(['udp 192.0.2.1 5060', 'udp 2001:db8::1 5060']);
    expect(await targets(resolver, 'sips:a.net')).to.deep.equal(['tls 192.0.2.1 5061', 'tls 2001:db8::1 5061']);
  });

  it('families that cannot be sent over are not asked for', async () => {
    const { dns, resolver } = resolverOf({ 'a.net 4': ['192.0.2.1'], 'a.net 6': ['2001:db8::1'] }, { families: [6] });
    expect(await targets(resolver, 'sip:a.net:5060')).to.deep.equal(['udp 2001:db8::1 5060']);
    expect(dns.asked).to.deep.equal(['a.net 6']);
  });

  it('a single SRV target "." says that there is no service (RFC 2782)', async () => {
    const { resolver } = resolverOf({ '_sip._udp.a.net': [record('.', 0)], 'a.net 4': ['192.0.2.1'] });
    expect(await codeOf(resolver.resolve('sip:a.net;transport=udp'))).to.equal('RESOLUTION_FAILED');
  });

  it('names without a dot, and names that DNS does not know, are looked up as the system does', async () => {
    const { dns, resolver } = resolverOf({ 'localhost hosts': ['::1', '127.0.0.1'], 'sbc.lan hosts': ['10.0.0.1'] });
    expect(await targets(resolver, 'sip:localhost')).to.deep.equal(['udp 127.0.0.1 5060', 'udp ::1 5060']);
    expect(dns.asked).to.deep.equal(['localhost hosts']);
    expect(await targets(resolver, 'sip:sbc.lan:5060')).to.deep.equal(['udp 10.0.0.1 5060']);
  });

  it('a name that does not exist, and DNS that does not answer, is RESOLUTION_FAILED', async () => {
    const { dns, resolver } = resolverOf({});
    expect(await codeOf(resolver.resolve('sip:nowhere.net'))).to.equal('RESOLUTION_FAILED');
    dns.down = true;
    const error = await resolver.resolve('sip:elsewhere.net').catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'RESOLUTION_FAILED');
    expect(error).to.have.property('message').that.contains('elsewhere.net').and.contains('ETIMEOUT');
  });

  it('the name goes with the targets, for a TLS server to prove (RFC 5922 §7.1)', async () => {
    const { resolver } = resolverOf({ 'a.net 4': ['192.0.2.1'] });
    expect((await resolver.resolve('sips:a.net'))[0]?.host).to.equal('a.net');
  });

  it('answers are kept for their TTL, and beyond it while DNS is away (RFC 8767)', async () => {
    const { dns, resolver } = resolverOf({ 'a.net 4': ['192.0.2.1'] }, { families: [4] });
    await resolver.resolve('sip:a.net:5060');
    clock.advance(99_000);
    await resolver.resolve('sip:a.net:5060');
    expect(dns.asked).to.have.length(1);
    clock.advance(1000);
    dns.down = true;
    expect(await targets(resolver, 'sip:a.net:5060')).to.deep.equal(['udp 192.0.2.1 5060']);
    expect(dns.asked).to.have.length(2);
  });
});

describe('the order of SRV records (RFC 2782)', () => {
  const names = (records: readonly SrvRecord[], draw: number) => orderSrv(records, () => draw).map(({ name }) => name);

  it('is by priority first', () => {
    expect(names([record('c', 1, 30), record('a', 1, 10), record('b', 1, 20)], 0.99)).to.deep.equal(['a', 'b', 'c']);
  });

  it('is drawn by weight among equals', () => {
    const records = [record('light', 1, 10, 1), record('heavy', 1, 10, 9)];
    let light = 0;
    for (let i = 0; i < 1000; i++) if (names(records, i / 1000)[0] === 'light') light++;
    expect(light).to.be.within(150, 220);
  });

  it('gives a weight of 0 a small chance only', () => {
    const records = [record('zero', 1, 10, 0), record('heavy', 1, 10, 99)];
    expect([names(records, 0)[0], names(records, 0.02)[0]]).to.deep.equal(['zero', 'heavy']);
  });
});

describe('the DNS of the system', () => {
  it('finds localhost in the hosts file', async () => {
    const { records } = await createDns().hosts('localhost');
    expect(records.some((address) => address === '127.0.0.1' || address === '::1')).to.equal(true);
  });

  it('rejects when the name server cannot be reached: that is not "no such name"', async () => {
    const dns = createDns(['127.0.0.1:1'], 100);
    const result = await dns.addresses('a.example', 4).catch(() => 'rejected');
    expect(result).to.equal('rejected');
  });
});
