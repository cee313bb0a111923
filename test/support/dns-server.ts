/**
 * A name server on loopback whose zone a test changes as it likes: what a carrier's DNS does, and what it does when it is ill.
 *
 *     const dns = await startDns();
 *     dns.srv('_sip._udp.carrier.test', { name: 'one.carrier.test', port: 5062 });
 *     dns.address('one.carrier.test', '127.0.0.2');
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet';
import type { SrvRecord } from '../../lib/engine/transport/dns.js';

/** RFC 1035 §4.1.1 */
const NXDOMAIN = 3;
const SERVFAIL = 2;

export class DnsServer {
  /** `answers`; does not answer; or answers that it cannot (SERVFAIL). */
  mood: 'answers' | 'silent' | 'fails' = 'answers';
  /** Of all records, in seconds. */
  ttl = 1;
  /** What was asked: `A one.carrier.test`. */
  readonly asked: string[] = [];
  readonly #socket: Socket;
  readonly #zone = new Map<string, Answer[]>();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => this.#answer(bytes, from));
  }

  /** As a name server is configured. */
  get url(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** Sets all addresses of a name. */
  address(name: string, ...addresses: string[]): void {
    this.#zone.set(
      `A ${name}`,
      addresses.map((data) => ({ type: 'A', name, data })),
    );
  }

  /** Sets all SRV records of a service. */
  srv(name: string, ...records: (Pick<SrvRecord, 'name' | 'port'> & Partial<SrvRecord>)[]): void {
    const answers = records.map(({ name: target, port, priority = 10, weight = 0 }): Answer => {
      return { type: 'SRV', name, data: { target, port, priority, weight } };
    });
    this.#zone.set(`SRV ${name}`, answers);
  }

  /** The name does not exist any more. */
  forget(name: string): void {
    for (const type of ['A', 'SRV']) this.#zone.delete(`${type} ${name}`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #answer(bytes: Buffer, from: RemoteInfo): void {
    const { id, questions = [] } = decode(bytes);
    const [question] = questions;
    if (question === undefined) return;
    const { name, type } = question;
    this.asked.push(`${type} ${name}`);
    if (this.mood === 'silent') return;
    const answers = (this.#zone.get(`${type} ${name}`) ?? []).map((answer) => ({ ...answer, ttl: this.ttl }) as Answer);
    const isKnown = [...this.#zone.keys()].some((key) => key.endsWith(` ${name}`));
    const code = this.mood === 'fails' ? SERVFAIL : isKnown ? 0 : NXDOMAIN;
    const response = encode({
      type: 'response',
      ...(id !== undefined && { id }),
      flags: AUTHORITATIVE_ANSWER | code,
      questions,
      answers: this.mood === 'fails' ? [] : answers,
    });
    this.#socket.send(response, from.port, from.address);
  }
}

export async function startDns(): Promise<DnsServer> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return new DnsServer(socket);
}
