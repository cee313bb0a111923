import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { Bench, TIMEOUT } from './engine-harness.js';

const RELIABLE: Field[] = [['Require', '100rel']];

describe('Engine: reliable provisional responses (RFC 3262)', () => {
  let bench: Bench;
  let caller: SipPeer;
  beforeEach(async () => {
    bench = await new Bench().start();
    caller = bench.peer();
  });
  afterEach(() => bench.expectNoLeak());

  const call = (header: string): void => {
    caller.invite(bench.at, header === '' ? {} : { fields: [[header, '100rel']] });
    bench.settle();
  };
  let sequence = 100;
  const prack = (status: number, rack?: string): void => {
    const response = caller.response(status);
    const fields: Field[] = [['RAck', rack ?? `${response.first('rseq')} 1 INVITE`]];
    caller.inDialog('PRACK', response, { fields, cseq: sequence++ });
    bench.settle();
  };
  const hangUp = (): void => {
    caller.inDialog('BYE', caller.response(200, 'INVITE'), { cseq: sequence++ });
    bench.settle();
    bench.respond(200);
    bench.settle();
  };

  it('§3: refused when the caller does not support it', () => {
    call('');
    expect(() => bench.respond(183, RELIABLE)).to.throw('Remote endpoint does not support 100rel');
    bench.respond(486);
    bench.settle();
  });

  it('§3: another option whose name ends in 100rel asks for nothing of the kind', () => {
    call('');
    expect(bench.respond(183, [['Require', 'x-100rel']]).message.has('rseq')).to.equal(false);
    bench.respond(486);
    bench.settle();
  });

  it('§3: repeated from T1 doubling until the PRACK, which the application answers; one at a time', () => {
    call('Supported');
    const echo = bench.respond(183, RELIABLE).message;
    expect(echo.first('rseq')).to.match(/^\d+$/);
    bench.respond(180, RELIABLE);
    bench.settle(3600);
    expect(caller.summary).to.deep.equal(['100 INVITE', ...new Array(4).fill('183 INVITE')]);
    prack(183);
    expect(bench.owner.asked.at(-1)).to.equal('in-dialog PRACK');
    bench.respond(200);
    bench.settle();
    expect(caller.summary.slice(-2)).to.deep.equal(['180 INVITE', '200 PRACK']);
    const [first, second] = [caller.response(183), caller.response(180)].map((one) => Number(one.first('rseq')));
    expect(second).to.equal((first ?? 0) + 1);
    const invite = bench.owner.requests[0]?.transactionId;
    prack(180);
    bench.respond(200);
    bench.respond(486, [], '', invite);
    bench.settle();
  });

  it('§3: a PRACK that names nothing is 481', () => {
    call('Supported');
    bench.respond(183, RELIABLE);
    bench.settle();
    prack(183, '1 1 INVITE');
    expect(caller.summary.at(-1)).to.equal('481 PRACK');
    expect(bench.owner.asked).to.deep.equal(['new INVITE']);
    bench.respond(486);
    bench.settle();
  });

  it('§3: the 2xx waits for the PRACK', () => {
    call('Supported');
    bench.respond(183, RELIABLE);
    bench.answer();
    bench.settle(100);
    expect(caller.summary).not.to.include('200 INVITE');
    prack(183);
    bench.respond(200, [], '', bench.owner.requests[1]?.transactionId);
    bench.settle();
    expect(caller.summary).to.include('200 INVITE');
    expect(bench.owner.asked).to.deep.equal(['new INVITE', 'in-dialog PRACK', 'ack ACK']);
    hangUp();
  });

  it('§3: without PRACK the INVITE is 504 after 64·T1, and the owner gets a CANCEL', () => {
    call('Supported');
    bench.respond(183, RELIABLE);
    bench.answer();
    bench.settle(TIMEOUT + 10);
    expect(caller.summary.at(-1)).to.equal('504 INVITE');
    expect(bench.owner.asked).to.deep.equal(['new INVITE', 'cancel CANCEL']);
    expect(bench.owner.last().message.first('x-final-status')).to.equal('504');
  });

  it('a CANCEL while the 2xx waits for its PRACK still wins', () => {
    const invite = caller.invite(bench.at, { fields: [['Supported', '100rel']] });
    bench.settle();
    bench.respond(183, RELIABLE);
    bench.answer();
    caller.cancel(invite, bench.at);
    bench.settle();
    expect(caller.summary.slice(-2)).to.deep.equal(['200 CANCEL', '487 INVITE']);
    expect(bench.owner.asked).to.deep.equal(['new INVITE', 'cancel CANCEL']);
  });

  it('§3: the caller requires it: a plain 1xx is reliable, and the engine answers the PRACK itself', () => {
    call('Require');
    bench.respond(180);
    bench.settle();
    expect(caller.response(180).first('require')).to.equal('100rel');
    prack(180);
    expect(caller.summary.at(-1)).to.equal('200 PRACK');
    expect(bench.owner.asked).to.deep.equal(['new INVITE']);
    bench.answer();
    bench.settle();
    hangUp();
  });

  it('RFC 3311: an UPDATE in the early dialog reaches the owner of the INVITE with an id of its own', () => {
    call('Supported');
    bench.respond(183, RELIABLE);
    bench.settle();
    caller.inDialog('UPDATE', caller.response(183), { cseq: sequence++ });
    bench.settle();
    const [invite, update] = bench.owner.requests;
    expect(update?.message.method).to.equal('UPDATE');
    expect(update?.transactionId).not.to.equal(invite?.transactionId);
    expect(update?.dialogId).not.to.equal('');
    bench.respond(200);
    bench.respond(486, [], '', invite?.transactionId);
    bench.settle();
  });
});
