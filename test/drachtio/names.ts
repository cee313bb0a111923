import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Dns } from '../../lib/engine/transport/dns.js';

/** A host of the docker network for which the suite was written. */
export interface SuiteHost {
  readonly name: string;
  readonly address: string;
  /** The file of the SIPp scenario that it plays; undefined: it is a SIP server. */
  readonly scenario: string | undefined;
}

interface Compose {
  readonly services: Record<string, { command: string; networks: { testbed: { ipv4_address: string } } }>;
}

/** The suite's network 172.29/16 moved into 127/8, every address of which is this machine. */
export const onLoopback = (text: string): string => text.replaceAll('172.29.', '127.29.');

/** Hosts that the tests start by themselves. */
const STARTED_BY_TESTS: readonly SuiteHost[] = [
  { name: 'sipp-uas-b-teardown', address: '127.29.0.100', scenario: undefined },
];

export function readHosts(composeFile: string): readonly SuiteHost[] {
  const { services } = parse(onLoopback(readFileSync(composeFile, 'utf8'))) as Compose;
  const hosts = Object.entries(services).map(([name, service]) => ({
    name,
    address: service.networks.testbed.ipv4_address,
    scenario: /sipp -sf \/tmp\/(\S+)/.exec(service.command)?.[1],
  }));
  return [...hosts, ...STARTED_BY_TESTS];
}

/** Knows the suite's hosts and nobody else. */
export function createSuiteDns(hosts: readonly SuiteHost[]): Dns {
  const addresses = new Map(hosts.map(({ name, address }) => [name, [address]]));
  return {
    srv: async () => ({ records: [] }),
    addresses: async (name, family) => ({ records: family === 4 ? (addresses.get(name) ?? []) : [] }),
    hosts: async (name) => ({ records: addresses.get(name) ?? [] }),
  };
}
