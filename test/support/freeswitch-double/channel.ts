/** One channel of the double: a SIP dialog, a connection to the application, an RTP port, and what it plays. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { Collection, type CollectOptions } from './collection.js';
import { type Command, EventSocket } from './event-socket.js';
import type { Faults } from './faults.js';
import { audible, type Play, played, type Sound, soundOf } from './playing.js';
import type { RtpPort } from './rtp.js';
import { writeSdp } from './sdp.js';

export interface ChannelOwner {
  readonly faults: Faults;
  readonly files: ReadonlyMap<string, number>;
  readonly address: string;
  /** It plays real sound. */
  readonly isAudible: boolean;
  /** Sends BYE in the channel's dialog. */
  bye(channel: Channel, reason?: string): void;
  find(uuid: string): Channel | undefined;
  forget(channel: Channel): void;
  /** `uuid_…`, as both kinds of connection take them. */
  api(command: string): string;
}

/** Before an application starts. */
const APPLICATION_MS = 20;

export class Channel {
  readonly uuid = randomUUID();
  readonly rtp: RtpPort;
  readonly userAgent: string;
  readonly is3pcc: boolean;
  /** A remote description other than the placeholder has come. */
  hasRemote: boolean;
  remoteSdp: string;
  bridged: Channel | undefined;
  isOver = false;
  /** Keys that it has heard, by RTP and by INFO. */
  readonly digits: string[] = [];
  readonly variables = new Map<string, string>();
  readonly #owner: ChannelOwner;
  readonly #target: string;
  readonly #plays: Play[] = [];
  #version = 1;
  #link: EventSocket | undefined;
  #collection: Collection | undefined;

  constructor(owner: ChannelOwner, rtp: RtpPort, about: { userAgent: string; target: string; remoteSdp: string }) {
    this.#owner = owner;
    this.rtp = rtp;
    this.userAgent = about.userAgent;
    this.#target = about.target;
    this.remoteSdp = about.remoteSdp;
    this.is3pcc = about.remoteSdp === '';
    this.hasRemote = !this.is3pcc;
    rtp.onlyFromPeer = true;
    if (owner.isAudible) rtp.payloadOf = audible;
    rtp.onDigit = (digit, samples) => this.digit(digit, samples, 'RTP');
    rtp.onSpeech = (payload) => {
      if (this.bridged?.rtp.isSpeaking === false) this.bridged.rtp.send(payload);
    };
    if (this.hasRemote) rtp.follow(about.remoteSdp);
  }

  get localSdp(): string {
    return writeSdp({
      owner: 'FreeSWITCH',
      version: this.#version,
      address: this.#owner.address,
      port: this.rtp.port,
      payloads: this.is3pcc ? [0, 8] : [0],
    });
  }

  modify(remoteSdp: string): void {
    this.remoteSdp = remoteSdp;
    this.hasRemote = true;
    this.#version++;
    this.rtp.follow(remoteSdp);
  }

