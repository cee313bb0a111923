import { expect } from 'chai';
import { DnsCache } from '../../../lib/engine/dns-cache.js';
import type { Answer } from '../../../lib/engine/transport/dns.js';
import { FakeClock, immediates } from '../../support/fake-clock.js';

describe('the DNS cache', () => {
  const clock = new FakeClock();
  const answer = (ttl: number) => async () => ({ records: ['192.0.2.1'], ttl });

  it('believes no answer longer than its bound', async () => {
    const cache = new DnsCache<string>(clock, { entries: 10, seconds: 60 });
    let asked = 0;
    const ask = () => {
      asked++;
      return answer(86_400)();
    };
    await cache.get('a', ask);
    clock.advance(60_000);
    await cache.get('a', ask);
    expect(asked).to.equal(2);
  });

  it('keeps no more than its entries, and the last half of them at least', async () => {
    const cache = new DnsCache<string>(clock, { entries: 4, seconds: 60 });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await cache.get(name, answer(60));
    expect(cache.size).to.be.at.most(4);
    let asked = false;
    for (const name of ['f', 'g']) {
      await cache.get(name, async () => {
        asked = true;
        return { records: [] };
      });
    }
    expect(asked).to.equal(false);
  });

  it('asks once for questions at the same time; a failure holds for 2 s, so that a dead DNS is not asked for each call (RFC 9520 §3.2)', async () => {
    const cache = new DnsCache<string>(clock);
    let asked = 0;
    const fail = async () => {
      asked++;
      throw new Error('down');
    };
    const results = await Promise.allSettled([cache.get('a', fail), cache.get('a', fail)]);
    expect([asked, ...results.map(({ status }) => status)]).to.deep.equal([1, 'rejected', 'rejected']);
    clock.advance(1999);
    expect(await cache.get('a', fail).catch(() => 'at once')).to.equal('at once');
    expect(asked).to.equal(1);
    clock.advance(1);
    // Whoever comes next does not wait for a DNS that was away a moment ago.
    expect(await cache.get('a', () => new Promise(() => {})).catch(() => 'at once')).to.equal('at once');
  });

  it('what could not be asked for long ago is asked anew, and waited for', async () => {
    const cache = new DnsCache<string>(clock);
    await cache.get('a', () => Promise.reject(new Error('down'))).catch(() => {});
    clock.advance(3_600_000);
    expect(await cache.get('a', answer(60))).to.deep.equal(['192.0.2.1']);
  });

  describe('while DNS is away (RFC 8767)', () => {
    const never = () => new Promise<Answer<string>>(() => {});
    const settled = async (answered: Promise<unknown>) => {
      let is = false;
      void answered.then(() => {
        is = true;
      });
      await immediates();
      return is;
    };

    it('the last known answer waits 200 ms for a newer one, once; whoever comes then has it at once', async () => {
      const cache = new DnsCache<string>(clock);
      await cache.get('a', answer(1));
      clock.advance(1000);
      const first = cache.get('a', never);
      expect(await settled(first)).to.equal(false);
      clock.advance(200);
      expect(await first).to.deep.equal(['192.0.2.1']);
      expect(await settled(cache.get('a', never))).to.equal(true);
      expect(clock.pending).to.equal(0);
    });

    it('a DNS that answers within these 200 ms is believed: no old answer where there is a newer one', async () => {
      const cache = new DnsCache<string>(clock);
      await cache.get('a', answer(1));
      clock.advance(1000);
      const moved = cache.get('a', async () => ({ records: ['192.0.2.2'], ttl: 1 }));
      expect(await moved).to.deep.equal(['192.0.2.2']);
      expect(clock.pending, 'timers').to.equal(0);
    });

    it('it is refreshed behind: the answer that comes late serves the next', async () => {
      const cache = new DnsCache<string>(clock);
      await cache.get('a', answer(1));
      clock.advance(1000);
      let tell: (found: Answer<string>) => void = () => {};
      const first = cache.get('a', () => new Promise<Answer<string>>((resolve) => (tell = resolve)));
      clock.advance(200);
      expect(await first).to.deep.equal(['192.0.2.1']);
      tell({ records: ['192.0.2.2'], ttl: 60 });
      await immediates();
      expect(await cache.get('a', never)).to.deep.equal(['192.0.2.2']);
    });

    it('DNS that could not be asked is asked again after 30 s, and nobody waits for it meanwhile', async () => {
      const cache = new DnsCache<string>(clock);
      await cache.get('a', answer(1));
      let asked = 0;
      const down = () => {
        asked++;
        return Promise.reject(new Error('down'));
      };
      for (let second = 0; second < 61; second++) {
        clock.advance(1000);
        expect(await cache.get('a', down)).to.deep.equal(['192.0.2.1']);
      }
      expect(asked).to.equal(3);
    });

    it('"no such name" is an answer: the old addresses count no more (RFC 8767 §4)', async () => {
      const cache = new DnsCache<string>(clock);
      await cache.get('a', answer(1));
      clock.advance(1000);
      expect(await cache.get('a', async () => ({ records: [] }))).to.deep.equal([]);
    });

    it('a day after its end an answer is too old', async () => {
      const cache = new DnsCache<string>(clock);
      await cache.get('a', answer(1));
      clock.advance(86_401_000);
      const result = await cache.get('a', () => Promise.reject(new Error('down'))).catch(() => 'rejected');
      expect(result).to.equal('rejected');
    });
  });
});
