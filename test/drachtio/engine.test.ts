import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import Srf from 'drachtio-srf';
import { systemClock } from '../../lib/base/clock.js';
import { createIds } from '../../lib/base/ids.js';
import { createLog } from '../../lib/base/log.js';
import { silentMeter } from '../../lib/base/meter.js';
import { createInProcessLink } from '../../lib/drachtio/in-process.js';
import { createDrachtioServer, type DrachtioServer } from '../../lib/drachtio/server.js';
import type { Engine } from '../../lib/engine/api.js';
import { createEngine } from '../../lib/engine/engine.js';
import { SipResolver } from '../../lib/engine/resolver.js';
import { createTransport } from '../../lib/engine/transport/create.js';
import { ENGINE_SETTINGS, LIMITS } from '../support/defaults.js';
import { createSuiteDns } from './names.js';
import { Phone, SDP } from './phone.js';

interface SipRefusal {
  readonly status: number;
}

/** What the library's types leave out. */
interface SentInvite {
  cancel(options: object, done: (error: unknown) => void): void;
}

interface Proxied {
  proxy(options: { destination: string[] }): Promise<unknown>;
}

const statusOf = (made: Promise<unknown>): Promise<number> =>
  made.then(
    () => 0,
    (error: SipRefusal) => error.status,
  );

