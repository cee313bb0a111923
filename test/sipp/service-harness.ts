import { expect } from 'chai';
import { type Service, type ServiceOptions, type StoredRecord, startService } from '../support/service.js';
import { type SippOptions, type SippRun, useSipp } from '../support/sipp.js';
import './drachtio-differences.js';

type Member = SippRun | string;

export interface Chain {
  readonly pilot: string;
  readonly caller: SippRun;
  readonly phones: readonly SippRun[];
  readonly record: StoredRecord;
}

/** What most of these tests do: give an office number members that play scenarios, call it, look at the record. */
export interface ServiceHarness {
  readonly service: Service;
  /** Starts a member's phone. */
  member(scenario: string, options?: SippOptions): Promise<SippRun>;
  /** Makes a group and returns its number. Ring time 1 s and linear, unless `fields` say otherwise. */
  group(members: readonly Member[], fields?: Readonly<Record<string, string>>): Promise<string>;
  /** Starts a caller. */
  call(pilot: string, scenario: string, options?: SippOptions): Promise<SippRun>;
  /** A caller of five phones, of which four are busy and the last one answers; all of it is over, and has its record. */
  chain(): Promise<Chain>;
  /** The record of the only call to a number. */
  record(pilot: string): Promise<StoredRecord>;
}

const FIRST_PILOT = 37_167_000_100;

/** For use inside `describe`: one service for all its tests. */
export function useService(options: ServiceOptions = {}): ServiceHarness {
  const sipp = useSipp();
  let service: Service | undefined;
  let pilots = 0;
  const running = (): Service => {
    if (service === undefined) throw new Error('the service was not started');
    return service;
  };

  before(async function () {
    this.timeout(20_000);
    service = await startService(options);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed')
      process.stderr.write(`── service\n${running().log.slice(-40).join('\n')}\n`);
  });
  after(async function () {
    this.timeout(15_000);
    await service?.stop();
  });

  const harness: ServiceHarness = {
    get service() {
      return running();
    },
    member: sipp,
    async group(members, fields = {}) {
      pilots += 1;
      const pilot = `+${FIRST_PILOT + pilots}`;
      const uris = members.map((member) => (typeof member === 'string' ? member : member.uri));
      await running().hunt(pilot, { policy: 'linear', ring: '1', members: uris.join(','), ...fields });
      return pilot;
    },
    call: (pilot, scenario, more = {}) => sipp(scenario, { remote: running().sip, service: pilot, ...more }),
    async chain() {
      const phones: SippRun[] = [];
      for (let i = 0; i < 4; i++) phones.push(await harness.member('busy'));
      phones.push(await harness.member('answer'));
      const pilot = await harness.group(phones);
      const caller = await harness.call(pilot, 'caller', { pause: 200 });
      for (const run of [caller, ...phones]) expect((await run.exited).code, run.scenario).to.equal(0);
      return { pilot, caller, phones, record: await harness.record(pilot) };
    },
    async record(pilot) {
      const [record] = await running().records(1, pilot);
      if (record === undefined) throw new Error(`no record of ${pilot}`);
      return record;
    },
  };
  return harness;
}

/** How a call ended and why each member rang or did not: the part of a record that most tests compare. */
export function storyOf({ fields, attempts }: StoredRecord): {
  status: string;
  by: string;
  released: string;
  whys: string[];
} {
  const { status = '', by = '', released = '' } = fields;
  return { status, by, released, whys: attempts.map(({ why }) => why) };
}

/** Milliseconds from the first `from` to the first `to` in what a phone saw. */
export function between(run: SippRun, from: string, to: string): number {
  const at = (name: string): number => {
    const message = run.messages().find((one) => one.name === name);
    if (message === undefined) throw new Error(`${run.scenario} saw no ${name}`);
    return message.at;
  };
  return at(to) - at(from);
}

/** When the first message of this name passed a phone, in milliseconds since 1970. */
export function timeOf(run: SippRun, name: string): number {
  return run.messages().find((one) => one.name === name)?.at ?? Number.NaN;
}
