import { expect } from 'chai';
import { pino } from 'pino';
import { CodedError } from '../../../lib/base/errors.js';
import { createIds } from '../../../lib/base/ids.js';
import { silentMeter } from '../../../lib/base/meter.js';
import type { Owner, RequestKind } from '../../../lib/engine/api.js';
import { type Field, SipMessage } from '../../../lib/sip/message.js';
import { attachToEngine } from '../../../lib/sip-server/embedded/server.js';
import { startEmbedded } from '../../../lib/sip-server/embedded/start.js';
import {
  headerOf,
  type IncomingRequest,
  type Message,
  type Reply,
  type SipServer,
} from '../../../lib/sip-server/sip-server.js';
import { FakeClock } from '../../support/fake-clock.js';
import { FakeEngine, FLOW } from '../drachtio/fake-engine.js';

const DIALOG = 'call-1;from-tag=f1';
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('The ringing service on the engine itself', () => {
  let engine: FakeEngine;
  let owner: Owner;
  let dismissed: Owner[];
  let logged: string[];
  let sip: SipServer;
  let received: IncomingRequest[];

  beforeEach(() => {
    engine = new FakeEngine();
    dismissed = [];
    logged = [];
    received = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
    const enlist = (one: Owner): void => {
      owner = one;
    };
    const server = { enlist, dismiss: (one: Owner) => void dismissed.push(one) };
    sip = attachToEngine({ engine, server, log });
    const keep = (request: IncomingRequest): void => void received.push(request);
    sip.user = { onInvite: keep, onRequest: keep, onConnected: () => {}, onLost: () => {} };
  });

  const arrives = (kind: RequestKind, message: SipMessage, dialogId = ''): void =>
    owner.onRequest({ kind, message, flow: FLOW, transactionId: 't-7', dialogId });

  const answers = (status: number, fields: readonly Field[] = []): void => {
    const message = SipMessage.response(status, 'Whatever', [['CSeq', '1 INVITE'], ...fields]);
    const { receiver } = engine;
    owner.onResponse({ message, flow: FLOW, protocol: 'udp', transactionId: 't-1', dialogId: DIALOG, receiver });
  };

  it('reads headers by canonical name, fields of one name joined, and says where a request came from', async () => {
    const fields: Field[] = [
      ['f', '<sip:a@x>'],
      ['Diversion', '<sip:b@x>'],
      ['DIVERSION', '<sip:c@x>'],
    ];
    arrives('new', SipMessage.request('INVITE', 'sip:p@x', fields, 'v=0'));
    await settled();
    const [invite] = received;
    expect(invite?.headers).to.deep.equal({ from: '<sip:a@x>', diversion: '<sip:b@x>,<sip:c@x>' });
    expect(invite?.body).to.equal('v=0');
    expect(invite?.source).to.deep.equal({ address: '192.0.2.7', port: 5070, protocol: 'udp' });
  });

  it('reads one header of an ACK as it stands among all of them, before and after those are read', async () => {
    let ack: Message | undefined;
    const onAcknowledge = (one: Message): void => {
      ack = one;
    };
    sip.attach(DIALOG, { onRequest: () => {}, onAcknowledge, onReleased: () => {} });
    const fields: Field[] = [
      ['Session-ID', 'ab'],
      ['Reason', 'SIP;cause=200'],
      ['REASON', 'Q.850;cause=16'],
    ];
    arrives('ack', SipMessage.request('ACK', 'sip:p@x', fields), DIALOG);
    await settled();
    if (ack === undefined) expect.fail('there was no ACK');
    const one = (name: string): string | undefined => ack && headerOf(ack, name);
    const read = (): unknown[] => [one('session-id'), one('reason'), one('to')];
    const expected = ['ab', 'SIP;cause=200,Q.850;cause=16', undefined];
    expect(read()).to.deep.equal(expected);
    expect([ack.headers['session-id'], ack.headers.reason, ack.headers.to]).to.deep.equal(expected);
    expect(read()).to.deep.equal(expected);
  });

  it('hands on octets as they are, in both directions, whatever they mean', async () => {
    const name = latin1('"Jānis Bērziņš" <sip:a@x>');
    const isup = '\x00\xff\x80\r\n\r\n\xa0';
    arrives('new', SipMessage.request('INVITE', 'sip:p@x', [['From', name]], isup));
    await settled();
    expect(received[0]?.headers.from).to.equal(name);
    expect(received[0]?.body).to.equal(isup);
    const user = { onProvisional: () => {}, onFinal: () => {}, onFailed: () => {} };
    sip.invite({ uri: 'sip:b@x', headers: { from: name }, body: isup }, user);
    expect(engine.calls[0]?.draft).to.deep.include({ fields: [['from', name]], body: isup });
  });

  it('tells the outcome of a response later, and never from within', async () => {
    arrives('new', SipMessage.request('INVITE', 'sip:p@x', []));
    await settled();
    const told: [Error | undefined, string][] = [];
    received[0]?.respond(200, {}, (error, dialog) => told.push([error, dialog]));
    expect(told).to.deep.equal([]);
    expect(engine.calls[0]?.draft).to.deep.include({ status: 200, reason: 'OK' });
    await settled();
    expect(told).to.deep.equal([[undefined, DIALOG]]);
  });

  it('an INVITE that the engine refuses fails later, once', async () => {
    engine.failure = new CodedError('REQUEST_INVALID', 'invalid request-uri: x');
    const failures: string[] = [];
    const invite = sip.invite(
      { uri: 'x' },
      { onProvisional: () => {}, onFinal: () => {}, onFailed: ({ message }) => void failures.push(message) },
    );
    expect(failures).to.deep.equal([]);
    await settled();
    answers(486);
    invite.cancel({}, 'deliver');
    await settled();
    expect(failures).to.deep.equal(['invalid request-uri: x']);
    expect(
      engine.calls.map(({ name }) => name),
      'there is nothing to cancel',
    ).to.deep.equal(['request']);
  });

  it('hands on responses in their order, sends PRACK for a reliable one and the ACK once', async () => {
    const heard: (number | string)[] = [];
    const invite = sip.invite(
      { uri: 'sip:b@x' },
      {
        onProvisional: ({ status }) => heard.push(status),
        onFinal: ({ status }: Reply, dialog) => heard.push(status, dialog),
        onFailed: () => {},
      },
    );
    answers(180);
    answers(183, [['RSeq', '7']]);
    answers(200);
    answers(486);
    await settled();
    expect(heard).to.deep.equal([180, 183, 200, DIALOG]);
    const prack = engine.calls[1];
    expect(prack).to.deep.include({ name: 'requestInDialog', id: DIALOG });
    expect(prack?.draft?.fields[0]?.[0]).to.equal('rack');
    invite.acknowledge();
    invite.acknowledge();
    expect(engine.calls.slice(2).map(({ name }) => name)).to.deep.equal(['acknowledge']);
  });

  it('after CANCEL a reliable response is not acknowledged any more (RFC 3262 §3)', async () => {
    const user = { onProvisional: () => {}, onFinal: () => {}, onFailed: () => {} };
    sip.invite({ uri: 'sip:b@x' }, user).cancel({ reason: 'SIP;cause=200' }, 'deliver');
    answers(183, [['RSeq', '7']]);
    await settled();
    expect(engine.calls.map(({ name }) => name)).to.deep.equal(['request', 'cancel']);
    expect(engine.calls[1]?.late).to.equal('deliver');
  });

  it('a fault of one handler is logged and costs nobody else his event', async () => {
    sip.user = {
      onInvite: () => {
        throw new Error('a bug');
      },
      onRequest: (request) => void received.push(request),
      onConnected: () => {},
      onLost: () => {},
    };
    arrives('new', SipMessage.request('INVITE', 'sip:p@x', []));
    arrives('new', SipMessage.request('OPTIONS', 'sip:p@x', []));
    await settled();
    expect(received.map(({ method }) => method)).to.deep.equal(['OPTIONS']);
    expect(logged.join('')).to.include('a bug');
  });

  it('tells the dialog of its ACK and of a BYE by the engine, and the INVITE of its CANCEL', async () => {
    const heard: string[] = [];
    sip.attach(DIALOG, {
      onRequest: ({ method }) => heard.push(method),
      onAcknowledge: () => heard.push('ACK'),
      onReleased: (reason) => heard.push(reason),
    });
    arrives('ack', SipMessage.request('ACK', 'sip:p@x', []), DIALOG);
    arrives('in-dialog', SipMessage.request('INFO', 'sip:p@x', []), DIALOG);
    const bye = SipMessage.request('BYE', 'sip:p@x', [['Reason', 'SIP;cause=200;text="ACK timeout"']]);
    owner.onUnsolicited({ message: bye, flow: FLOW, dialogId: DIALOG, reason: 'no-ack' });
    arrives('new', SipMessage.request('INVITE', 'sip:p@x', []));
    await settled();
    if (received[0] !== undefined) received[0].onCancel = ({ headers }) => heard.push(`CANCEL ${headers.reason}`);
    arrives('cancel', SipMessage.request('CANCEL', 'sip:p@x', [['Reason', 'SIP;cause=600']]));
    await settled();
    expect(heard).to.deep.equal(['ACK', 'INFO', 'no-ack', 'CANCEL SIP;cause=600']);
  });

  it('closed, it takes no more requests, and the engine ends what it owns; once', () => {
    sip.close();
    sip.close();
    expect(dismissed).to.deep.equal([owner]);
    expect(sip.connected).to.equal(false);
  });

  it('where no other application may attach, it gets every new request from the engine itself, and closed none', () => {
    sip = attachToEngine({ engine, log: pino({ level: 'silent' }) });
    const [invite, options] = ['INVITE', 'OPTIONS'].map((method) => SipMessage.request(method, 'sip:p@x', []));
    const [first, second] = [invite, options].map((request) => engine.dispatcher.choose(request as SipMessage, FLOW));
    expect(first).to.not.equal(undefined);
    expect(first).to.equal(second);
    sip.close();
    expect(engine.dispatcher.choose(invite as SipMessage, FLOW)).to.equal(undefined);
    expect(engine.released).to.deep.equal([first]);
  });

  it('where others may, new requests are taken in turns', async () => {
    const common = { log: pino({ level: 'silent' }), clock: new FakeClock(), ids: createIds(), meter: silentMeter };
    const started = await startEmbedded({ ...common, link: 'direct', isOpen: true, engine, secret: 's' });
    const other: Owner = { onRequest: () => {}, onResponse: () => {}, onUnsolicited: () => {} };
    started.server?.enlist(other);
    const invite = SipMessage.request('INVITE', 'sip:p@x', []);
    const turns = [1, 2, 3, 4].map(() => engine.dispatcher.choose(invite, FLOW) === other);
    expect(turns).to.deep.equal([false, true, false, true]);
    await started.server?.close();
  });
});
