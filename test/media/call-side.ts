/** The whole service but Redis on real sockets, with a double of FreeSWITCH, a caller and members. */
import { systemClock } from '../../lib/base/clock.js';
import { createIds } from '../../lib/base/ids.js';
import { createRingingService, type RingingService } from '../../lib/call/service.js';
import { createTrunkGroup } from '../../lib/call/trunks/trunk-group.js';
import type { VoiceSettings } from '../../lib/call/voices/group-voices.js';
import { callSettings } from '../../lib/settings.js';
import type { CallRecord, Group, GroupVoices, Turn } from '../../lib/store/types.js';
import { FreeSwitchDouble } from '../support/freeswitch-double/double.js';
import { OCTETS } from '../support/freeswitch-double/playing.js';
import { eventually, type MediaSide, openMediaSide } from './media-side.js';
import { NamedServer, TEST_MEDIA_URL, type TestedServer } from './named-server.js';
import './on-a-double-alone.js';
import { Phone } from './phone.js';

export const PILOT = '+37167000000';
const PROMPTS = '/prompts';
/** Recordings of every side, with their milliseconds; the lead-in is as short. */
const FILES: readonly (readonly [file: string, ms: number])[] = [
  ...['press-1', 'group-call', 'sales'].map((name) => [`${PROMPTS}/lv/${name}.wav`, 60] as const),
  ...['nobody-answered', 'all-busy', 'closed'].map((kind) => [`${PROMPTS}/lv/standard-${kind}.wav`, 200] as const),
  ['silence_stream://300', 40],
];

/** Limits of a test; it may make them shorter than can be configured. */
export type Limits = { -readonly [Name in keyof VoiceSettings]: VoiceSettings[Name] };

const GROUP = { pilot: PILOT, policy: 'linear', ring: 5, plan: 'BIZNESS', enabled: true, version: 1 } as const;

export class CallSide {
  readonly doubles: TestedServer[] = [];
  readonly phones: Phone[] = [];
  readonly records: CallRecord[] = [];
  readonly media: MediaSide;
  readonly limits: Limits;
  readonly #configured: VoiceSettings;
  readonly #service: RingingService;
  /** What the group wishes for, and who is in it. */
  group: Group = { ...GROUP, members: [] };

  private constructor(media: MediaSide, double: TestedServer) {
    this.media = media;
    this.doubles.push(double);
    const { side, pool } = media;
    const common = { clock: systemClock, ids: createIds(), log: media.log, meter: media.meter };
    const { trunks: list, pings } = media.config;
    const about = { trunks: list, defaultCountry: 'LV', restMs: 0, pings, isFrom: () => false };
    const settings = callSettings(media.config);
    this.#configured = settings.voices;
    this.limits = { ...settings.voices };
    this.#service = createRingingService({
      ...common,
      sip: side.sip,
      store: {
        takeTurn: async () => this.#turn(),
        claim: async () => true,
        release: () => {},
      },
      records: { write: async (record) => void this.records.push(record) },
      trunks: createTrunkGroup({ ...about, ...common, sip: side.sip, random: () => 0 }),
      settings: { ...settings, voices: this.limits },
      media: pool,
    });
  }

  static async open(
    members: readonly string[],
    voices: GroupVoices,
    media: object = {},
    site: object = {},
  ): Promise<CallSide> {
    const double =
      TEST_MEDIA_URL === undefined
        ? Object.assign(await new FreeSwitchDouble().start(), { prompts: PROMPTS })
        : new NamedServer(TEST_MEDIA_URL);
    const common = { prompts: double.prompts, repeatMs: 100, timeoutMs: 5000 };
    const mediaSide = await openMediaSide([double.url], { ...common, ...media }, site);
    const side = new CallSide(mediaSide, double);
    await mediaSide.untilUp();
    await eventually('the trial is over', () => double.channels.length === 0);
    await side.renew(members, voices);
    return side;
  }

  /** For another test: as new, but for what runs. */
  async renew(members: readonly string[], voices: GroupVoices): Promise<void> {
    for (const phone of this.phones.splice(0)) phone.close();
    this.records.length = 0;
    this.media.lines.length = 0;
    this.media.counts.clear();
    Object.assign(this.limits, this.#configured);
    this.double.renew();
    for (const [file, ms] of FILES) this.double.files.set(file, ms);
    this.phones.push(...(await Promise.all(['caller', ...members].map((name) => Phone.open(name)))));
    this.group = { ...GROUP, members: members.map((name) => this.phone(name).uri), voices };
  }

  get caller(): Phone {
    return this.phone('caller');
  }

  get double(): TestedServer {
    return this.doubles[0] as TestedServer;
  }

  get port(): number {
    return this.media.sipPort;
  }

  phone(name: string): Phone {
    return this.phones.find((phone) => phone.name === name) as Phone;
  }

  call(parts: { body?: string; fields?: readonly string[] } = {}): void {
    this.caller.call(PILOT, this.port, parts);
  }

  /** That member answers, and hears the question. */
  async ask(name: string): Promise<void> {
    const phone = this.phone(name);
    await phone.rings();
    phone.reply(180);
    phone.answer();
    await phone.until('it hears the question', () => phone.rtp.count(OCTETS.prompt) > 0);
  }

  /** That member answers, and presses 1. */
  async join(name: string): Promise<void> {
    await this.ask(name);
    this.phone(name).rtp.press('1');
    await this.answered();
  }

  /** The caller has his answer. */
  async answered(): Promise<void> {
    const { caller } = this;
    await caller.until('the answer', () => caller.statuses().includes(200));
  }

  /** Speech in both directions, counted by the octet that each is filled with. */
  async speak(name: string): Promise<void> {
    const { caller } = this;
    const member = this.phone(name);
    caller.rtp.speak(0xca);
    member.rtp.speak(0xbe);
    await eventually('both hear each other', () => caller.rtp.count(0xbe) > 5 && member.rtp.count(0xca) > 5);
  }

  /** The record, once the call is over. */
  async record(): Promise<CallRecord> {
    await eventually(`a record (caller: ${this.caller.summary})`, () => this.records.length > 0, 8000);
    return this.records[0] as CallRecord;
  }

  /** No endpoint, no channel, no entry of a call is left. */
  async nothingLeft(): Promise<void> {
    await eventually('no endpoint is open', () => this.media.pool.endpoints === 0);
    await eventually('no channel is left', () => this.double.channels.length === 0);
    await eventually('no call is left', () => this.#service.active === 0);
  }

  async close(): Promise<void> {
    await this.media.close();
    for (const double of this.doubles) await double.kill();
    for (const phone of this.phones) phone.close();
  }

  #turn(): Turn {
    const { group } = this;
    return { group, number: 1, order: group.enabled ? group.members : [] };
  }
}
