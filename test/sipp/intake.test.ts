import { createSocket } from 'node:dgram';
import { expect } from 'chai';
import { namesOf } from '../support/sipp-trace.js';
import { storyOf, useService } from './service-harness.js';

const GARBAGE = [
  '',
  '\r\n\r\n',
  '\0\0\0\0',
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'INVITE sip:a@b SIP/2.0\r\n\r\n',
  'INVITE sip:a@b SIP/2.0\r\nVia: x\r\nFrom\r\nTo: <>\r\nCall-ID:\r\nCSeq: -1 BYE\r\n\r\n',
  'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n',
  'SIP/2.0 999999 \r\n\r\n',
  `OPTIONS sip:${'a'.repeat(60_000)} SIP/2.0\r\n\r\n`,
];

describe('what is let in (SIPp)', function () {
  this.timeout(20_000);
  const harness = useService();

  for (const [what, number] of [
    ['something that is no number', 'reception'],
    ['a number without a group', '+37167009999'],
  ] as const) {
    it(`${what}: 404, no phone rings`, async () => {
      expect((await (await harness.call(number, 'caller-expects-404')).exited).code).to.equal(0);
    });
  }

  it('line 68: a disabled group: 480 at once, no 180', async () => {
    const member = await harness.member('answer');
    const pilot = await harness.group([member], { enabled: 'no' });
    const { code, messages } = await (await harness.call(pilot, 'caller-expects-480')).exited;
    expect(code).to.equal(0);
    expect(namesOf(messages)).to.not.include('received 180 INVITE');
    expect(member.messages()).to.be.empty;
    expect(storyOf(await harness.record(pilot)).status).to.equal('480');
  });

  it('line 68: an empty group: 480 at once, no 180', async () => {
    const pilot = await harness.group(['sip:nobody@127.0.0.1:9']);
    await harness.service.redisCli('DEL', `hunt:{${pilot}}:members`);
    const { code, messages } = await (await harness.call(pilot, 'caller-expects-480')).exited;
    expect(code).to.equal(0);
    expect(namesOf(messages)).to.not.include('received 180 INVITE');
  });

  for (const [form, write] of [
    ['national', (pilot: string) => pilot.slice(4)],
    ['00', (pilot: string) => `00${pilot.slice(1)}`],
  ] as const) {
    it(`line 12: the ${form} form of a number finds its group`, async () => {
      const member = await harness.member('answer');
      const pilot = await harness.group([member]);
      expect((await (await harness.call(write(pilot), 'caller')).exited).code).to.equal(0);
      expect((await harness.record(pilot)).fields.pilot).to.equal(pilot);
    });
  }

  it('line 1: an INVITE that comes three times is one hunt, one turn, one record', async () => {
    const member = await harness.member('answer', { pause: 400 });
    const other = await harness.member('answer');
    const pilot = await harness.group([member, other], { policy: 'circular' });
    expect((await (await harness.call(pilot, 'caller-retransmits', { args: ['-nr'] })).exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['answered', 'not-needed']);
    expect(await harness.service.turns(pilot)).to.have.length(1);
    expect(other.messages()).to.be.empty;
  });

  it('line 84: garbage is dropped or refused, and a good call beside it is not hurt', async () => {
    const member = await harness.member('answer');
    const pilot = await harness.group([member]);
    const socket = createSocket('udp4');
    const [address, port] = harness.service.sip.split(':');
    const send = (text: string) =>
      new Promise((resolve) => socket.send(Buffer.from(text, 'latin1'), Number(port), address, resolve));
    const caller = await harness.call(pilot, 'caller', { pause: 200 });
    for (let round = 0; round < 20; round++) for (const text of GARBAGE) await send(text);
    expect((await caller.exited).code).to.equal(0);
    socket.close();
    expect(storyOf(await harness.record(pilot)).released).to.equal('caller');
    expect(await harness.service.ready()).to.equal(200);
  });

  it('line 85: OPTIONS of a trunk gets 200 with Allow', async () => {
    const ping = await harness.call('ping', 'options-ping');
    expect((await ping.exited).code).to.equal(0);
  });
});
