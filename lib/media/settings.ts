export interface MediaServerSettings {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  /** The SIP profile that takes our calls. */
  readonly profile: string;
}

/** Times in milliseconds. */
export interface MediaSettings {
  readonly servers: readonly MediaServerSettings[];
  /** Where media servers reach this process; undefined: our loopback address for one on this machine, else the first other one. */
  readonly listenAddress: string | undefined;
  /** How long a media server may take for anything but playing. */
  readonly timeoutMs: number;
  /** When one that is down is tried again at first; each time after twice as long. */
  readonly retryMs: number;
  /** How long one that failed is left alone. */
  readonly restMs: number;
  /** How often endpoints are compared with the servers' channels. */
  readonly sweepMs: number;
}
