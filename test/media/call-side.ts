/** The whole service but Redis on real sockets, with a double of FreeSWITCH, a caller and members. */
import { systemClock } from '../../lib/base/clock.js';
import { createIds } from '../../lib/base/ids.js';
import { createRingingService, type RingingService } from '../../lib/call/service.js';
import { createTrunkGroup } from '../../lib/call/trunks/trunk-group.js';
import { callSettings } from '../../lib/settings.js';
import type { CallRecord, Group, GroupVoices, Turn } from '../../lib/store/types.js';
import { FreeSwitchDouble } from '../support/freeswitch-double/double.js';
import { eventually, type MediaSide, openMediaSide } from './media-side.js';
import { Phone } from './phone.js';

export const PILOT = '+37167000000';
const PROMPTS = '/prompts';

export class CallSide {
  readonly doubles: FreeSwitchDouble[] = [];
  readonly phones: Phone[] = [];
  readonly records: CallRecord[] = [];
  readonly caller: Phone;
  readonly media: MediaSide;
  readonly #service: RingingService;
  /** What the group wishes for, and who is in it. */
  group: Group;

  private constructor(caller: Phone, media: MediaSide, group: Group) {
    this.caller = caller;
    this.media = media;
    this.group = group;
    this.phones.push(caller);
    const { side, pool } = media;
    const common = { clock: systemClock, ids: createIds(), log: media.log, meter: media.meter };
    const { trunks: list, pings } = media.config;
    const about = { trunks: list, defaultCountry: 'LV', restMs: 0, pings, isFrom: () => false };
    const settings = callSettings(media.config);
    // The shortest that can be configured is a long wait for a test.
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
      settings: { ...settings, voices: { ...settings.voices, confirmMs: media.config.media.confirmSeconds * 300 } },
      media: pool,
    });
  }

  static async open(
    members: readonly string[],
    voices: GroupVoices,
    media: object = {},
    site: object = {},
  ): Promise<CallSide> {
    const double = await new FreeSwitchDouble().start();
    for (const name of ['press-1', 'group-call', 'sales']) double.files.set(`${PROMPTS}/lv/${name}.wav`, 100);
    for (const kind of ['nobody-answered', 'all-busy', 'closed'])
      double.files.set(`${PROMPTS}/lv/standard-${kind}.wav`, 200);
    const mediaSide = await openMediaSide(
      [double.url],
      { prompts: PROMPTS, repeatMs: 100, confirmSeconds: 2, ...media },
      site,
    );
    await mediaSide.untilUp();
    await eventually('the trial is over', () => double.channels.length === 0);
    const caller = await Phone.open('caller');
    const phones = await Promise.all(members.map((name) => Phone.open(name)));
    const group: Group = {
      ...{ pilot: PILOT, policy: 'linear', ring: 5, plan: 'BIZNESS', enabled: true, version: 1 },
      members: phones.map(({ uri }) => uri),
      voices,
    };
    const side = new CallSide(caller, mediaSide, group);
    side.phones.push(...phones);
    side.doubles.push(double);
    return side;
  }

  get double(): FreeSwitchDouble {
    return this.doubles[0] as FreeSwitchDouble;
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
