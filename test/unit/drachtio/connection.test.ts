import { expect } from 'chai';
import { encodeFrame, FrameReader } from '../../../lib/base/frames.js';
import { createIds } from '../../../lib/base/ids.js';
import { createLog } from '../../../lib/base/log.js';
import { silentMeter } from '../../../lib/base/meter.js';
import type { ByteStream, ByteStreamListener } from '../../../lib/drachtio/byte-stream.js';
import { CONNECTION_TABLE } from '../../../lib/drachtio/connection-table.js';
import { createDrachtioServer, type DrachtioServer } from '../../../lib/drachtio/server.js';
import type { Owner, ResponseEvent } from '../../../lib/engine/api.js';
import { FakeClock } from '../../support/fake-clock.js';
import { Tripwire } from '../../support/tripwire.js';
import { type Call, FakeEngine, FLOW, request, response, unknownDialog } from './fake-engine.js';

/** An application's end of the stream: says frames, keeps what it hears. */
class Peer implements ByteStream {
  readonly peer = 'test';
  readonly heard: string[] = [];
  state: 'open' | 'ended' | 'destroyed' = 'open';
  unsent = 0;
  #listener: ByteStreamListener | undefined;
  readonly #reader = new FrameReader();

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
  }

  write(bytes: string): void {
    this.#reader.read(bytes, (content) => this.heard.push(content.slice(content.indexOf('|') + 1)));
  }

  end(): void {
    this.state = 'ended';
  }

  destroy(): void {
    this.state = 'destroyed';
    this.#listener?.closed();
  }

  say(...contents: string[]): this {
    this.#listener?.received(contents.map(encodeFrame).join(''));
    return this;
  }

  sayRaw(bytes: string): this {
    this.#listener?.received(bytes);
    return this;
  }
}

const SECRET = 'cymru';
const AUTHENTICATE = `m0|authenticate|${SECRET}|`;
const INVITE = 'm1|sip||\r\nINVITE sip:bob@192.0.2.9 SIP/2.0\r\n\r\n';

