/** On a real drachtio-server alone (TEST_DRACHTIO_URL): what the double of it is believed to do, and what the service does about it. */
import { expect } from 'chai';
import { Phone } from '../drachtio/phone.js';
import { sipAddressOf, TEST_DRACHTIO_URL } from '../support/drachtio-server.js';
import { Relay } from '../support/relay.js';
import { type Service, startService } from '../support/service.js';
import { until } from '../support/sipp.js';

const PILOT = '+37167000001';
/** The server drops datagrams with a line of more than some 8,000 octets. */
const LINE = 'a=rtpmap:0 PCMU/8000\r\n';
const described = (size: number): string => `v=0\r\n${LINE.repeat(size / LINE.length)}`;
const TOO_LARGE = described(12_500);
const RELAY_LIMIT_MS = 20_000;

const onServer = (url: string): void => {
  describe('on a real drachtio-server', function () {
    this.timeout(40_000);
    let relay: Relay;
    let service: Service;
    let caller: Phone;
    let members: Phone[];
    let port = 0;
    let pilots = 0;

    before(async () => {
      const { hostname, port: at, password } = new URL(url.replace(/^drachtio:/, 'http:'));
      relay = new Relay(hostname, Number(at || 9022));
      const through = await relay.listen();
      port = Number((await sipAddressOf(url)).split(':').at(-1));
      service = await startService({
        env: { DRACHTIO_URL: `drachtio://:${password}@127.0.0.1:${through}` },
        config: { drachtio: { silenceMs: 2000 }, redis: { commandTimeoutMs: 10_000 } },
      });
    });
    beforeEach(async () => {
      caller = await new Phone(() => port).open();
      members = [await new Phone(() => port).open(), await new Phone(() => port).open()];
    });
    afterEach(function () {
      caller.close();
      for (const phone of members) phone.close();
      if (this.currentTest?.state === 'failed') process.stderr.write(`${service.log.slice(-30).join('\n')}\n`);
    });
    after(async () => {
      await service.stop();
      relay.close();
    });

    async function group(): Promise<string> {
      const pilot = `${PILOT.slice(0, -3)}${String(++pilots).padStart(3, '0')}`;
      const uris = members.map((phone) => `sip:member@127.0.0.1:${phone.port}`).join(',');
      await service.hunt(pilot, { ring: '10', members: uris });
      return pilot;
    }

    const invite = (pilot: string, extra = '', body = 'v=0\r\n'): string =>
      caller.begin('INVITE', `Content-Type: application/sdp\r\n${extra}`, body, `sip:${pilot}@127.0.0.1:${port}`);

    const whys = async (pilot: string): Promise<string[]> =>
      (await service.records(1, pilot))[0]?.attempts.map(({ why }) => why) ?? [];

    /** The first member has answered, the caller has acknowledged. */
    async function answered(pilot: string) {
      const head = invite(pilot);
      const at = await members[0]?.hears('INVITE');
      if (at === undefined) throw new Error('no INVITE');
      members[0]?.answer(at, 180, 'Ringing');
      members[0]?.answer(at, 200, 'OK', '', 'v=1\r\n');
      const answer = await caller.hears(200);
      caller.follow('ACK', head, answer, 1);
      await members[0]?.hears('ACK');
      return { head, answer, at };
    }

    async function serves(): Promise<void> {
      const pilot = await group();
      const head = invite(pilot);
      for (const phone of members) phone.answer(await phone.hears('INVITE'), 486, 'Busy Here');
      const busy = await caller.hears(486);
      caller.follow('ACK', head, busy, 1);
    }

    it('Require: 100rel is 420, and the server lives', async () => {
      invite(await group(), 'Require: 100rel\r\nSupported: 100rel\r\n');
      expect((await caller.hears(420)).first('unsupported')).to.equal('100rel');
      await serves();
    });

    it('Require: 100rel of a re-INVITE is answered, and the server lives', async () => {
      const { head, answer } = await answered(await group());
      caller.follow('INVITE', head, answer, 2, 'Require: 100rel\r\nContent-Type: application/sdp\r\n', 'v=2\r\n');
      members[0]?.answer(await members[0].hears('INVITE'), 200, 'OK', '', 'v=3\r\n');
      const again = await caller.hears(200);
      caller.follow('ACK', head, again, 2);
      caller.follow('BYE', head, answer, 3);
      members[0]?.answer(await members[0].hears('BYE'), 200, 'OK');
      await serves();
    });

    it('an INVITE that it could not read is 513', async () => {
      const pilot = await group();
      invite(pilot, '', TOO_LARGE);
      await caller.hears(513);
      expect(await whys(pilot)).to.deep.equal(['too-large', 'too-large']);
      await serves();
    });

    it('a body with a zero in it is 400 by the server itself', async () => {
      const pilot = await group();
      invite(pilot, '', 'v=0\r\n\0\r\n');
      await caller.hears(400);
      await serves();
    });

    it('11,000 octets pass', async () => {
      const body = described(11_000);
      invite(await group(), '', body);
      const at = await members[0]?.hears('INVITE');
      expect(at?.body).to.equal(body);
      if (at !== undefined) members[0]?.answer(at, 486, 'Busy Here');
      const second = await members[1]?.hears('INVITE');
      if (second !== undefined) members[1]?.answer(second, 486, 'Busy Here');
      await caller.hears(486);
      await serves();
    });

    it('an answer that it could not read: the next member rings', async () => {
      const pilot = await group();
      invite(pilot);
      const at = await members[0]?.hears('INVITE');
      if (at !== undefined) members[0]?.answer(at, 200, 'OK', '', TOO_LARGE);
      await members[0]?.hears('ACK');
      await members[0]?.hears('BYE');
      const second = await members[1]?.hears('INVITE');
      if (second !== undefined) members[1]?.answer(second, 486, 'Busy Here');
      await caller.hears(480);
      expect(await whys(pilot)).to.deep.equal(['too-large', 'busy']);
      await serves();
    });

    it('20 INVITEs with 5,000 octets at once all pass', async () => {
      const pilot = await group();
      // As many as its socket holds.
      for (let at = 0; at < 20; at++) invite(pilot, '', described(5000));
      for (const phone of members)
        for (let at = 0; at < 20; at++) phone.answer(await phone.hears('INVITE'), 486, 'Busy Here');
      expect(await service.records(20, pilot)).to.have.length(20);
      await serves();
    });

    it('a member that answers 202: unacknowledged, the next one rings', async () => {
      const pilot = await group();
      invite(pilot);
      const at = await members[0]?.hears('INVITE');
      if (at !== undefined) members[0]?.answer(at, 202, 'Accepted', '', 'v=1\r\n');
      const second = await members[1]?.hears('INVITE');
      if (second !== undefined) members[1]?.answer(second, 486, 'Busy Here');
      await caller.hears(480);
      expect(await whys(pilot)).to.deep.equal(['unacknowledged', 'busy']);
      await serves();
    });

    it('a re-INVITE answered 183, then 200: 500 for who asked, within 11 s', async () => {
      const { head, answer } = await answered(await group());
      caller.follow('INVITE', head, answer, 2, 'Content-Type: application/sdp\r\n', 'v=2\r\n');
      const again = await members[0]?.hears('INVITE');
      if (again === undefined) throw new Error('no re-INVITE');
      members[0]?.answer(again, 183, 'Session Progress');
      members[0]?.answer(again, 200, 'OK', '', 'v=3\r\n');
      const refused = await caller.hears(500);
      caller.follow('ACK', head, refused, 2);
      caller.follow('BYE', head, answer, 3);
      await caller.hears(200);
      members[0]?.answer(await members[0].hears('BYE'), 200, 'OK');
      await until(
        async () => /calls_active 0$/m.test(await service.metrics()) || undefined,
        10_000,
        () => 'calls are left',
      );
      await serves();
    });

    it('an established call whose connection is cut: both sides get BYE', async () => {
      const pilot = await group();
      await answered(pilot);
      relay.cut();
      caller.answer(await caller.hears('BYE'), 200, 'OK');
      const bye = await members[0]?.hears('BYE');
      if (bye !== undefined) members[0]?.answer(bye, 200, 'OK');
      expect((await service.records(1, pilot))[0]?.fields).to.include({ status: '200', released: 'system' });
      await serves();
    });

    it('a ringing call whose connection is cut: CANCEL for the phone, 503 for the caller', async () => {
      const pilot = await group();
      invite(pilot);
      const at = await members[0]?.hears('INVITE');
      if (at !== undefined) members[0]?.answer(at, 180, 'Ringing');
      await caller.hears(180);
      relay.cut();
      const cancel = await members[0]?.hears('CANCEL');
      if (cancel !== undefined) members[0]?.answer(cancel, 200, 'OK');
      if (at !== undefined) members[0]?.answer(at, 487, 'Request Terminated');
      await caller.hears(503);
      expect(await whys(pilot)).to.deep.equal(['failed', 'not-needed']);
      expect((await service.records(1, pilot))[0]?.fields.status).to.equal('503');
      await serves();
    });

    it('a phone that answers while the connection is cut gets BYE', async () => {
      const pilot = await group();
      invite(pilot);
      const at = await members[0]?.hears('INVITE');
      if (at !== undefined) members[0]?.answer(at, 180, 'Ringing');
      await caller.hears(180);
      relay.cut();
      if (at !== undefined) members[0]?.answer(at, 200, 'OK', '', 'v=1\r\n');
      await members[0]?.hears('BYE');
      await serves();
    });

    it('a connection that falls silent is given up: /readyz is 503 meanwhile', async () => {
      relay.silence();
      await until(
        async () => ((await service.ready()) === 503 ? true : undefined),
        RELAY_LIMIT_MS,
        () => 'still ready',
      );
      relay.isSilent = false;
      relay.cut();
      await until(
        async () => ((await service.ready()) === 200 ? true : undefined),
        RELAY_LIMIT_MS,
        () => 'not ready',
      );
      await serves();
    });
  });
};

if (TEST_DRACHTIO_URL !== undefined) onServer(TEST_DRACHTIO_URL);
