import { atLeastOne, DAY_SECONDS, flag, list, oneOf, section, whole, words } from './shapes.js';
import { ADDRESS_BLOCK, NAME_SERVER, SIP_LISTEN_ADDRESS } from './values.js';

/** What the embedded engine is given: `sip` of the configuration. */
export const SIP = section({
  /** Where the embedded engine listens. */
  listen: atLeastOne(SIP_LISTEN_ADDRESS),
  /** Who may send requests; the hosts of the trunks are always among them. */
  peers: list(ADDRESS_BLOCK),
  /**
   * Blocks that each are one peer, such as an SBC with several addresses. Requests within a call are taken from the peer with whom
   * it is, from any port; the addresses of one trunk name are one peer anyway. 0.0.0.0/0 and ::/0: from anybody in `peers`.
   */
  pools: list(ADDRESS_BLOCK),
  /** Peers whose Record-Route is followed wherever it leads. That of all others is, where it leads to themselves. */
  routers: list(ADDRESS_BLOCK),
  /** Who is asked for the names of trunks and members, such as 10.0.0.53 or 127.0.0.1:5353. Empty: those of the system. */
  nameServers: list(NAME_SERVER),
  /** PEM files. `authority` verifies the peers' certificates instead of the system's list. */
  tls: section({
    certificate: words.optional(),
    key: words.optional(),
    authority: words.optional(),
    requestClientCertificate: flag,
    /** Of the listener and of connections that we open. RFC 8996 forbids what is older. */
    minVersion: oneOf(['TLSv1.2', 'TLSv1.3']),
    /**
     * OpenSSL's names; those of TLS 1.3 begin with TLS_. The peer's order counts. The default is "intermediate" of Mozilla's Server
     * Side TLS 6.0: forward secrecy and authenticated encryption alone.
     */
    ciphers: atLeastOne(words),
  }),
  /** Milliseconds (RFC 3261 §17.1.1.1). */
  timers: section({ t1: whole(10, 10_000), t2: whole(10, 60_000), t4: whole(10, 60_000) }),
  limits: section({
    messageBytes: whole(1_000, 1_048_576),
    /** That peers opened. When all are taken, the next one takes the place of an idle one of whoever has the most. */
    connections: whole(1, 100_000),
    /** That one address may open, or one /64 of IPv6. */
    connectionsPerSource: whole(1, 100_000),
    idleSeconds: whole(1, DAY_SECONDS),
    /** How long a connection that a peer has opened may say nothing at all, not even a keep-alive. */
    silentSeconds: whole(1, DAY_SECONDS),
    /**
     * All that waits and rests: requests under way, answers that lie to be repeated, descriptions of calls, connections, and what
     * they have not yet read or sent. Beyond half of it the longest requests are refused first, and those of whoever holds the most.
     */
    waitingBytes: whole(4_194_304, 68_719_476_736),
  }),
  /** The longest session timer (RFC 4028): who asks for more gets this, and it is what a Min-SE beyond it counts as. */
  longestSessionSeconds: whole(90, 2_000_000),
  /** Requests longer than this many bytes prefer TCP (RFC 3261 §18.1.1). */
  udpMtu: whole(500, 65_535),
  /** Connections over TCP and TLS that may not come about at all: a firewall that drops what it does not like says nothing. */
  connect: section({
    /**
     * How long one, or over UDP the first response, may take where there is something else to try: the next target of the name,
     * or UDP for a long request. Several targets share ringing.noProvisionalMs, or the member would be given up first.
     */
    attemptMs: whole(100, 5_000),
    /** How long requests to that peer go by UDP then, however long they are. */
    rememberSeconds: whole(0, DAY_SECONDS),
  }),
  /** Follow the source address of a message where its Contact names another host. */
  natDetection: flag,
});
