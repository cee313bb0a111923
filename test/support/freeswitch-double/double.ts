/**
 * A double of FreeSWITCH, not FreeSWITCH: it speaks the event socket in both directions and SIP over UDP, sends and receives real RTP,
 * and does what was seen on a real one (1.11.3-dev), its faults included, as far as drachtio-fsmrf uses it. It mixes no sound: what
 * a channel plays is a stream of packets of one octet, and what one leg of a bridge says goes to the other as it came.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket as Stream } from 'node:net';
import { responseTo } from '../../../lib/sip/build.js';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { parseMessage } from '../../../lib/sip/parse.js';
import { freePort } from '../ports.js';
import { Channel, type ChannelOwner } from './channel.js';
import { type Command, EventSocket } from './event-socket.js';
import { type Faults, NO_FAULTS } from './faults.js';
import { RtpPort } from './rtp.js';
import { digitIn, heartbeatOf, refusalOf, sofiaStatus } from './texts.js';

const HOST = '127.0.0.1';

/** What is kept of a dialog to send a BYE in it. */
interface Dialog {
  readonly channel: Channel;
  readonly callId: string;
  /** From of the INVITE, and To with our tag. */
  readonly theirs: string;
  readonly ours: string;
  readonly target: string;
  readonly to: RemoteInfo;
  isAcknowledged: boolean;
}

export class FreeSwitchDouble implements ChannelOwner {
  readonly faults: Faults = { ...NO_FAULTS };
  /** Prompts that exist nowhere but here, with their milliseconds. */
  readonly files = new Map<string, number>();
  readonly address = HOST;
  isAudible = false;
  password = 'ClueCon';
  maxSessions = 1000;
  /** Channels that there were in all. */
  total = 0;
  /** SIP requests, by method. */
  readonly requests: string[] = [];
  /** Commands of the event socket that were no events, filters or settings. */
  readonly commands: string[] = [];
  readonly #dialogs = new Map<string, Dialog>();
  readonly #channels = new Map<string, Channel>();
  /** Requests that have come, with the last response to each. */
  readonly #answers = new Map<string, Buffer | undefined>();
  readonly #watchers = new Set<EventSocket>();
  readonly #streams = new Set<Stream>();
  #sip: Socket | undefined;
  #door: Server | undefined;
  #sipPort = 0;
  #port = 0;
  #tags = 0;

  /** `freeswitch://:password@host:port`. */
  get url(): string {
    return `freeswitch://:${this.password}@${HOST}:${this.#port}`;
  }