for (const way of ['TCP', 'the in-process link'] as const) {
  describe(`drachtio-srf on the engine over ${way}`, () => {
    let engine: Engine;
    let server: DrachtioServer;
    let srf: Srf;
    let leave: () => void;
    let sipPort = 0;
    let alice: Phone;
    let bob: Phone;

    beforeEach(async () => {
      const common = { clock: systemClock, ids: createIds(), log: createLog('silent'), meter: silentMeter };
      const transports = (['udp', 'tcp'] as const).map((protocol) =>
        createTransport(
          { protocol, address: '127.0.0.1', port: 0 },
          { ...common, limits: LIMITS, isAllowedPeer: () => true },
        ),
      );
      const resolver = new SipResolver({ dns: createSuiteDns([]), clock: systemClock, random: Math.random });
      engine = createEngine({ ...common, ...ENGINE_SETTINGS, transports, resolver });
      server = createDrachtioServer({ ...common, engine, secret: 'cymru' });
      await engine.start();
      sipPort = Number(engine.bound[0]?.split(':').at(-1));
      srf = new Srf();
      srf.on('error', () => {});
      if (way === 'TCP') await attachOverTcp();
      else await attachInProcess();
      alice = await new Phone(() => sipPort).open();
      bob = await new Phone(() => sipPort).open();
    });

    afterEach(async () => {
      leave();
      await server.close();
      await engine.close();
      alice.close();
      bob.close();
    });

    async function attachOverTcp(): Promise<void> {
      const { port } = await server.listen('127.0.0.1', 0);
      for (const verb of ['invite', 'options'] as const) srf.use(verb, handler(verb));
      void srf.connect({ host: '127.0.0.1', port, secret: 'cymru' });
      await once(srf, 'connect');
      leave = () => srf.disconnect();
      // The routes leave right after the authentication: a request asked and answered later comes after them.
      while (engine.dispatcher.choose({ method: 'OPTIONS' } as never, {} as never) === undefined) await turn();
    }

    async function attachInProcess(): Promise<void> {
      for (const verb of ['invite', 'options'] as const) srf.use(verb, handler(verb));
      const door = createServer();
      void srf.listen({ server: door, secret: 'cymru' } as never);
      const link = createInProcessLink();
      server.attach(link.server, { routes: 'all' });
      const connected = once(srf, 'connect');
      door.emit('connection', link.application);
      await connected;
      leave = () => link.application.destroy();
    }

    const turn = () => new Promise((resolve) => setImmediate(resolve));

    type Handler = (req: Srf.SrfRequest, res: Srf.SrfResponse) => void;
    const handlers: { invite?: Handler; options?: Handler } = {};
    const handler =
      (verb: 'invite' | 'options'): Handler =>
      (req, res) =>
        handlers[verb]?.(req, res);

    it('OPTIONS is answered by the application', async () => {
      handlers.options = (_req, res) => res.send(200, { headers: { Allow: 'INVITE' } });
      alice.begin('OPTIONS');
      expect((await alice.hears(200)).first('allow')).to.equal('INVITE');
    });

    it('createUAS: 100, 180, 200, ACK, and the caller hangs up', async () => {
      const made = new Promise<Srf.Dialog>((resolve, reject) => {
        handlers.invite = (req, res) => {
          res.send(180);
          srf.createUAS(req, res, { localSdp: SDP }).then(resolve, reject);
        };
      });
      const head = alice.invite();
      await alice.hears(100);
      const ringing = await alice.hears(180);
      const answer = await alice.hears(200);
      expect(answer.toTag).to.equal(ringing.toTag);
      expect(answer.body).to.equal(SDP);
      const dialog = await made;
      const destroyed = once(dialog as never, 'destroy');
      alice.follow('ACK', head, answer, 1);
      alice.follow('BYE', head, answer, 2);
      await alice.hears(200);
      await destroyed;
    });

    it('createUAC: 180, 200, ACK, and the application hangs up', async () => {
      const seen: number[] = [];
      const options = { localSdp: SDP, callingNumber: '5551212' } as Srf.CreateUACOptions;
      const cbProvisional = (res: Srf.SrfResponse) => void seen.push(res.status);
      const made = srf.createUAC(`sip:bob@127.0.0.1:${bob.port}`, options, { cbProvisional });
      const invite = await bob.hears('INVITE');
      expect(invite.from.uri).to.equal(`sip:5551212@127.0.0.1:${sipPort}`);
      bob.answer(invite, 100, 'Trying');
      bob.answer(invite, 180, 'Ringing');
      bob.answer(invite, 200, 'OK', '', SDP);
      const dialog = await made;
      expect(dialog.remote.sdp).to.equal(SDP);
      await bob.hears('ACK');
      const ended = dialog.destroy();
      bob.answer(await bob.hears('BYE'), 200, 'OK');
      await ended;
      expect(seen).to.deep.equal([180]);
    });

    it('createB2BUA: both legs up, both down', async () => {
      const made = new Promise<{ uas: Srf.Dialog; uac: Srf.Dialog }>((resolve, reject) => {
        handlers.invite = (req, res) =>
          void srf.createB2BUA(req, res, `sip:bob@127.0.0.1:${bob.port}`, {}).then(resolve, reject);
      });
      const head = alice.invite();
      const invite = await bob.hears('INVITE');
      bob.answer(invite, 180, 'Ringing');
      await alice.hears(180);
      bob.answer(invite, 200, 'OK', '', SDP);
      const answer = await alice.hears(200);
      alice.follow('ACK', head, answer, 1);
      await bob.hears('ACK');
      const { uas, uac } = await made;
      uas.on('destroy', () => void uac.destroy());
      alice.follow('BYE', head, answer, 2);
      await alice.hears(200);
      bob.answer(await bob.hears('BYE'), 200, 'OK');
    });

    it('proxy: the application gets a clear error, and can still answer', async () => {
      const refused = new Promise<unknown>((resolve) => {
        handlers.invite = (req, res) => {
          const destination = [`sip:phone@127.0.0.1:${bob.port}`];
          (req as unknown as Proxied).proxy({ destination }).catch((error) => {
            resolve(error);
            res.send(501);
          });
        };
      });
      alice.invite();
      expect(await refused).to.match(/^proxy is not supported: this server is a back-to-back user agent/);
      await alice.hears(501);
    });

    it('the caller’s CANCEL reaches the callee, with 200 and 487 for the caller', async () => {
      let failure: Promise<number> | undefined;
      handlers.invite = (req, res) => {
        failure = statusOf(srf.createB2BUA(req, res, `sip:bob@127.0.0.1:${bob.port}`, {}));
      };
      const head = alice.invite();
      const invite = await bob.hears('INVITE');
      bob.answer(invite, 180, 'Ringing');
      await alice.hears(180);
      alice.cancel(head);
      await alice.hears(200);
      await alice.hears(487);
      bob.answer(await bob.hears('CANCEL'), 200, 'OK');
      bob.answer(invite, 487, 'Request Terminated');
      await bob.hears('ACK');
      expect(await failure).to.equal(487);
    });

    async function cancelled(headers: Record<string, string>) {
      const sent: SentInvite[] = [];
      const cbRequest = ((_error: unknown, req: SentInvite) => sent.push(req)) as unknown as () => void;
      const made = srf.createUAC(`sip:bob@127.0.0.1:${bob.port}`, { localSdp: SDP }, { cbRequest });
      const invite = await bob.hears('INVITE');
      bob.answer(invite, 180, 'Ringing');
      await turn();
      sent[0]?.cancel({ headers }, () => {});
      const cancel = await bob.hears('CANCEL');
      bob.answer(cancel, 200, 'OK');
      bob.answer(invite, 200, 'OK', '', SDP);
      return { made, cancel };
    }

    it('a 200 that crosses the CANCEL is acknowledged and released', async () => {
      const { made } = await cancelled({ Reason: 'SIP;cause=200' });
      const dialog = await made;
      const destroyed = once(dialog as never, 'destroy');
      await bob.hears('ACK');
      const bye = await bob.hears('BYE');
      expect(bye.first('reason')).to.contain('ACK-BYE due to cancel race condition');
      bob.answer(bye, 200, 'OK');
      await destroyed;
    });

    it('a 200 that crosses a CANCEL with `X-Late-Answer: deliver` is the application’s to keep', async () => {
      const { made, cancel } = await cancelled({ 'X-Late-Answer': 'deliver', 'X-Other': '1' });
      expect(cancel.has('x-late-answer')).to.equal(false);
      expect(cancel.first('x-other')).to.equal('1');
      const dialog = await made;
      await bob.hears('ACK');
      const info = dialog.request({ method: 'INFO' } as Srf.SrfRequest);
      bob.answer(await bob.hears('INFO'), 200, 'OK');
      await info;
      expect(bob.heard('BYE')).to.equal(0);
      const ended = dialog.destroy();
      bob.answer(await bob.hears('BYE'), 200, 'OK');
      await ended;
    });

    it('a callee that refuses the TCP connection is 503 at once', async () => {
      const gone = await new Phone(() => sipPort).open();
      gone.close();
      const uri = `sip:bob@127.0.0.1:${gone.port};transport=tcp`;
      expect(await statusOf(srf.createUAC(uri, { localSdp: SDP }))).to.equal(503);
    });

    it('a name that does not resolve is 503', async () => {
      expect(await statusOf(srf.createUAC('sip:bob@nowhere.invalid', { localSdp: SDP }))).to.equal(503);
    });

    it('a request on a dialog that is over fails with ENODIALOG', async () => {
      const made = srf.createUAC(`sip:bob@127.0.0.1:${bob.port}`, { localSdp: SDP });
      const invite = await bob.hears('INVITE');
      bob.answer(invite, 200, 'OK', '', SDP);
      const dialog = await made;
      const ended = dialog.destroy();
      bob.answer(await bob.hears('BYE'), 200, 'OK');
      await ended;
      const { id } = dialog as unknown as { id: string };
      const request = srf.request.bind(srf) as unknown as (uri: string, options: object) => Promise<unknown>;
      const code = await request('sip:placeholder', { method: 'INFO', stackDialogId: id }).then(
        () => '',
        (error: { code: string }) => error.code,
      );
      expect(code).to.equal('ENODIALOG');
    });

    it('when the application goes, callers and callees are not left hanging', async () => {
      handlers.invite = (_req, res) => void res.send(180);
      alice.invite();
      await alice.hears(180);
      void srf.createUAC(`sip:bob@127.0.0.1:${bob.port}`, { localSdp: SDP }).catch(() => {});
      const invite = await bob.hears('INVITE');
      bob.answer(invite, 180, 'Ringing');
      await turn();
      leave();
      bob.answer(await bob.hears('CANCEL'), 200, 'OK');
      const final = await Promise.race([alice.hears(480), alice.hears(503)]);
      expect(final.status).to.be.oneOf([480, 503]);
      bob.answer(invite, 487, 'Request Terminated');
    });
  });
}
