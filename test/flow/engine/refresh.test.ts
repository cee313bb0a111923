import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

const KNOWS_UPDATE: Field = ['Allow', 'INVITE, ACK, BYE, CANCEL, UPDATE'];
const HELD = `${SDP.replace('- 1 1', '- 1 2')}a=sendonly\r\n`;
const MULTIPART = [
  '--x',
  'Content-Type: application/sdp',
  '',
  SDP,
  '--x',
  'Content-Type: application/isup',
  '',
  '\x01\xe9\x80',
  '--x--',
  '',
].join('\r\n');
const MULTIPART_FIELDS: Field[] = [
  ['MIME-Version', '1.0'],
  ['Content-Type', 'multipart/mixed;boundary=x'],
  ['Content-Disposition', 'session;handling=optional'],
];

describe('Engine: the refresh of a session (RFC 4028 §7.4, §10)', () => {
  let harness: EngineHarness;
  let peer: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    peer = harness.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => {
    harness.engine.release(harness.owner);
    harness.expectNoLeak();
  });

  /** Our INVITE, answered, with a session timer of 100 s that we refresh. */
  const callOut = (fields: Field[] = [], draft: Parameters<EngineHarness['invite']>[1] = {}): string => {
    harness.invite('sip:member@10.0.0.2', draft);
    harness.settle();
    peer.reply(peer.request('INVITE'), 200, { fields: [['Session-Expires', '100;refresher=uac'], ...fields] });
    harness.settle();
    const dialog = harness.owner.responses.at(-1)?.dialogId ?? '';
    harness.acknowledge(dialog);
    harness.settle();
    return dialog;
  };
  /** The peer's INVITE, answered; we refresh. */
  const callIn = (fields: Field[] = [], body = SDP): void => {
    peer.invite(harness.at, {
      fields: [
        ['Supported', 'timer'],
        ['Session-Expires', '100;refresher=uas'],
      ],
    });
    harness.settle();
    harness.respond(200, fields, body);
    harness.settle();
  };
  const refreshes = (method = 'INVITE') =>
    peer.received.filter((message) => message.method === method && message.toTag !== '');
  const accept = (fields: Field[] = [['Session-Expires', '100;refresher=uac']], method = 'INVITE'): void => {
    peer.reply(peer.request(method), 200, { fields });
    harness.settle();
  };

  it('repeats the description with its content headers, octet for octet: multipart, ours in the 2xx (RFC 3261 §7.4)', () => {
    callIn(MULTIPART_FIELDS, MULTIPART);
    harness.settle(50_000);
    const refresh = peer.request('INVITE');
    expect(refresh.body).to.equal(MULTIPART);
    for (const [name, value] of MULTIPART_FIELDS) expect(refresh.first(name.toLowerCase()), name).to.equal(value);
    accept();
    harness.settle(50_000);
    expect(
      refreshes().map(({ body }) => body),
      'the second time',
    ).to.deep.equal([MULTIPART, MULTIPART]);
  });

  it('the same of our INVITE', () => {
    callOut([], { body: MULTIPART, fields: MULTIPART_FIELDS });
    harness.settle(50_000);
    const refresh = peer.request('INVITE');
    expect(refresh.body).to.equal(MULTIPART);
    for (const [name, value] of MULTIPART_FIELDS) expect(refresh.first(name.toLowerCase()), name).to.equal(value);
  });

  for (const method of ['UPDATE', 'INVITE']) {
    it(`says what is in force: after a hold by ${method} of ours, that`, () => {
      const dialog = callOut();
      harness.inDialog(dialog, method, { body: HELD });
      harness.settle();
      expect(peer.request(method).first('session-expires'), 'it refreshes, too').to.equal('100;refresher=uac');
      peer.reply(peer.request(method), 200, { body: SDP, fields: [['Session-Expires', '100;refresher=uac']] });
      harness.settle();
      if (method === 'INVITE') harness.acknowledge(dialog);
      harness.settle(50_000);
      expect(peer.request('INVITE').body).to.equal(HELD);
    });
  }

  it('after a hold that was refused, the description before', () => {
    const dialog = callOut();
    harness.inDialog(dialog, 'INVITE', { body: HELD });
    harness.settle();
    peer.reply(peer.request('INVITE'), 488);
    harness.settle(50_000);
    expect(peer.request('INVITE').body).to.equal(SDP);
  });

  for (const [status, inForce] of [
    [488, SDP],
    [200, HELD],
  ] as const) {
    it(`a re-INVITE answered by a reliable 183, then ${status}: the refresh says what that has left (RFC 6141 §3.3)`, () => {
      const dialog = callOut();
      harness.inDialog(dialog, 'INVITE', { body: HELD });
      harness.settle();
      const reliable: Field[] = [
        ['Require', '100rel'],
        ['RSeq', '7'],
      ];
      peer.reply(peer.request('INVITE'), 183, { body: SDP, fields: reliable });
      harness.settle();
      harness.inDialog(dialog, 'PRACK', { fields: [['RAck', '7 1 INVITE']] });
      harness.settle();
      peer.reply(peer.request('PRACK'), 200);
      peer.reply(peer.request('INVITE'), status, { fields: [['Session-Expires', '100;refresher=uac']] });
      harness.settle();
      if (status === 200) harness.acknowledge(dialog);
      harness.settle(50_000);
      expect(peer.request('INVITE').body).to.equal(inForce);
    });
  }

  it('after an UPDATE or a re-INVITE of the peer, our answer to that', () => {
    callOut();
    const answer = peer.reply(peer.request('INVITE'), 200, { fields: [['Session-Expires', '100;refresher=uac']] });
    harness.settle();
    for (const [method, body] of [
      ['UPDATE', `${HELD}a=x-1\r\n`],
      ['INVITE', `${HELD}a=x-2\r\n`],
    ] as const) {
      peer.inDialog(method, answer, { body: HELD, cseq: method === 'UPDATE' ? 100 : 101 });
      harness.settle();
      harness.respond(200, [], body);
      harness.settle(50_010);
      expect(peer.request('INVITE').body).to.equal(body);
      accept();
    }
  });

  for (const status of [400, 415, 488, 500, 503, 603]) {
    it(`${status} does not end the session: tried again before it expires, and then all is well`, () => {
      callOut();
      harness.settle(50_000);
      peer.reply(peer.request('INVITE'), status);
      // Half of what is left until 32 s before the end.
      harness.settle(9100);
      expect(refreshes()).to.have.length(2);
      accept();
      harness.settle(49_000);
      expect(peer.summary).to.not.include('BYE');
      expect(refreshes()).to.have.length(2);
      harness.settle(1100);
      expect(refreshes()).to.have.length(3);
    });
  }

  it('refused again and again: BYE, 32 s before it expires, whose Reason is the truth', () => {
    callOut();
    peer.on('INVITE', (invite) => peer.reply(invite, 500));
    harness.settle(67_900);
    expect(peer.summary).to.not.include('BYE');
    expect(refreshes().length).to.be.within(3, 10);
    harness.settle(100);
    expect(peer.request('BYE').first('reason')).to.equal('SIP;cause=408;text="Session timer expired"');
    expect(harness.owner.unsolicited).to.have.length(1);
  });

  it('Retry-After is heeded, where the session lasts as long', () => {
    callOut();
    harness.settle(50_000);
    peer.reply(peer.request('INVITE'), 503, { fields: [['Retry-After', '14']] });
    harness.settle(13_900);
    expect(refreshes()).to.have.length(1);
    harness.settle(200);
    expect(refreshes()).to.have.length(2);
  });

  for (const [status, text] of [
    [481, 'Session is unknown to the peer'],
    [408, 'Session refresh was not answered'],
  ] as const) {
    it(`${status} ends it at once (RFC 3261 §12.2.1.2)`, () => {
      callOut();
      harness.settle(50_000);
      peer.reply(peer.request('INVITE'), status);
      harness.settle();
      expect(peer.request('BYE').first('reason')).to.equal(`SIP;cause=${status};text="${text}"`);
    });
  }

  it('422: again at once with the interval that is asked for, and from then on', () => {
    callOut();
    harness.settle(50_000);
    peer.reply(peer.request('INVITE'), 422, { fields: [['Min-SE', '600']] });
    harness.settle();
    const again = peer.request('INVITE');
    expect([again.first('session-expires'), again.first('min-se')]).to.deep.equal(['600;refresher=uac', '600']);
    accept([['Session-Expires', '600;refresher=uac']]);
    harness.settle(299_000);
    expect(refreshes()).to.have.length(2);
    harness.settle(2000);
    expect(peer.request('INVITE').first('min-se')).to.equal('600');
  });

  it('422 that asks for nothing new is a refusal like any other: no storm', () => {
    callOut();
    peer.on('INVITE', (invite) => peer.reply(invite, 422, { fields: [['Min-SE', '90']] }));
    harness.settle(68_100);
    expect(refreshes().length).to.be.below(12);
    expect(peer.summary).to.include('BYE');
  });

  for (const [status, asks, carries] of [
    [401, 'WWW-Authenticate', 'Authorization'],
    [407, 'Proxy-Authenticate', 'Proxy-Authorization'],
  ] as const) {
    it(`${status}: again at once with credentials, and so does the ACK (RFC 3261 §22.1)`, () => {
      const asked: unknown[] = [];
      callOut([], {
        authorizer: () => (request, challenge) => {
          asked.push([challenge?.first(asks.toLowerCase()), request.method, request.uri, request.body]);
          return challenge === undefined ? [] : [[carries, 'Digest x']];
        },
      });
      harness.settle(50_000);
      const first = peer.request('INVITE');
      peer.reply(first, status, { fields: [[asks, 'Digest realm="r"']] });
      harness.settle();
      const second = peer.request('INVITE');
      expect(second.first(carries.toLowerCase())).to.equal('Digest x');
      expect(second.cseq.number).to.equal(first.cseq.number + 1);
      expect(asked).to.deep.equal([
        [undefined, 'INVITE', first.uri, SDP],
        ['Digest realm="r"', 'INVITE', first.uri, SDP],
      ]);
      accept();
      expect(peer.request('ACK').first(carries.toLowerCase())).to.equal('Digest x');
      harness.settle(50_000);
      expect(refreshes()).to.have.length(3);
      expect(peer.request('INVITE').has(carries.toLowerCase())).to.equal(false);
    });
  }

  it('401 that nothing answers, or again and again: the session lives on until it expires', () => {
    let asked = 0;
    callOut([], {
      authorizer: () => (_request, challenge) =>
        challenge !== undefined && ++asked % 2 === 0 ? undefined : [['Authorization', 'x']],
    });
    peer.on('INVITE', (invite) => peer.reply(invite, 401));
    harness.settle(67_900);
    expect(peer.summary).to.not.include('BYE');
    expect(refreshes().length).to.be.below(20);
    harness.settle(200);
    expect(peer.summary).to.include('BYE');
  });

  it('a peer that knows UPDATE is asked by UPDATE without a body; its answer refreshes session and target', () => {
    const dialog = callOut([KNOWS_UPDATE]);
    harness.settle(50_000);
    const update = peer.request('UPDATE');
    expect([update.body, update.first('session-expires'), update.has('content-type')]).to.deep.equal([
      '',
      '100;refresher=uac',
      false,
    ]);
    accept(
      [
        ['Session-Expires', '100;refresher=uac'],
        ['Contact', '<sip:moved@10.0.0.2>'],
      ],
      'UPDATE',
    );
    harness.settle(50_000);
    expect(refreshes('UPDATE')).to.have.length(2);
    expect(refreshes('INVITE')).to.have.length(0);
    expect(harness.inDialog(dialog, 'INFO').message.uri).to.equal('sip:moved@10.0.0.2');
    harness.settle();
  });

  for (const status of [405, 501]) {
    it(`which turns out not to be so (${status}): by re-INVITE, at once and from then on`, () => {
      callOut([KNOWS_UPDATE]);
      harness.settle(50_000);
      peer.reply(peer.request('UPDATE'), status);
      harness.settle();
      expect(peer.request('INVITE').body).to.equal(SDP);
      accept();
      harness.settle(50_000);
      expect([refreshes('UPDATE').length, refreshes('INVITE').length]).to.deep.equal([1, 2]);
    });
  }

  it('a 2xx without Session-Expires does not end our refreshing: the peer knows no session timers (§7.2)', () => {
    callOut();
    for (let times = 1; times <= 3; times++) {
      harness.settle(50_000);
      expect(refreshes()).to.have.length(times);
      accept([]);
    }
    expect(peer.summary).to.not.include('BYE');
  });

  it('a 2xx hands the refreshing over to the peer, and takes it back', () => {
    callOut();
    harness.settle(50_000);
    accept([['Session-Expires', '100;refresher=uas']]);
    harness.settle(60_000);
    expect(refreshes()).to.have.length(1);
    const answer = peer.reply(peer.request('INVITE'), 200);
    peer.inDialog('UPDATE', answer, { cseq: 100, fields: [['Session-Expires', '100;refresher=uas']] });
    harness.settle();
    harness.respond(200);
    harness.settle(50_010);
    expect(refreshes()).to.have.length(2);
  });

  it("the peer's BYE while a refresh is open: nothing is left of it, and no BYE of ours", () => {
    callOut();
    harness.settle(50_000);
    const answer = peer.received.find(({ method }) => method === 'INVITE');
    expect(answer).to.not.equal(undefined);
    const made = peer.reply(peer.request('INVITE'), 100);
    peer.inDialog('BYE', made, { cseq: 200 });
    harness.settle();
    harness.respond(200);
    peer.reply(peer.request('INVITE'), 487);
    harness.settle(200_000);
    expect(peer.summary.filter((what) => what === 'BYE')).to.deep.equal([]);
    expect(harness.owner.unsolicited).to.deep.equal([]);
  });

  it('an answer to a refresh that comes when the session is over is acknowledged, and nothing else', () => {
    callOut();
    harness.settle(50_000);
    peer.reply(peer.request('INVITE'), 100);
    harness.settle(18_000);
    expect(peer.summary.slice(-2)).to.include('BYE');
    peer.reply(peer.request('INVITE'), 200);
    harness.settle(10);
    expect(peer.summary.filter((what) => what === 'ACK')).to.have.length(2);
    expect(peer.summary.filter((what) => what === 'BYE')).to.have.length(1);
  });
});
