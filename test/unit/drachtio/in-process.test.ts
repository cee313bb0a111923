import { createServer } from 'node:net';
import { expect } from 'chai';
import Srf from 'drachtio-srf';
import { createIds } from '../../../lib/base/ids.js';
import { createLog } from '../../../lib/base/log.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { createInProcessLink } from '../../../lib/drachtio/in-process.js';
import { createDrachtioServer } from '../../../lib/drachtio/server.js';
import type { Owner } from '../../../lib/engine/api.js';
import { FakeClock, immediates } from '../../support/fake-clock.js';
import { FakeEngine, FLOW, request, response } from './fake-engine.js';

const DIALOG = 'call-1;from-tag=f1';
const CONTACT = ['Contact', '<sip:bob@192.0.2.1:5060>'] as const;

/** Takes seconds. */
const LONG_TALK = 1_000_000;

describe('In-process link', () => {
  it('carries bytes both ways, in order, never inside the writer’s stack', async () => {
    const link = createInProcessLink();
    const heard: string[] = [];
    const told: string[] = [];
    link.server.listen({ received: (bytes) => heard.push(bytes), closed: () => heard.push('closed') });
    link.application.on('data', (chunk: Buffer) => told.push(chunk.toString()));
    link.application.write('1#a');
    link.application.write('2#bc');
    link.server.write('1#x');
    link.server.write('1#y');
    expect([heard, told]).to.deep.equal([[], []]);
    await immediates();
    expect(heard).to.deep.equal(['1#a', '2#bc']);
    expect(told).to.deep.equal(['1#x', '1#y']);
  });

  it('hands over text as UTF-8 bytes', async () => {
    const link = createInProcessLink();
    const heard: string[] = [];
    link.server.listen({ received: (bytes) => heard.push(bytes), closed: () => {} });
    link.application.write('Ķekava');
    link.application.write(Buffer.from('Ķ'));
    await immediates();
    expect(heard).to.deep.equal([Buffer.from('Ķekava').toString('latin1'), Buffer.from('Ķ').toString('latin1')]);
    const told: string[] = [];
    link.application.on('data', (chunk: Buffer) => told.push(chunk.toString()));
    link.server.write(Buffer.from('Ķ').toString('latin1'));
    await immediates();
    expect(told).to.deep.equal(['Ķ']);
  });

  it('delivers what was written before somebody listened', async () => {
    const link = createInProcessLink();
    link.application.write('1#a');
    await immediates();
    const heard: string[] = [];
    link.server.listen({ received: (bytes) => heard.push(bytes), closed: () => {} });
    await immediates();
    expect(heard).to.deep.equal(['1#a']);
  });

  it('lets promises settle between two frames written at once', async () => {
    const link = createInProcessLink();
    const order: string[] = [];
    link.server.listen({ received: () => {}, closed: () => {} });
    link.application.on('data', (chunk: Buffer) => {
      order.push(chunk.toString());
      void Promise.resolve().then(() => order.push('settled'));
    });
    link.server.write('1#a');
    link.server.write('1#b');
    await immediates();
    expect(order).to.deep.equal(['1#a', 'settled', '1#b', 'settled']);
  });

  it('does not starve timers, however much is said', async () => {
    const link = createInProcessLink();
    let said = 0;
    link.server.listen({ received: () => link.server.write('1#a'), closed: () => {} });
    link.application.on('data', () => {
      said++;
      // A talk that lets nobody else in would never end.
      if (said < LONG_TALK) link.application.write('1#a');
    });
    link.application.write('1#a');
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(said).to.be.below(LONG_TALK);
    while (said < 2) await immediates();
    link.application.destroy();
  });

  it('counts what an application that does not read leaves unsent', async () => {
    const link = createInProcessLink();
    link.server.write('12345');
    expect(link.server.unsent).to.equal(5);
    await immediates();
    expect(link.server.unsent).to.equal(5);
    link.application.on('data', () => {});
    await immediates();
    expect(link.server.unsent).to.equal(0);
  });

  for (const [what, act] of [
    ['the application ends', (link) => link.application.end()],
    ['the application is destroyed', (link) => link.application.destroy()],
    ['the server ends', (link) => link.server.end()],
    ['the server destroys', (link) => link.server.destroy()],
  ] as [string, (link: ReturnType<typeof createInProcessLink>) => void][]) {
    it(`is closed once on both sides when ${what}`, async () => {
      const link = createInProcessLink();
      const closed: string[] = [];
      link.server.listen({ received: () => {}, closed: () => closed.push('server') });
      link.application.on('close', () => closed.push('application'));
      link.application.on('data', () => {});
      act(link);
      await immediates();
      expect(closed.sort()).to.deep.equal(['application', 'server']);
      link.server.write('1#a');
      await immediates();
    });
  }
});

