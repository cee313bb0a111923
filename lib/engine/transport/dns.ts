import { lookup, Resolver as SystemResolver } from 'node:dns/promises';

export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** Empty records: there is no such name. `ttl`: seconds, where the answer tells. */
export interface Answer<Item> {
  readonly records: readonly Item[];
  readonly ttl?: number;
}

/** The DNS as the resolver uses it. A rejection means that it could not be asked, never that a name does not exist. */
export interface Dns {
  srv(name: string): Promise<Answer<SrvRecord>>;
  addresses(name: string, family: 4 | 6): Promise<Answer<string>>;
  /** The way of the operating system, which reads /etc/hosts. */
  hosts(name: string): Promise<Answer<string>>;
}

/** Node does not tell that of SRV records: as short as a carrier that moves needs it, and asking costs little. */
const SRV_TTL_S = 5;

const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NODATA']);

/**
 * The name servers of the system, or those given.
 * @param servers addresses such as `127.0.0.1:53`
 * @param timeout milliseconds for each of two tries
 */
export function createDns(servers: readonly string[] = [], timeout = 1500): Dns {
  const resolver = new SystemResolver({ timeout, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return {
    srv: (name) => orEmpty(resolver.resolveSrv(name).then((records) => ({ records, ttl: SRV_TTL_S }))),
    addresses: (name, family) => {
      const asked = family === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true });
      return orEmpty(
        asked.then((found) => ({
          records: found.map(({ address }) => address),
          ttl: Math.min(...found.map(({ ttl }) => ttl)),
        })),
      );
    },
    hosts: (name) =>
      orEmpty(lookup(name, { all: true }).then((found) => ({ records: found.map(({ address }) => address) }))),
  };
}

async function orEmpty<Item>(asked: Promise<Answer<Item>>): Promise<Answer<Item>> {
  try {
    return await asked;
  } catch (error) {
    if (NO_SUCH_NAME.has((error as NodeJS.ErrnoException).code ?? '')) return { records: [] };
    throw error;
  }
}
