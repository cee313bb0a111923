import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { EngineHarness, TIMEOUT } from './engine-harness.js';

const RELIABLE: Field[] = [['Require', '100rel']];

describe('Engine: reliable provisional responses (RFC 3262)', () => {
  let harness: EngineHarness;
  let caller: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    caller = harness.peer();
  });
  afterEach(() => harness.expectNoLeak());

  const call = (header: string): void => {
    caller.invite(harness.at, header === '' ? {} : { fields: [[header, '100rel']] });
    harness.settle();
  };
  let sequence = 100;
  const prack = (status: number, rack?: string): void => {
    const response = caller.response(status);
    const fields: Field[] = [['RAck', rack ?? `${response.first('rseq')} 1 INVITE`]];
    caller.inDialog('PRACK', response, { fields, cseq: sequence++ });
    harness.settle();
  };
  const hangUp = (): void => {
    caller.inDialog('BYE', caller.response(200, 'INVITE'), { cseq: sequence++ });
    harness.settle();
    harness.respond(200);
    harness.settle();
  };

  it('§3: refused when the caller does not support it', () => {
    call('');
    expect(() => harness.respond(183, RELIABLE)).to.throw('Remote endpoint does not support 100rel');
    harness.respond(486);
    harness.settle();
  });

  it('§3: another option whose name ends in 100rel asks for nothing of the kind', () => {
    call('');
    expect(harness.respond(183, [['Require', 'x-100rel']]).message.has('rseq')).to.equal(false);
    harness.respond(486);
    harness.settle();
  });

  it('§3: repeated from T1 doubling until the PRACK, which the application answers; one at a time', () => {
    call('Supported');
    const echo = harness.respond(183, RELIABLE).message;
    expect(echo.first('rseq')).to.match(/^\d+$/);
    harness.respond(180, RELIABLE);
    harness.settle(3600);
    expect(caller.summary).to.deep.equal(['100 INVITE', ...new Array(4).fill('183 INVITE')]);
    prack(183);
    expect(harness.owner.asked.at(-1)).to.equal('in-dialog PRACK');
    harness.respond(200);
    harness.settle();
    expect(caller.summary.slice(-2)).to.deep.equal(['180 INVITE', '200 PRACK']);
    const [first, second] = [caller.response(183), caller.response(180)].map((one) => Number(one.first('rseq')));
    expect(second).to.equal((first ?? 0) + 1);
    const invite = harness.owner.requests[0]?.transactionId;
    prack(180);
    harness.respond(200);
    harness.respond(486, [], '', invite);
    harness.settle();
  });

  it('§3: a PRACK that names nothing is 481', () => {
    call('Supported');
    harness.respond(183, RELIABLE);
    harness.settle();
    prack(183, '1 1 INVITE');
    expect(caller.summary.at(-1)).to.equal('481 PRACK');
    expect(harness.owner.asked).to.deep.equal(['new INVITE']);
    harness.respond(486);
    harness.settle();
  });

  it('§3: the 2xx waits for the PRACK', () => {
    call('Supported');
    harness.respond(183, RELIABLE);
    harness.answer();
    harness.settle(100);
    expect(caller.summary).not.to.include('200 INVITE');
    prack(183);
    harness.respond(200, [], '', harness.owner.requests[1]?.transactionId);
    harness.settle();
    expect(caller.summary).to.include('200 INVITE');
    expect(harness.owner.asked).to.deep.equal(['new INVITE', 'in-dialog PRACK', 'ack ACK']);
    hangUp();
  });

  /** Its own 183 waits for a PRACK. */
  const teller = (): { readonly told: string[]; respond(status: number): void } => {
    call('Supported');
    harness.respond(183, RELIABLE);
    const { transactionId } = harness.owner.last();
    const told: string[] = [];
    const respond = (status: number): void => {
      const draft = { status, reason: 'So', fields: [], body: '' };
      harness.engine.respond(harness.owner, transactionId, draft, () => told.push(String(status)));
      harness.settle();
    };
    return { told, respond };
  };

  it('§3: a 2xx is told to have gone out when it has, behind its PRACK', () => {
    const { told, respond } = teller();
    respond(200);
    expect(told).to.deep.equal([]);
    expect(() => respond(200), 'once').to.throw('unknown transaction');
    prack(183);
    expect(told).to.deep.equal(['200']);
    expect(caller.summary).to.include('200 INVITE');
    harness.respond(200, [], '', harness.owner.requests[1]?.transactionId);
    hangUp();
  });

  it('§3: a 2xx that waits for its PRACK can be taken back', () => {
    const { told, respond } = teller();
    respond(200);
    respond(486);
    expect(told).to.deep.equal(['486']);
    expect(caller.summary.at(-1)).to.equal('486 INVITE');
  });

  it('§3: a reliable response that the engine is to answer for: its PRACK is 200, and the owner hears nothing of it', () => {
    call('Supported');
    const draft = { status: 180, reason: 'Ringing', fields: [], body: '', reliable: true };
    const { transactionId } = harness.owner.last();
    const told: string[] = [];
    harness.engine.respond(harness.owner, transactionId, draft, (dialog) => told.push(dialog));
    expect(told).to.have.length(1);
    harness.settle();
    expect(caller.response(180).first('require')).to.equal('100rel');
    prack(180);
    expect(caller.summary.at(-1)).to.equal('200 PRACK');
    expect(harness.owner.asked).to.deep.equal(['new INVITE']);
    harness.respond(486, [], '', transactionId);
    harness.settle();
  });

  it('§3: without PRACK the INVITE is 504 after 64·T1, and the owner gets a CANCEL', () => {
    call('Supported');
    harness.respond(183, RELIABLE);
    harness.answer();
    harness.settle(TIMEOUT + 10);
    expect(caller.summary.at(-1)).to.equal('504 INVITE');
    expect(harness.owner.asked).to.deep.equal(['new INVITE', 'cancel CANCEL']);
    expect(harness.owner.last().message.first('x-final-status')).to.equal('504');
  });

  it('a CANCEL while the 2xx waits for its PRACK still wins', () => {
    const invite = caller.invite(harness.at, { fields: [['Supported', '100rel']] });
    harness.settle();
    harness.respond(183, RELIABLE);
    harness.answer();
    caller.cancel(invite, harness.at);
    harness.settle();
    expect(caller.summary.slice(-2)).to.deep.equal(['200 CANCEL', '487 INVITE']);
    expect(harness.owner.asked).to.deep.equal(['new INVITE', 'cancel CANCEL']);
  });

  it('§3: the caller requires it: a plain 1xx is reliable, and the engine answers the PRACK itself', () => {
    call('Require');
    harness.respond(180);
    harness.settle();
    expect(caller.response(180).first('require')).to.equal('100rel');
    prack(180);
    expect(caller.summary.at(-1)).to.equal('200 PRACK');
    expect(harness.owner.asked).to.deep.equal(['new INVITE']);
    harness.answer();
    harness.settle();
    hangUp();
  });

  it('RFC 3311: an UPDATE in the early dialog reaches the owner of the INVITE with an id of its own', () => {
    call('Supported');
    harness.respond(183, RELIABLE);
    harness.settle();
    caller.inDialog('UPDATE', caller.response(183), { cseq: sequence++ });
    harness.settle();
    const [invite, update] = harness.owner.requests;
    expect(update?.message.method).to.equal('UPDATE');
    expect(update?.transactionId).not.to.equal(invite?.transactionId);
    expect(update?.dialogId).not.to.equal('');
    harness.respond(200);
    harness.respond(486, [], '', invite?.transactionId);
    harness.settle();
  });
});
