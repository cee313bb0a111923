import type { Dns } from '../../lib/engine/transport/dns.js';

/** A DNS that knows no name. */
export const NO_DNS: Dns = {
  srv: async () => ({ records: [] }),
  addresses: async () => ({ records: [] }),
  hosts: async () => ({ records: [] }),
};