  /** After the ACK: FreeSWITCH dials the application. */
  dialOut(): void {
    const [host = '', port = ''] = this.#target.split(':');
    if (this.#owner.faults.noDialOut) {
      this.#owner.bye(this);
      this.end('', false);
      return;
    }
    const socket = connect({ host, port: Number(port), noDelay: true });
    this.#link = new EventSocket(
      socket,
      (command) => this.#command(command),
      () => {},
    );
  }

  digit(digit: string, samples: number, source: 'RTP' | 'ENDPOINT'): void {
    this.digits.push(digit);
    this.#event('DTMF', { 'DTMF-Digit': digit, 'DTMF-Duration': String(samples), 'DTMF-Source': source });
    if (this.#collection !== undefined) this.#collection.digit(digit);
    else if (digit === '*') this.breakPlay(false);
    this.bridged?.rtp.press(digit);
  }

  play(sound: string): boolean {
    return this.#play([sound], () => {});
  }

  /** `uuid_break`: the play on top, or all. */
  breakPlay(all: boolean): void {
    for (const play of this.#plays.splice(all ? 0 : -1).reverse()) this.#stop(play, 'FILE PLAYED', 'break');
    this.#resume();
  }

  bridge(other: Channel): void {
    for (const one of [this, other])
      for (const play of one.#plays.splice(0).reverse()) one.#stop(play, 'PLAYBACK ERROR', 'break');
    this.rtp.stop();
    other.rtp.stop();
    this.bridged = other;
    other.bridged = this;
  }

  unbridge(): void {
    if (this.bridged !== undefined) this.bridged.bridged = undefined;
    this.bridged = undefined;
  }

  /** Everything of it ends. @param cause of the hangup; the leg it is bridged with ends, too, both without CALLSTATE */
  end(cause: string, sendsBye: boolean, reason?: string): void {
    if (this.isOver) return;
    this.isOver = true;
    const peer = this.bridged;
    this.unbridge();
    this.#collection?.stop();
    for (const play of this.#plays.splice(0).reverse()) {
      if (this.#owner.faults.completeLost) clearTimeout(play.timer);
      else this.#stop(play, 'FILE PLAYED', 'break');
    }
    this.rtp.close();
    if (peer === undefined) this.#event('CHANNEL_CALLSTATE', { 'Channel-Call-State': 'HANGUP', 'Hangup-Cause': cause });
    this.#link?.disconnectNotice(this.uuid);
    if (sendsBye) this.#owner.bye(this, reason);
    this.#owner.forget(this);
    peer?.end(cause, true);
  }

  /** As when the process is killed: nothing is said to anybody. */
  vanish(): void {
    this.isOver = true;
    this.#collection?.stop();
    for (const play of this.#plays.splice(0)) clearTimeout(play.timer);
    this.rtp.close();
    this.#link?.socket.destroy();
  }

  #command({ line, fields }: Command): void {
    const link = this.#link;
    if (link === undefined) return;
    const [verb = ''] = line.split(' ');
    if (verb === 'connect') link.channelData(this.#data());
    else if (verb === 'event')
      link.reply(this.#owner.faults.notFull ? '-ERR command not found' : '+OK event listener enabled json');
    else if (verb === 'filter') link.reply(`+OK filter added. [Unique-ID]=[${this.uuid}]`);
    else if (verb === 'api') link.api(this.#owner.api(line.slice(4)));
    else if (verb === 'exit') link.socket.end();
    else if (verb === 'sendmsg') this.#sendmsg(line.slice(8), fields, link);
    else link.reply('-ERR command not found');
  }

  #sendmsg(uuid: string, fields: Readonly<Record<string, string>>, link: EventSocket): void {
    if (uuid !== this.uuid) {
      link.reply(`-ERR invalid session id [${uuid}]`);
      return;
    }
    link.reply('+OK');
    const { 'execute-app-name': name = '', 'execute-app-arg': arg = '', 'Event-UUID': id = '' } = fields;
    setTimeout(() => this.#execute(name, arg, id), name === 'set' ? 0 : APPLICATION_MS);
  }

  #execute(name: string, arg: string, id: string): void {
    if (this.isOver) return;
    const about = { Application: name, 'Application-Data': arg, 'Application-UUID': id };
    this.#event('CHANNEL_EXECUTE', about);
    const complete = (response: string, more: Readonly<Record<string, string>> = {}): void =>
      this.#event('CHANNEL_EXECUTE_COMPLETE', { ...about, 'Application-Response': response, ...more });
    if (name === 'set') {
      const [variable = '', value = ''] = arg.split('=');
      this.variables.set(variable, value);
      complete('_none_');
    } else if (name === 'hangup') {
      complete('_none_');
      this.end(arg === '' ? 'NORMAL_CLEARING' : arg, true);
    } else if (name === 'playback') {
      const delimiter = this.variables.get('playback_delimiter');
      const files = delimiter === undefined ? [arg] : arg.split(delimiter);
      const began = performance.now();
      const done = (response: string): void => complete(response, played(performance.now() - began));
      if (!this.#play(files, done)) complete('FILE NOT FOUND');
    } else if (name === 'play_and_get_digits') this.#collect(arg, complete);
    else complete('_none_');
  }

  #collect(arg: string, complete: (response: string, more: Readonly<Record<string, string>>) => void): void {
    this.#collection = new Collection(arg, {
      play: (file, done) => this.#play([file], done),
      stopPlay: () => this.breakPlay(false),
      done: (options: CollectOptions, digits, invalid, terminator) => {
        this.#collection = undefined;
        complete('_none_', {
          ...(digits !== '' && { [`variable_${options.variable}`]: digits }),
          ...(invalid !== '' && { [`variable_${options.variable}_invalid`]: invalid }),
          ...(terminator !== '' && { variable_read_terminator_used: terminator }),
        });
      },
    });
  }

  /** False: one of them is not there. */
  #play(files: readonly string[], ended: (response: string) => void): boolean {
    const sounds = files.map((file) => soundOf(file, this.#owner.files));
    if (sounds.some((sound) => sound === undefined)) return false;
    this.#pause();
    const play: Play = {
      files,
      sounds: sounds as Sound[],
      at: 0,
      left: (sounds[0] as Sound).ms,
      timer: undefined,
      began: 0,
      ended: (response) => ended(response),
    };
    this.#plays.push(play);
    this.#event('PLAYBACK_START', { 'Playback-File-Path': files[0] ?? '' });
    this.#resume();
    return true;
  }

  #pause(): void {
    const play = this.#plays.at(-1);
    if (play === undefined) return;
    clearTimeout(play.timer);
    play.left -= performance.now() - play.began;
  }

  #resume(): void {
    const play = this.#plays.at(-1);
    this.rtp.stop();
    if (play === undefined) return;
    clearTimeout(play.timer);
    play.began = performance.now();
    this.rtp.speak((play.sounds[play.at] as Sound).octet);
    if (!Number.isFinite(play.left)) return;
    play.timer = setTimeout(() => this.#next(play), Math.max(0, play.left));
  }

  #next(play: Play): void {
    const next = play.sounds[++play.at];
    if (next !== undefined) {
      play.left = next.ms;
      this.#resume();
      return;
    }
    this.#plays.splice(this.#plays.indexOf(play), 1);
    this.#stop(play, 'FILE PLAYED', 'done');
    this.#resume();
  }

  #stop(play: Play, response: string, status: 'done' | 'break'): void {
    clearTimeout(play.timer);
    if (this.#plays.length === 0 && !this.isOver) this.rtp.stop();
    this.#event('PLAYBACK_STOP', { 'Playback-File-Path': play.files.join('!'), 'Playback-Status': status });
    play.ended(response, status);
  }

  #event(name: string, fields: Readonly<Record<string, string>>): void {
    if (this.#owner.faults.notFull) return;
    this.#link?.event({ 'Event-Name': name, 'Unique-ID': this.uuid, ...fields });
  }

  #data(): Record<string, string> {
    const { uuid, userAgent } = this;
    return { 'Unique-ID': uuid, 'Channel-Unique-ID': uuid, variable_sip_user_agent: userAgent, ...this.dump() };
  }

  /** As `uuid_dump` has it. */
  dump(): Record<string, string> {
    return {
      variable_rtp_local_sdp_str: this.localSdp,
      variable_switch_r_sdp: this.remoteSdp,
      variable_local_media_ip: this.#owner.address,
      variable_local_media_port: String(this.rtp.port),
      variable_remote_media_ip: '127.0.0.1',
      variable_remote_media_port: '0',
      variable_dtmf_type: 'rfc2833',
      variable_sip_call_id: this.uuid,
    };
  }
}