describe('Connections', () => {
  let engine: FakeEngine;
  let clock: FakeClock;
  let server: DrachtioServer;

  beforeEach(() => {
    engine = new FakeEngine();
    clock = new FakeClock();
    server = createDrachtioServer({
      engine,
      secret: SECRET,
      clock,
      ids: createIds(),
      log: createLog('silent'),
      meter: silentMeter,
    });
  });

  function connect(): Peer {
    const peer = new Peer();
    server.attach(peer);
    return peer;
  }

  const attach = (): Peer => {
    const peer = connect().say(AUTHENTICATE);
    peer.heard.length = 0;
    return peer;
  };

  it('every state × input: where it leads; what is not listed changes nothing', () => {
    const inputs = [
      'right secret',
      'wrong secret',
      'ping',
      'command',
      'fault',
      'deadline',
      'pause over',
      'crowded out',
      'overrun',
      'gone',
      'broken',
    ] as const;
    const leads = (state: keyof typeof CONNECTION_TABLE) =>
      inputs.map((input) => CONNECTION_TABLE[state][input]?.[0] ?? '-');
    const closed = 'closed';
    expect(leads('unauthenticated')).to.deep.equal([
      'attached',
      'refused',
      'unauthenticated',
      closed,
      closed,
      closed,
      '-',
      closed,
      closed,
      closed,
      closed,
    ]);
    expect(leads('refused')).to.deep.equal(['-', '-', '-', '-', '-', '-', closed, closed, closed, closed, closed]);
    const ofAttached = ['attached', closed, 'attached', 'attached', closed, '-', '-', '-', closed, closed, closed];
    expect(leads('attached')).to.deep.equal(ofAttached);
    expect(leads('closed')).to.deep.equal(inputs.map(() => '-'));
  });

  it('proxy is not served: NOK with the reason, and the connection stays', () => {
    const peer = attach().say('m1|proxy|t1||fullResponse|||||sip:a@b\r\nINVITE sip:a@b SIP/2.0\r\n\r\n');
    peer.say('m2|ping');
    expect(peer.heard).to.deep.equal([
      'response|m1|NOK|proxy is not supported: this server is a back-to-back user agent and forwards no request',
      'response|m2|OK|pong',
    ]);
    expect(engine.calls).to.deep.equal([]);
  });

  it('an error of ours closes the connection at which it happens; the others go on, and the engine learns that it is gone', () => {
    const trip = new Tripwire(1);
    const options = { secret: SECRET, clock, log: createLog('silent'), meter: silentMeter };
    server = createDrachtioServer({ ...options, engine, ids: trip.over('ids', createIds()) });
    const other = attach();
    const events: [string, (peer: Peer, owner: Owner) => void][] = [
      ['a command', (peer) => peer.say('m1|ping')],
      ['an event', (_peer, owner) => owner.onResponse(trip.over('event', {} as ResponseEvent))],
    ];
    for (const [what, happens] of events) {
      const peer = attach();
      peer.say(INVITE);
      const { owner } = engine.calls.at(-1) as Call;
      trip.rearm();
      happens(peer, owner);
      trip.isArmed = false;
      expect(peer.state, what).to.equal('destroyed');
      expect(engine.released.at(-1), what).to.equal(owner);
      expect(server.connections, what).to.equal(1);
    }
    other.say('m9|ping');
    expect(other.heard).to.deep.equal(['response|m9|OK|pong']);
  });

  it('authentication is answered with advertised addresses, version and bound addresses', () => {
    const peer = connect().say(AUTHENTICATE);
    expect(peer.heard).to.deep.equal([
      'response|m0|OK|udp/203.0.113.1:5060,tcp/203.0.113.1:5060|v0.9.5-virkne|udp/192.0.2.1:5060,tcp/192.0.2.1:5060',
    ]);
    expect(server.connections).to.equal(1);
  });

  it('a wrong secret is told after a pause in which nothing else is heard, not even the right one, and the connection closed', () => {
    const peer = connect().say('m0|authenticate|wrong|');
    clock.advance(999);
    peer.say(AUTHENTICATE, 'm1|ping', INVITE);
    expect(peer.heard).to.deep.equal([]);
    clock.advance(1);
    expect(peer.heard).to.deep.equal(['response|m0|NO|incorrect secret']);
    expect(peer.state).to.equal('ended');
    clock.advance(5000);
    expect(peer.state).to.equal('destroyed');
    expect(clock.pending).to.equal(0);
    expect(engine.calls).to.deep.equal([]);
  });

  it('who leaves within the pause leaves nothing behind', () => {
    connect().say('m0|authenticate|wrong|').destroy();
    expect(clock.pending).to.equal(0);
  });

  it('before authentication only a ping is served', () => {
    const peer = connect().say('m1|ping');
    expect(peer.heard).to.deep.equal(['response|m1|OK|pong']);
    peer.say(INVITE, 'm2|route|invite');
    expect(peer.heard.slice(1)).to.deep.equal(['response|m1|NO|not authenticated']);
    expect(peer.state).to.equal('ended');
    expect(engine.calls).to.deep.equal([]);
    expect(engine.dispatcher.choose(request('INVITE'), FLOW)).to.equal(undefined);
  });

  it('an application that does not authenticate in time is closed; one that has is not', () => {
    const slow = connect();
    const good = attach();
    clock.advance(10_000);
    expect([slow.state, good.state]).to.deep.equal(['destroyed', 'open']);
  });

  it('connections that have not authenticated are limited in number and in what they may send', () => {
    const peers = Array.from({ length: 65 }, connect);
    expect(peers.map((peer) => peer.state)).to.deep.equal(['destroyed', ...Array(64).fill('open')]);
    peers[1]?.say(AUTHENTICATE);
    expect(connect().state).to.equal('open');
    expect(peers[2]?.sayRaw('5000#').state).to.equal('destroyed');
  });

  it('connections that are silent, or wait for the answer to a wrong secret, do not keep out who knows it', () => {
    const first = attach();
    for (let i = 0; i < 100; i++) connect();
    for (let i = 0; i < 100; i++) connect().say('m0|authenticate|wrong|');
    const honest = connect().say(AUTHENTICATE);
    expect(honest.heard[0]).to.contain('|OK|');
    expect([first.state, honest.state, server.connections]).to.deep.equal(['open', 'open', 2]);
  });

  it('a stream that is not made of frames is closed without an answer, and what it owned is released', () => {
    const peer = attach().sayRaw('GET / HTTP/1.1');
    expect(peer.heard).to.deep.equal([]);
    expect(peer.state).to.equal('destroyed');
    expect(engine.released).to.have.length(1);
    expect(server.connections).to.equal(0);
  });

  it('a fault of the protocol is answered NO and closes; later frames are not heard', () => {
    const peer = attach().say('m1|dance', INVITE);
    expect(peer.heard).to.deep.equal(['response|m1|NO|Unknown message type']);
    expect(peer.state).to.equal('ended');
    expect(engine.calls).to.deep.equal([]);
  });

  it('an operation that fails is answered NOK with the engine’s text; the connection stays', () => {
    engine.failure = unknownDialog();
    const peer = attach().say('m1|sip||d1\r\nBYE sip:placeholder SIP/2.0\r\n\r\n', 'm2|ping');
    expect(peer.heard).to.deep.equal([
      'response|m1|NOK|Server error: unable to find dialog for dialog id provided',
      'response|m2|OK|pong',
    ]);
  });

  it('an error of ours is not shown to the application and does not get out', () => {
    engine.failure = new TypeError('x is not a function');
    expect(attach().say(INVITE).heard).to.deep.equal(['response|m1|NOK|internal server error']);
  });

  it('each command reaches the engine with the connection as owner', () => {
    const peer = attach().say(
      INVITE,
      'm2|sip|t1|\r\nSIP/2.0 180 Ringing\r\n\r\n',
      'm3|sip||d1\r\nINFO sip:placeholder SIP/2.0\r\n\r\n',
      'm4|sip||d1\r\nACK sip:placeholder SIP/2.0\r\n\r\n',
      'm5|sip|t1|\r\nCANCEL sip:a@b SIP/2.0\r\nX-Late-Answer: deliver\r\n\r\n',
      'm6|sip|t1|\r\nINFO sip:a@b SIP/2.0\r\n\r\n',
    );
    expect(engine.calls.map((call) => call.name)).to.deep.equal([
      'request',
      'respond',
      'requestInDialog',
      'acknowledge',
      'cancel',
    ]);
    expect(new Set(engine.calls.map((call) => call.owner)).size).to.equal(1);
    expect(engine.calls[4]).to.deep.include({ late: 'deliver', draft: { fields: [], body: '' } });
    expect(peer.heard).to.have.length(5);
  });

  it('the OK goes before anything that happened while it was made', () => {
    const peer = attach();
    const message = response(503, 'Service Unavailable');
    engine.meanwhile = () =>
      engine.calls[0]?.owner.onResponse({
        message,
        flow: undefined,
        protocol: 'udp',
        transactionId: 't-1',
        dialogId: '',
      });
    peer.say(INVITE);
    expect(peer.heard.map((content) => content.split('|')[0])).to.deep.equal(['response', 'sip']);
  });

  it('routed requests reach the application, and no more once it is gone', () => {
    const peer = attach().say('m1|route|invite');
    const message = request('INVITE');
    const owner = engine.dispatcher.choose(message, FLOW);
    owner?.onRequest({ kind: 'new', message, flow: FLOW, transactionId: 't1', dialogId: '' });
    expect(peer.heard[1]).to.match(/^sip\|network\|/);
    peer.destroy();
    expect(engine.released).to.deep.equal([owner]);
    expect(engine.dispatcher.choose(message, FLOW)).to.equal(undefined);
    owner?.onRequest({ kind: 'new', message, flow: FLOW, transactionId: 't2', dialogId: '' });
    expect(peer.heard).to.have.length(2);
  });

  it('an application attached for all routes gets requests once it has authenticated', () => {
    const peer = new Peer();
    server.attach(peer, { routes: 'all' });
    expect(engine.dispatcher.choose(request('INVITE'), FLOW)).to.equal(undefined);
    peer.say(AUTHENTICATE);
    expect(engine.dispatcher.choose(request('MESSAGE'), FLOW)).to.not.equal(undefined);
  });

  it('an application that does not read is closed and released', () => {
    const peer = attach();
    peer.unsent = 16 * 1024 * 1024;
    peer.say('m0|ping');
    expect(peer.state).to.equal('open');
    peer.unsent++;
    peer.say('m1|ping');
    expect(peer.state).to.equal('destroyed');
    expect(engine.released).to.have.length(1);
  });

  it('closing the server closes and releases every application', async () => {
    const peers = [attach(), connect()];
    await server.close();
    expect(peers.map((peer) => peer.state)).to.deep.equal(['destroyed', 'destroyed']);
    expect(server.connections).to.equal(0);
    expect(clock.pending).to.equal(0);
  });
});