describe('drachtio-srf over the in-process link', () => {
  let engine: FakeEngine;
  let srf: Srf;

  beforeEach(async () => {
    engine = new FakeEngine();
    const server = createDrachtioServer({
      engine,
      secret: 'cymru',
      clock: new FakeClock(),
      ids: createIds(),
      log: createLog('silent'),
      meter: silentMeter,
    });
    srf = new Srf();
    const door = createServer();
    void srf.listen({ server: door, secret: 'cymru' } as unknown as Parameters<Srf['listen']>[0]);
    const link = createInProcessLink();
    const connected = new Promise<unknown[]>((resolve) => srf.on('connect', (...args: unknown[]) => resolve(args)));
    server.attach(link.server, { routes: 'all' });
    door.emit('connection', link.application);
    expect((await connected).slice(0, 3)).to.deep.equal([null, engine.advertised.join(','), 'v0.9.5-virkne']);
  });

  function arrive(method: string): Owner {
    const message = request(method, [['Contact', '<sip:alice@192.0.2.7:5070>']]);
    const owner = engine.dispatcher.choose(message, FLOW);
    if (owner === undefined) throw new Error('nobody took the request');
    owner.onRequest({ kind: 'new', message, flow: FLOW, transactionId: 't-in', dialogId: '' });
    return owner;
  }

  const answer = (owner: Owner, status: number, reason: string) => {
    const message = response(status, reason, [CONTACT]);
    owner.onResponse({ message, flow: FLOW, protocol: 'udp', transactionId: 't-1', dialogId: DIALOG });
  };

  const names = () => engine.calls.map((call) => call.name);

  it('createUAS: the dialog is made from the echo, and BYE reaches it', async () => {
    const dialogs: Srf.Dialog[] = [];
    srf.invite((req, res) => {
      void srf
        .createUAS(req, res, { localSdp: 'v=0\r\n', headers: { Contact: CONTACT[1] } })
        .then((uas) => dialogs.push(uas));
    });
    const owner = arrive('INVITE');
    await immediates();
    expect(dialogs).to.have.length(1);
    let destroyed = false;
    dialogs[0]?.on('destroy', () => {
      destroyed = true;
    });
    owner.onRequest({ kind: 'in-dialog', message: request('BYE'), flow: FLOW, transactionId: 't-b', dialogId: DIALOG });
    await immediates();
    expect(destroyed).to.equal(true);
    expect(names()).to.deep.equal(['respond', 'respond']);
  });

  it('createUAC: 180, 200 and the ACK', async () => {
    const seen: number[] = [];
    const made = srf.createUAC(
      'sip:bob@192.0.2.9',
      { localSdp: 'v=0\r\n' },
      { cbProvisional: (res) => seen.push(res.status) },
    );
    await immediates();
    const owner = engine.calls[0]?.owner as Owner;
    answer(owner, 180, 'Ringing');
    answer(owner, 200, 'OK');
    expect((await made).sip.callId).to.equal('call-1');
    await immediates();
    expect(seen).to.deep.equal([180]);
    expect(names()).to.deep.equal(['request', 'acknowledge']);
  });

  it('cancel: the promise rejects with the status of the INVITE’s final response', async () => {
    // The library's types know neither the error that comes first nor the options of cancel.
    const sent: { cancel(options: object, done: () => void): void }[] = [];
    const cbRequest = ((_error: unknown, req: (typeof sent)[0]) => sent.push(req)) as unknown as () => void;
    const made = srf.createUAC('sip:bob@192.0.2.9', {}, { cbRequest });
    const failed = made.then(
      () => 0,
      (error: { status: number }) => error.status,
    );
    await immediates();
    sent[0]?.cancel({ headers: { 'X-Late-Answer': 'deliver' } }, () => {});
    await immediates();
    expect(engine.calls[1]).to.deep.include({ name: 'cancel', id: 't-1', late: 'deliver' });
    answer(engine.calls[0]?.owner as Owner, 487, 'Request Terminated');
    expect(await failed).to.equal(487);
  });

  it('createB2BUA: both legs, and the caller’s CANCEL', async () => {
    let failure = 0;
    srf.invite((req, res) => {
      srf.createB2BUA(req, res, 'sip:bob@192.0.2.9', {}).catch((error: { status: number }) => {
        failure = error.status;
      });
    });
    const owner = arrive('INVITE');
    await immediates();
    expect(names()).to.deep.equal(['request']);
    answer(owner, 180, 'Ringing');
    await immediates();
    expect(names()).to.deep.equal(['request', 'respond']);
    owner.onRequest({
      kind: 'cancel',
      message: request('CANCEL'),
      flow: FLOW,
      transactionId: 't-in',
      dialogId: DIALOG,
    });
    await immediates();
    expect(names()).to.include('cancel');
    answer(owner, 487, 'Request Terminated');
    await immediates();
    expect(failure).to.equal(487);
  });

  async function silently(act: () => void): Promise<void> {
    const original = console.error;
    console.error = () => {};
    act();
    await immediates();
    console.error = original;
  }

  it('a handler that throws is answered 500 by the library, and the connection stays', async () => {
    srf.invite(() => {
      throw new Error('mistake in the application');
    });
    await silently(() => arrive('INVITE'));
    expect(engine.calls[0]?.draft).to.include({ status: 500 });
    expect(engine.released).to.deep.equal([]);
  });

  it('a listener that throws costs the application its connection, and what it owned is released', async () => {
    srf.invite((req) => {
      req.on('cancel', () => {
        throw new Error('mistake in the application');
      });
    });
    const owner = arrive('INVITE');
    await immediates();
    const message = request('CANCEL');
    await silently(() => owner.onRequest({ kind: 'cancel', message, flow: FLOW, transactionId: 't-in', dialogId: '' }));
    expect(engine.released).to.deep.equal([owner]);
    expect(engine.dispatcher.choose(request('INVITE'), FLOW)).to.equal(undefined);
  });
});
