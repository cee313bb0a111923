import { expect } from 'chai';
import { A, B, PILOT } from '../../unit/call/scripted-server.js';
import { type CallHarness, ENGINE, useCallHarness } from './call-harness.js';

const wire = useCallHarness();

/** What goes on, as it would be told. */
const live = ({ service }: CallHarness): unknown[] =>
  [...service.calls]
    .filter(({ isOver }) => !isOver)
    .map(({ pilot, caller, hidden, member, answered }) => [pilot, caller, hidden, member, answered !== null]);

describe('Live calls, as the service knows them', () => {
  it('a call is live from its INVITE to its end, with who rings, then with who has it', async () => {
    const w = await wire();
    await w.call();
    expect(live(w)).to.deep.equal([[PILOT, '+37126000009', false, A, false]]);
    await w.reply(486);
    expect(live(w)).to.deep.equal([[PILOT, '+37126000009', false, B, false]]);
    await w.reply(200);
    expect(live(w)).to.deep.equal([[PILOT, '+37126000009', false, B, true]]);
    expect([...w.service.calls][0]?.started).to.equal(w.records[0]?.started ?? w.clock.now());
    const drained = w.service.drain(0);
    await w.pass(1);
    expect(live(w)).to.deep.equal([]);
    await w.pass(5000);
    await drained;
  });

  it('everybody is busy: it is over with the final response', async () => {
    const w = await wire();
    await w.call();
    await w.reply(486);
    await w.reply(486);
    expect(w.records).to.have.length(1);
    expect(live(w)).to.deep.equal([]);
  });

  it('the caller leaves: it is over though the phone has not said so yet', async () => {
    const w = await wire();
    const invite = await w.call();
    await w.reply(180);
    w.caller.cancel(invite, ENGINE);
    await w.pass(0);
    expect(live(w)).to.deep.equal([]);
  });

  it('RFC 3323: a caller who is withheld is marked so', async () => {
    const w = await wire();
    await w.call({ fields: [['Privacy', 'id']] });
    expect(live(w)).to.deep.equal([[PILOT, '+37126000009', true, A, false]]);
  });
});
