import { expect } from 'chai';
import type { CallGuard, Invariant } from '../../../lib/call/call-context.js';
import { OpenEnds } from '../../../lib/call/guard/open-ends.js';
import type { InviteUser, Reply, SipServer } from '../../../lib/sip-server/sip-server.js';

const USER: InviteUser = { onProvisional: () => {}, onFinal: () => {}, onFailed: () => {} };
const reply = (status: number): Reply => ({ status, reason: '', headers: {}, body: '' }) as unknown as Reply;

/** What has an invariant broken by hand, as an error of ours would: no call does. */
function openEnds() {
  const broken: Invariant[] = [];
  const guard: CallGuard = {
    isBroken: false,
    run: (action) => action(),
    fault: () => {},
    violated: (invariant) => void broken.push(invariant),
  };
  const users: InviteUser[] = [];
  const sip = {
    connected: true,
    capabilities: { deliversLateAnswers: true },
    invite: (_invite: unknown, user: InviteUser) => {
      users.push(user);
      return { cancel: () => {}, acknowledge: () => {}, forget: () => {} };
    },
    attach: () => {},
    detach: () => {},
  } as unknown as SipServer;
  const ends = new OpenEnds(sip, guard);
  const received = ends.receive({ method: 'INVITE', respond: () => {} } as never, true);
  const ring = () => ends.invite({} as never, USER);
  return { ends, broken, users, received, ring };
}

describe('Invariants of a call', () => {
  it('one phone rings at a time: an INVITE while another phone is still wanted is counted', () => {
    const { broken, ring } = openEnds();
    ring();
    expect(broken).to.deep.equal([]);
    ring();
    expect(broken).to.deep.equal(['one-phone-rings']);
  });

  it('one that is being cancelled, or has its final response, rings no more', () => {
    const { broken, users, ring } = openEnds();
    ring().cancel({}, 'deliver');
    ring();
    users[1]?.onFinal(reply(486), '');
    ring();
    expect(broken).to.deep.equal([]);
  });

  it('one final response: a second one is counted, and a call that is forgotten without any', () => {
    const { ends, broken, received } = openEnds();
    ends.check();
    expect(broken).to.deep.equal(['one-final-response']);
    received.respond(180);
    received.respond(486);
    ends.check();
    expect(broken).to.have.length(1);
    received.respond(480);
    expect(broken).to.deep.equal(['one-final-response', 'one-final-response']);
  });

  it('no leg without an owner: an INVITE, or a dialog, that is open when the call is forgotten is counted', () => {
    const { ends, broken, users, received, ring } = openEnds();
    ring();
    received.respond(480);
    ends.check();
    expect(broken).to.deep.equal(['no-ownerless-leg']);
    users[0]?.onFinal(reply(200), 'a-dialog');
    ends.check();
    expect(broken).to.have.length(2);
    ends.detach('a-dialog');
    ends.check();
    expect(broken).to.have.length(2);
  });
});
