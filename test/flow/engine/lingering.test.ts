import { expect } from 'chai';
import { silentMeter } from '../../../lib/base/meter.js';
import type { SipMessage } from '../../../lib/sip/message.js';
import { withHeader } from '../../support/messages.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { EngineHarness, TIMEOUT } from './engine-harness.js';

const T4 = 5000;

describe('Engine: what is left of our requests once they have their final response', () => {
  let harness: EngineHarness;
  let member: SipPeer;
  let strays: number;

  beforeEach(async () => {
    strays = 0;
    const count = (name: string) => {
      if (name === 'sip_engine_stray_responses_total') strays++;
    };
    harness = await new EngineHarness({ meter: { ...silentMeter, count } }).start();
    member = harness.peer({ address: '10.0.0.2', user: 'member', autoBye: false });
  });
  afterEach(() => harness.expectNoLeak());

  const all = (method: string) => member.received.filter((message) => message.method === method);

  /** What the member gets when he sends this response again. */
  function repeat(response: SipMessage): string[] {
    const heard = member.summary.length;
    member.send(response, harness.at);
    harness.settle();
    return member.summary.slice(heard);
  }

  function reject(): SipMessage {
    harness.invite();
    harness.settle();
    const response = member.reply(member.request('INVITE'), 486);
    harness.settle();
    return response;
  }

  /** A call that was answered; with the answer. */
  function call(): SipMessage {
    harness.ring(member);
    const response = member.reply(member.request('INVITE'), 200);
    harness.settle();
    harness.acknowledge(harness.owner.responses.at(-1)?.dialogId ?? '');
    harness.settle();
    return response;
  }

  /** Our BYE; with its response. */
  function bye(): SipMessage {
    harness.inDialog(harness.owner.responses.at(-1)?.dialogId ?? '', 'BYE');
    harness.settle();
    const response = member.reply(member.request('BYE'), 200);
    harness.settle();
    return response;
  }

  it('a repeated rejection gets its ACK again, until timer D (RFC 3261 §17.1.1.2)', () => {
    const rejection = reject();
    expect(repeat(rejection)).to.deep.equal(['ACK']);
    expect(harness.owner.told, 'the owner is told once').to.deep.equal([486]);
    harness.settle(TIMEOUT);
    expect(repeat(rejection)).to.deep.equal([]);
    expect(strays).to.equal(1);
  });

  it('what comes behind a rejection and is none is ignored', () => {
    reject();
    for (const status of [180, 200]) {
      member.reply(member.request('INVITE'), status);
      harness.settle();
    }
    expect(member.summary).to.deep.equal(['INVITE', 'ACK']);
    expect(harness.owner.told).to.deep.equal([486]);
  });

  it('no timer of a cancelled INVITE outlives its final response', () => {
    const { transactionId } = harness.ring(member);
    harness.cancel(transactionId);
    harness.settle();
    expect(harness.owner.told).to.deep.equal([180, 487]);
    const lingeringServers = ['the INVITE', 'the CANCEL'];
    expect(harness.clock.pending).to.equal(lingeringServers.length);
  });

  it('when the call is over, a repeated 2xx gets its ACK again, until timer M (RFC 6026 §7.2)', () => {
    const answer = call();
    bye();
    const [first] = all('ACK');
    expect(repeat(answer)).to.deep.equal(['ACK']);
    expect(all('ACK').at(-1)?.text).to.equal(first?.text);
    expect(() => harness.acknowledge(harness.owner.responses[0]?.dialogId ?? ''), 'forgotten').to.throw('ACK');
    harness.settle(TIMEOUT);
    expect(repeat(answer)).to.deep.equal([]);
  });

  it('when the call is over, the 2xx of another fork is acknowledged and ended, once (RFC 3261 §13.2.2.4)', () => {
    call();
    bye();
    const heard = member.summary.length;
    const late = member.reply(member.request('INVITE'), 200, { toTag: 'another-fork' });
    harness.settle();
    expect(member.summary.slice(heard)).to.deep.equal(['ACK', 'BYE']);
    const end = all('BYE').at(-1);
    expect(end?.toTag).to.equal('another-fork');
    expect(end?.fromTag).to.equal(late.fromTag);
    expect(end?.uri).to.equal(late.contactUri);
    if (end !== undefined) member.reply(end, 200);
    expect(repeat(late)).to.deep.equal(['ACK']);
    expect(harness.owner.told, 'nobody is told').to.deep.equal([180, 200, 200]);
  });

  it('a 2xx that tells another From or Call-ID than our INVITE is no answer to it', () => {
    call();
    const forged = (name: string, value: string) => {
      const answer = member.reply(member.request('INVITE'), 200, { toTag: `another ${name}` });
      harness.settle();
      return withHeader(withHeader(answer, name, value), 'To', `<sip:member@10.0.0.2>;tag=forged-${name}`);
    };
    const alive = [forged('Call-ID', 'another'), forged('From', '<sip:a@10.0.0.1>;tag=b')];
    for (const response of alive) expect(repeat(response)).to.deep.equal([]);
    bye();
    for (const response of alive) expect(repeat(response)).to.deep.equal([]);
  });

  it('a repeated response to another request is absorbed until timer K (§17.1.2.2), then it is a stray one', () => {
    call();
    const ended = bye();
    harness.settle(T4 - 10);
    expect(repeat(ended)).to.deep.equal([]);
    expect(strays).to.equal(0);
    harness.settle(T4);
    repeat(ended);
    expect(strays).to.equal(1);
    expect(harness.owner.told).to.deep.equal([180, 200, 200]);
  });

  it('over TCP, where nothing is repeated, only the answered INVITE waits (timers D and K are 0, timer M is not)', () => {
    member = harness.peer({ address: '10.0.0.2', user: 'member', protocol: 'tcp', autoBye: false });
    harness.invite('sip:member@10.0.0.2;transport=tcp');
    harness.settle();
    member.reply(member.request('INVITE'), 486);
    harness.settle();
    expect(harness.engine.counts.transactions).to.equal(0);
    harness.invite('sip:member@10.0.0.2;transport=tcp');
    harness.settle();
    member.reply(member.request('INVITE'), 200);
    harness.settle();
    harness.acknowledge(harness.owner.responses.at(-1)?.dialogId ?? '');
    harness.settle();
    bye();
    expect(harness.engine.counts.transactions).to.equal(1);
  });
});
