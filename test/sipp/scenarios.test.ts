/** The scenarios themselves, played against each other without the service: what fails here is a scenario, not the service. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SCENARIOS, useSipp } from '../support/sipp.js';
import { namesOf } from '../support/sipp-trace.js';

const PAIRS: readonly (readonly [member: string, caller: string])[] = [
  ['answer', 'caller'],
  ['answer-bare-contact', 'caller'],
  ['answer', 'caller-quoted-name'],
  ['answer-at-once', 'caller'],
  ['answer-hangup', 'caller-waits-for-bye'],
  ['answer-and-bye-at-once', 'caller-waits-for-bye'],
  ['answer-says-why', 'caller-hears-why'],
  ['answer-hears-why', 'caller-says-why'],
  ['answer-in-call', 'caller'],
  ['answer-in-call', 'caller-info'],
  ['answer-in-call', 'caller-options'],
  ['answer-in-call', 'caller-reinvites'],
  ['answer-in-call', 'caller-update'],
  ['answer-delayed-offer', 'caller-delayed-offer'],
  ['reinvite-from-callee', 'caller-reinvited'],
  ['answer', 'caller-multipart'],
  ['busy', 'caller-hears-busy'],
  ['not-found', 'caller-expects-404'],
  ['unavailable', 'caller-expects-503'],
  ['ring-until-cancelled', 'caller-cancels'],
  ['slow-to-cancel', 'caller-cancels'],
  ['trying-only', 'caller-cancels-at-once'],
];

const REFUSED: readonly (readonly [member: string, why: string])[] = [
  ['early-media', 'a 183 with SDP'],
  ['forwarded', 'a 181'],
  ['answer-202', 'a 2xx other than 200'],
  ['redirect', 'a 302'],
  ['decline', 'a 603'],
  ['not-acceptable', 'a 488'],
  ['unauthorized', 'a 407'],
];

describe('the scenarios against each other', function () {
  this.timeout(15_000);
  const sipp = useSipp();

  for (const [member, caller] of PAIRS) {
    it(`${caller}.xml completes with ${member}.xml`, async () => {
      const answering = await sipp(member, { timeoutSeconds: 10, pause: 200 });
      const calling = await sipp(caller, { remote: `127.0.0.1:${answering.port}`, timeoutSeconds: 10, pause: 200 });
      expect((await calling.exited).code, 'caller').to.equal(0);
      expect((await answering.exited).code, 'member').to.equal(0);
    });
  }

  for (const [member, why] of REFUSED) {
    it(`caller.xml fails on ${why}`, async () => {
      const answering = await sipp(member, { timeoutSeconds: 10 });
      const calling = await sipp('caller', { remote: `127.0.0.1:${answering.port}`, timeoutSeconds: 10 });
      expect((await calling.exited).code).to.equal(1);
    });
  }

  it('answer-identity.xml fails on a call that was not diverted', async () => {
    const answering = await sipp('answer-identity', { timeoutSeconds: 3, keys: { pilot: '+37167000000' } });
    await sipp('caller', { remote: `127.0.0.1:${answering.port}`, timeoutSeconds: 3 });
    expect((await answering.exited).code).to.not.equal(0);
  });

  it('README.md describes every scenario', () => {
    const files = readdirSync(SCENARIOS).filter((name) => name.endsWith('.xml'));
    const readme = readFileSync(`${SCENARIOS}README.md`, 'utf8');
    expect(files.filter((name) => !readme.includes(`\`${name.replace('.xml', '')}\``))).to.deep.equal([]);
  });

  it('the trace has every message with its direction, time and body', async () => {
    const before = Date.now();
    const answering = await sipp('answer', { timeoutSeconds: 10 });
    const calling = await sipp('caller', { remote: `127.0.0.1:${answering.port}`, timeoutSeconds: 10, pause: 200 });
    const { messages } = await calling.exited;
    expect(namesOf(messages)).to.deep.equal([
      'sent INVITE',
      'received 180 INVITE',
      'received 200 INVITE',
      'sent ACK',
      'sent BYE',
      'received 200 BYE',
    ]);
    const [invite, , answer, ack, bye] = messages;
    expect(invite?.at).to.be.within(before - 5, Date.now());
    expect((bye?.at ?? 0) - (ack?.at ?? 0)).to.be.within(190, 1_000);
    expect(answer?.body).to.match(/^v=0\r\no=member 1 1 /);
    expect(answer?.header('content-type')).to.equal('application/sdp');
  });
});
