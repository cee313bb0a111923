import type { Answer, Dns, SrvRecord } from '../../lib/engine/transport/dns.js';

/** One zone, of which a test changes what it likes. */
export class Zone implements Dns {
  ipv4: Readonly<Record<string, readonly string[]>> = {};
  services: Readonly<Record<string, readonly SrvRecord[]>> = {};
  ttl = 1;
  /** Cannot be asked. */
  isAway = false;
  /** Does not answer at all. */
  isSilent = false;
  asked = 0;

  srv(name: string): Promise<Answer<SrvRecord>> {
    return this.#answer(this.services[name]);
  }

  addresses(name: string, family: 4 | 6): Promise<Answer<string>> {
    return this.#answer(family === 4 ? this.ipv4[name] : undefined);
  }

  hosts(): Promise<Answer<string>> {
    return this.#answer<string>(undefined);
  }

  async #answer<Item>(records: readonly Item[] | undefined): Promise<Answer<Item>> {
    this.asked++;
    if (this.isSilent) return new Promise(() => {});
    if (this.isAway) throw new Error('queryA ETIMEOUT');
    return { records: records ?? [], ttl: this.ttl };
  }
}

export const service = (name: string, more: Partial<SrvRecord> = {}): SrvRecord => ({
  name,
  port: 5060,
  priority: 10,
  weight: 0,
  ...more,
});
