/**
 * The media server that TEST_MEDIA_URL names, for the tests that need no faults of a double. It has to see the files of this machine,
 * and to serve nobody else meanwhile.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../lib/base/clock.js';
import { Watch } from '../../lib/media/watch.js';
import { mediaSettings } from '../../lib/settings.js';
import type { Channel } from '../support/freeswitch-double/channel.js';
import type { FreeSwitchDouble } from '../support/freeswitch-double/double.js';
import { withFile } from '../unit/config/loading.js';

/** As MEDIA_URL, one server; undefined: a double of this process. */
export const TEST_MEDIA_URL = process.env.TEST_MEDIA_URL;

/** What tests use of their media server. */
export interface TestedServer
  extends Pick<
    FreeSwitchDouble,
    'url' | 'channels' | 'faults' | 'password' | 'total' | 'requests' | 'commands' | 'kill' | 'start'
  > {
  /** The folder of recordings. */
  readonly prompts: string;
  readonly files: { set(file: string, ms: number): unknown; delete(file: string): unknown };
  renew(): void;
}

const LOOK_EVERY_MS = 50;
const SAMPLES_PER_MS = 8;

export class NamedServer implements TestedServer {
  readonly url: string;
  readonly prompts = mkdtempSync(join(tmpdir(), 'prompts-'));
  readonly files = { set: (file: string, ms: number) => this.#write(file, ms), delete: () => false } as const;
  readonly #watch: Watch;
  #looking: NodeJS.Timeout | undefined;
  #channels = 0;

  constructor(url: string) {
    // Another user's process reads it.
    chmodSync(this.prompts, 0o755);
    this.url = url;
    const [server] = mediaSettings(withFile({ media: { servers: [url] } })).servers;
    if (server === undefined) throw new Error('TEST_MEDIA_URL names no media server');
    this.#watch = new Watch(server, 5000, systemClock, {
      onReady: () => {
        this.#looking = setInterval(() => this.#look(server.profile), LOOK_EVERY_MS);
      },
      onOver: (why) => {
        throw new Error(`TEST_MEDIA_URL: ${why}`);
      },
    });
  }

  /** As many as it has; nothing is known of them. */
  get channels(): readonly Channel[] {
    return new Array<Channel>(this.#channels);
  }

  get faults(): FreeSwitchDouble['faults'] {
    return onlyADouble();
  }

  get password(): string {
    return onlyADouble();
  }

  get total(): number {
    return onlyADouble();
  }

  get requests(): string[] {
    return [];
  }

  get commands(): string[] {
    return [];
  }

  start(): Promise<FreeSwitchDouble> {
    return onlyADouble();
  }

  renew(): void {}

  /** Lets go of it. */
  async kill(): Promise<void> {
    clearInterval(this.#looking);
    this.#watch.close();
    rmSync(this.prompts, { recursive: true, force: true });
  }

  /** `drachtio_mrf  profile  sip:mod_sofia@…  RUNNING (2)` */
  #look(profile: string): void {
    this.#watch.api('sofia status', (body) => {
      const line = body.split('\n').find((one) => one.trim().startsWith(profile) && one.includes('mod_sofia'));
      this.#channels = Number(/RUNNING \((\d+)\)/.exec(line ?? '')?.[1] ?? 0);
    });
  }

  /** A recording of 1 kHz, 16 bits, 8 kHz, where a double would only know its name. */
  #write(file: string, ms: number): void {
    if (file.includes('://')) return;
    const samples = Int16Array.from({ length: ms * SAMPLES_PER_MS }, (_, at) => 8000 * Math.sin((at * Math.PI) / 4));
    const data = Buffer.from(samples.buffer);
    const head = Buffer.from(`RIFF....WAVEfmt ${'.'.repeat(20)}data....`, 'latin1');
    head.writeUInt32LE(36 + data.length, 4);
    head.writeUInt32LE(16, 16);
    head.writeUInt16LE(1, 20);
    head.writeUInt16LE(1, 22);
    head.writeUInt32LE(8000, 24);
    head.writeUInt32LE(16_000, 28);
    head.writeUInt16LE(2, 32);
    head.writeUInt16LE(16, 34);
    head.writeUInt32LE(data.length, 40);
    const path = join(this.prompts, file.replace(/^\/prompts\//, ''));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.concat([head, data]));
  }
}

const onlyADouble = (): never => {
  throw new Error('that takes a double: the test belongs in on-a-double-alone.ts');
};