  get channels(): readonly Channel[] {
    return [...this.#channels.values()];
  }

  async start(): Promise<this> {
    if (this.#port === 0) {
      this.#port = await freePort();
      this.#sipPort = await freePort();
    }
    this.#sip = createSocket('udp4');
    this.#sip.on('message', (bytes, from) => void this.#receive(bytes, from));
    this.#sip.bind(this.#sipPort, HOST);
    this.#door = createServer((stream) => this.#accept(stream));
    this.#door.listen(this.#port, HOST);
    await Promise.all([once(this.#sip, 'listening'), once(this.#door, 'listening')]);
    return this;
  }

  /** As by SIGKILL: every socket closes, SIP is silent, and nothing is said. {@link start} brings it back, empty. */
  async kill(): Promise<void> {
    for (const channel of this.#channels.values()) channel.vanish();
    this.#channels.clear();
    this.#dialogs.clear();
    this.#answers.clear();
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
    this.#watchers.clear();
    const closed = [this.#door, this.#sip].map(
      (one) => one && new Promise<void>((resolve) => one.close(() => resolve())),
    );
    this.#door = this.#sip = undefined;
    await Promise.all(closed);
  }

  /** Without what a test told it, and what it has heard. */
  renew(): void {
    Object.assign(this.faults, NO_FAULTS);
    this.files.clear();
    this.maxSessions = 1000;
    this.total = this.requests.length = this.commands.length = 0;
    this.#answers.clear();
  }

  heartbeat(): void {
    for (const watcher of this.#watchers) watcher.event(heartbeatOf(this.#channels.size, this.maxSessions));
  }

  find(uuid: string): Channel | undefined {
    return this.#channels.get(uuid);
  }

  forget(channel: Channel): void {
    this.#channels.delete(channel.uuid);
  }

  bye(channel: Channel, reason?: string): void {
    const dialog = [...this.#dialogs.values()].find((one) => one.channel === channel);
    if (dialog === undefined) return;
    this.#dialogs.delete(dialog.callId);
    const lines = [
      `BYE ${dialog.target} SIP/2.0`,
      `Via: SIP/2.0/UDP ${HOST}:${this.#sipPort};rport;branch=z9hG4bK-double-${++this.#tags}`,
      'Max-Forwards: 70',
      `From: ${dialog.ours}`,
      `To: ${dialog.theirs}`,
      `Call-ID: ${dialog.callId}`,
      'CSeq: 1000 BYE',
      ...(reason === undefined ? [] : [`Reason: ${reason}`]),
      'Content-Length: 0',
    ];
    this.#sip?.send(`${lines.join('\r\n')}\r\n\r\n`, dialog.to.port, dialog.to.address);
  }

  /** A caller that sent no RTP for too long. */
  timeOut(channel: Channel): void {
    channel.end('MEDIA_TIMEOUT', true, 'SIP;cause=804;text="MEDIA_TIMEOUT"');
  }

  api(command: string): string {
    const [name = '', ...args] = command.trim().split(/\s+/);
    if (name !== 'uuid_set_media_stats' && name !== 'uuid_dump') this.commands.push(command.trim());
    const channel = this.find(args[0] ?? '');
    switch (name) {
      case 'sofia':
        return sofiaStatus(this.faults.noProfile ? undefined : `${HOST}:${this.#sipPort}`, this.#channels.size);
      case 'uuid_exists':
        return String(channel !== undefined);
      case 'uuid_bridge':
        return this.#bridge(channel, this.find(args[1] ?? ''));
      case 'uuid_break':
        if (channel === undefined) return '-ERR No such channel!\n';
        channel.breakPlay(args[1] === 'all');
        return '+OK\n';
      case 'uuid_transfer':
        channel?.unbridge();
        return '+OK\n';
      case 'uuid_kill':
        if (channel === undefined) return '-ERR No such channel!\n';
        channel.end(args[1] ?? 'NORMAL_CLEARING', true);
        return '+OK\n';
      case 'uuid_set_media_stats':
        return '+OK\n';
      case 'uuid_dump': {
        if (channel === undefined) return '-ERR No such channel!\n';
        return Object.entries(channel.dump())
          .map(([key, value]) => `${key}: ${encodeURIComponent(value)}\n`)
          .join('');
      }
      default:
        return `-ERR ${name} Command not found!\n`;
    }
  }

  #bridge(one: Channel | undefined, other: Channel | undefined): string {
    if (one === undefined || other === undefined || this.faults.bridgeRefused) return '-ERR Invalid uuid\n';
    if (!one.hasRemote || !other.hasRemote) {
      const dying = one.hasRemote ? other : one;
      setImmediate(() => dying.end('DESTINATION_OUT_OF_ORDER', true));
      return `+OK ${other.uuid}\n`;
    }
    one.bridge(other);
    return `+OK ${other.uuid}\n`;
  }

  #accept(stream: Stream): void {
    this.#streams.add(stream);
    let isAuthentic = false;
    const link: EventSocket = new EventSocket(
      stream,
      ({ line }: Command) => {
        if (this.faults.deaf) return;
        const [verb = ''] = line.split(' ');
        if (verb === 'auth') {
          isAuthentic = line === `auth ${this.password}`;
          link.reply(isAuthentic ? '+OK accepted' : '-ERR invalid');
          if (!isAuthentic) link.disconnectNotice('');
          else this.#watchers.add(link);
        } else if (!isAuthentic) link.reply('-ERR command not found');
        else if (verb === 'api') link.api(this.api(line.slice(4)));
        else if (verb === 'exit') stream.end();
        else link.reply('+OK event listener enabled json');
      },
      () => {
        this.#streams.delete(stream);
        this.#watchers.delete(link);
      },
    );
    if (this.faults.rude) link.rudeRejection();
    else if (!this.faults.deaf) link.authRequest();
  }

  async #receive(bytes: Buffer, from: RemoteInfo): Promise<void> {
    const request = parseMessage(bytes.toString('latin1'));
    if (request === undefined || !request.isRequest || this.faults.silent) return;
    const key = `${request.method} ${request.tryVia()?.branch}`;
    if (this.#answers.has(key)) {
      // It was on its way twice (RFC 3261 §17.2): the last response again.
      const again = this.#answers.get(key);
      if (again !== undefined) this.#sip?.send(again, from.port, from.address);
      return;
    }
    this.#answers.set(key, undefined);
    this.requests.push(request.method);
    const dialog = this.#dialogs.get(request.callId);
    const answer = (status: number, fields: readonly Field[] = [], body = ''): void => {
      const response = responseTo(request, status, 'Double', { toTag: `fs${this.#tags}`, fields, body });
      const bytes = Buffer.from(response.text, 'latin1');
      this.#answers.set(key, bytes);
      this.#sip?.send(bytes, from.port, from.address);
    };
    if (request.method === 'INVITE' && dialog === undefined) await this.#invite(request, from, answer);
    else if (dialog === undefined) {
      if (request.method !== 'ACK') answer(481);
    } else if (request.method === 'ACK') {
      if (!dialog.isAcknowledged) dialog.channel.dialOut();
      dialog.isAcknowledged = true;
    } else if (request.method === 'INVITE') this.#modify(dialog, request, answer);
    else if (request.method === 'BYE') {
      this.#dialogs.delete(request.callId);
      answer(200);
      dialog.channel.end('NORMAL_CLEARING', false);
    } else if (request.method === 'INFO') {
      answer(200);
      const digit = digitIn(request);
      if (digit !== undefined) dialog.channel.digit(digit, 800, 'ENDPOINT');
    } else answer(200);
  }

  async #invite(request: SipMessage, from: RemoteInfo, answer: Answer): Promise<void> {
    const status =
      this.faults.inviteStatus ?? (this.#channels.size >= this.maxSessions ? 503 : refusalOf(request.body));
    if (status !== undefined) {
      answer(status);
      return;
    }
    answer(100);
    this.#tags++;
    const rtp = await RtpPort.open();
    this.total++;
    const channel = new Channel(this, rtp, {
      userAgent: request.first('user-agent') ?? '',
      target: request.first('x-esl-outbound') ?? '',
      remoteSdp: request.body,
    });
    this.#channels.set(channel.uuid, channel);
    this.#dialogs.set(request.callId, {
      channel,
      callId: request.callId,
      theirs: request.first('from') ?? '',
      ours: `${request.first('to')};tag=fs${this.#tags}`,
      target: request.contactUri ?? '',
      to: from,
      isAcknowledged: false,
    });
    answer(200, this.#content(channel), channel.localSdp);
  }

  #modify({ channel }: Dialog, request: SipMessage, answer: Answer): void {
    const status = this.faults.modifyStatus ?? refusalOf(request.body);
    if (status !== undefined) {
      answer(status);
      return;
    }
    if (request.body !== '') channel.modify(request.body);
    answer(200, this.#content(channel), channel.localSdp);
  }

  #content(_channel: Channel): Field[] {
    return [
      ['Contact', `<sip:mod_sofia@${HOST}:${this.#sipPort}>`],
      ['Content-Type', 'application/sdp'],
    ];
  }
}

type Answer = (status: number, fields?: readonly Field[], body?: string) => void;
