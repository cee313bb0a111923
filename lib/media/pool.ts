/** All media servers, as calls see them: the least loaded of those that are up. */
import type { Endpoint, EndpointUser, MediaFailure, MediaPort } from '../call/voices/media-port.js';
import { MediaEndpoint } from './endpoint.js';
import { MediaServer, type MediaServerOptions } from './server.js';

export interface MediaPool extends MediaPort {
  /** What does not work, for people. */
  readonly degraded: readonly string[];
  /** Endpoints that are open. */
  readonly endpoints: number;
  close(): void;
}

export type MediaPoolOptions = Omit<MediaServerOptions, 'server'>;

export const createMediaPool = (options: MediaPoolOptions): MediaPool => new Pool(options);

class Pool implements MediaPool {
  readonly #options: MediaPoolOptions;
  readonly #servers: readonly MediaServer[];

  constructor(options: MediaPoolOptions) {
    this.#options = options;
    const { settings, meter } = options;
    this.#servers = settings.servers.map((server) => new MediaServer({ ...options, server }));
    meter.gauge('media_servers_up', 'Media servers that are up', () => this.#up.length);
    meter.gauge('media_endpoints', 'Endpoints of media servers that are open', () => this.endpoints);
  }

  get isUp(): boolean {
    return this.#servers.some((server) => server.isUp);
  }

  get degraded(): readonly string[] {
    const down = this.#servers
      .filter(({ reason }) => reason !== '')
      .map(({ name, reason }) => `media: ${name}: ${reason}`);
    if (down.length < this.#servers.length) return down;
    return [...down, 'media: no server is up; calls go on without'];
  }

  get endpoints(): number {
    return this.#servers.reduce((sum, { endpoints }) => sum + endpoints.size, 0);
  }

  create(
    offer: string | undefined,
    near: Endpoint | undefined,
    user: EndpointUser,
    done: (made: Endpoint | MediaFailure) => void,
  ): void {
    const home =
      near instanceof MediaEndpoint ? this.#servers.filter(({ endpoints }) => endpoints.has(near)) : undefined;
    this.#try(home ?? this.#up, offer, user, done, 'none-up');
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  get #up(): readonly MediaServer[] {
    return this.#servers.filter(({ isUp }) => isUp).sort((one, other) => one.load - other.load);
  }

  /** One after another. */
  #try(
    [first, ...rest]: readonly MediaServer[],
    offer: string | undefined,
    user: EndpointUser,
    done: (made: Endpoint | MediaFailure) => void,
    failure: MediaFailure,
  ): void {
    if (first === undefined) {
      this.#options.meter.count('media_endpoint_failures_total', { why: failure });
      this.#options.clock.after(0, () => done(failure));
      return;
    }
    first.create(offer, user, (made) => {
      if (typeof made !== 'string') done(made);
      else this.#try(rest, offer, user, done, made);
    });
  }
}
